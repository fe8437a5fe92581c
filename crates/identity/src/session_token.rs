//! What carries a session, refresh token or cookie: the vault's numbered tokens, the number being the
//! generation of the session.

use bheem_domain::SessionId;
use bheem_vault::Vault;
use secrecy::SecretString;

use crate::Result;

/// What a token is for; one is never taken for the other.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Carrier {
    Refresh,
    Cookie,
}

impl Carrier {
    const fn purpose(self) -> &'static str {
        match self {
            Self::Refresh => "identity.refresh_token",
            Self::Cookie => "identity.browser_cookie",
        }
    }
}

/// The token of a session at a generation.
pub(crate) fn issue(
    vault: &Vault,
    carrier: Carrier,
    session: SessionId,
    generation: i32,
) -> Result<SecretString> {
    Ok(vault.numbered_token(carrier.purpose(), session.as_uuid(), generation)?)
}

/// The session and generation of a token that we issued; `None` for any other text.
pub(crate) fn read(
    vault: &Vault,
    carrier: Carrier,
    token: &SecretString,
) -> Result<Option<(SessionId, i32)>> {
    let read = vault.read_numbered_token(carrier.purpose(), token)?;
    Ok(read.map(|(session, generation)| (session.into(), generation)))
}

#[cfg(test)]
mod tests {
    use bheem_vault::{KeyRing, MasterKey, token};
    use proptest::prelude::*;
    use secrecy::ExposeSecret;
    use uuid::Uuid;

    use super::*;

    fn vault(id: &str) -> Vault {
        Vault::new(KeyRing::new(vec![MasterKey::generate(id).unwrap()]).unwrap())
    }

    #[test]
    fn only_our_tokens_are_read_and_only_for_their_use() {
        let ours = vault("a");
        let session = SessionId::from(Uuid::from_u128(7));
        for (carrier, other) in [
            (Carrier::Refresh, Carrier::Cookie),
            (Carrier::Cookie, Carrier::Refresh),
        ] {
            let token = issue(&ours, carrier, session, 3).unwrap();
            assert_eq!(read(&ours, carrier, &token).unwrap(), Some((session, 3)));
            assert_eq!(read(&ours, other, &token).unwrap(), None);
            assert_eq!(read(&vault("b"), carrier, &token).unwrap(), None);
            for bad in ["", "x", "AAAA", &format!("{}A", token.expose_secret())] {
                assert_eq!(read(&ours, carrier, &bad.into()).unwrap(), None, "{bad}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_text_but_ours_is_read(text in "[A-Za-z0-9_-]{0,90}", any in ".{0,90}") {
            let ours = vault("a");
            for text in [text, any] {
                for carrier in [Carrier::Refresh, Carrier::Cookie] {
                    prop_assert_eq!(read(&ours, carrier, &text.as_str().into()).unwrap(), None);
                }
            }
        }

        #[test]
        fn a_changed_token_is_not_read(id: u128, generation in 0_i32.., at in 0_usize..70, bit in 0_u8..8) {
            let ours = vault("a");
            let token = issue(&ours, Carrier::Cookie, Uuid::from_u128(id).into(), generation).unwrap();
            let mut bytes = token::decode(token.expose_secret()).unwrap();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            let changed = token::encode(&bytes).into();
            prop_assert_eq!(read(&ours, Carrier::Cookie, &changed).unwrap(), None);
        }
    }
}
