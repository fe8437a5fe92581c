//! What carries a session, refresh token or cookie: `base64url(session id ‖ generation ‖ HMAC)`.
//!
//! The database keeps no copy. A token with a good code and an old generation was ours and was used
//! before: that is the sign of a stolen token, and cannot be faked by guessing.

use bheem_domain::SessionId;
use bheem_vault::{Vault, token};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

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

const BODY: usize = 20;

/// The token of a session at a generation.
pub(crate) fn issue(
    vault: &Vault,
    carrier: Carrier,
    session: SessionId,
    generation: i32,
) -> Result<SecretString> {
    let mut bytes = body(session, generation).to_vec();
    bytes.extend_from_slice(&vault.authenticate(carrier.purpose(), &bytes)?);
    Ok(token::encode(&bytes).into())
}

/// The session and generation of a token that we issued; `None` for any other text.
pub(crate) fn read(
    vault: &Vault,
    carrier: Carrier,
    token: &SecretString,
) -> Result<Option<(SessionId, i32)>> {
    let Some(bytes) = token::decode(token.expose_secret()) else {
        return Ok(None);
    };
    let Some((body, tag)) = bytes.split_at_checked(BODY) else {
        return Ok(None);
    };
    if !vault.is_authentic(carrier.purpose(), body, tag)? {
        return Ok(None);
    }
    let Some((session, generation)) = body.split_first_chunk::<16>() else {
        return Ok(None);
    };
    Ok(generation.try_into().ok().map(|generation| {
        (
            Uuid::from_bytes(*session).into(),
            i32::from_be_bytes(generation),
        )
    }))
}

fn body(session: SessionId, generation: i32) -> [u8; BODY] {
    let mut body = [0; BODY];
    let (id, number) = body.split_at_mut(16);
    id.copy_from_slice(session.as_uuid().as_bytes());
    number.copy_from_slice(&generation.to_be_bytes());
    body
}

#[cfg(test)]
mod tests {
    use bheem_vault::{KeyRing, MasterKey};
    use proptest::prelude::*;

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
