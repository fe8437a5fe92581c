//! Refresh tokens: `base64url(session id ‖ generation ‖ HMAC)`.
//!
//! The database keeps no copy. A token with a good code and an old generation was ours and was used
//! before: that is the sign of a stolen token, and cannot be faked by guessing.

use bheem_domain::SessionId;
use bheem_vault::{Vault, token};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::Result;

const PURPOSE: &str = "identity.refresh_token";
const BODY: usize = 20;

/// The token of a session at a generation.
pub(crate) fn issue(vault: &Vault, session: SessionId, generation: i32) -> Result<SecretString> {
    let mut bytes = body(session, generation).to_vec();
    bytes.extend_from_slice(&vault.authenticate(PURPOSE, &bytes)?);
    Ok(token::encode(&bytes).into())
}

/// The session and generation of a token that we issued; `None` for any other text.
pub(crate) fn read(vault: &Vault, token: &SecretString) -> Result<Option<(SessionId, i32)>> {
    let Some(bytes) = token::decode(token.expose_secret()) else {
        return Ok(None);
    };
    let Some((body, tag)) = bytes.split_at_checked(BODY) else {
        return Ok(None);
    };
    if !vault.is_authentic(PURPOSE, body, tag)? {
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

    use super::*;

    #[test]
    fn only_our_tokens_are_read() {
        let vault = |id| Vault::new(KeyRing::new(vec![MasterKey::generate(id).unwrap()]).unwrap());
        let ours = vault("a");
        let session = SessionId::from(Uuid::from_u128(7));
        let token = issue(&ours, session, 3).unwrap();
        assert_eq!(read(&ours, &token).unwrap(), Some((session, 3)));
        assert_eq!(read(&vault("b"), &token).unwrap(), None);
        for bad in ["", "x", "AAAA", &format!("{}A", token.expose_secret())] {
            assert_eq!(read(&ours, &bad.into()).unwrap(), None, "{bad}");
        }
    }
}
