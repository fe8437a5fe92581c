//! Refresh tokens: `base64url(grant id ‖ generation ‖ HMAC)`.
//!
//! The database keeps no copy. A token with a good code and an old generation was ours and was used
//! before: that is the sign of a stolen token, and cannot be faked by guessing.

use bheem_vault::{Vault, token};
use uuid::Uuid;

use crate::Result;

const PURPOSE: &str = "oidc.refresh_token";
const BODY: usize = 20;

/// The token of a grant at a generation.
pub(crate) fn issue(vault: &Vault, grant: Uuid, generation: i32) -> Result<String> {
    let mut bytes = body(grant, generation).to_vec();
    bytes.extend_from_slice(&vault.authenticate(PURPOSE, &bytes)?);
    Ok(token::encode(&bytes))
}

/// The grant and generation of a token that we issued; `None` for any other text.
pub(crate) fn read(vault: &Vault, text: &str) -> Result<Option<(Uuid, i32)>> {
    let Some(bytes) = token::decode(text) else {
        return Ok(None);
    };
    let Some((body, tag)) = bytes.split_at_checked(BODY) else {
        return Ok(None);
    };
    if !vault.is_authentic(PURPOSE, body, tag)? {
        return Ok(None);
    }
    let Some((grant, generation)) = body.split_first_chunk::<16>() else {
        return Ok(None);
    };
    Ok(generation
        .try_into()
        .ok()
        .map(|generation| (Uuid::from_bytes(*grant), i32::from_be_bytes(generation))))
}

fn body(grant: Uuid, generation: i32) -> [u8; BODY] {
    let mut body = [0; BODY];
    let (id, number) = body.split_at_mut(16);
    id.copy_from_slice(grant.as_bytes());
    number.copy_from_slice(&generation.to_be_bytes());
    body
}

#[cfg(test)]
mod tests {
    use bheem_vault::{KeyRing, MasterKey};
    use proptest::prelude::*;

    use super::*;

    fn vault() -> Vault {
        Vault::new(KeyRing::new(vec![MasterKey::generate("a").unwrap()]).unwrap())
    }

    #[test]
    fn only_our_tokens_are_read() {
        let ours = vault();
        let grant = Uuid::from_u128(7);
        let token = issue(&ours, grant, 3).unwrap();
        assert_eq!(read(&ours, &token).unwrap(), Some((grant, 3)));
        assert_eq!(read(&vault(), &token).unwrap(), None);
        for bad in ["", "x", "AAAA", &format!("{token}A")] {
            assert_eq!(read(&ours, bad).unwrap(), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn fuzz_garbage_is_not_read(text in ".{0,100}") {
            prop_assert_eq!(read(&vault(), &text).unwrap(), None);
        }
    }
}
