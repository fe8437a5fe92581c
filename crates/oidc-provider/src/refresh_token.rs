//! Refresh tokens: the vault's numbered tokens, the number being the generation of the grant.

use bheem_vault::Vault;
use secrecy::ExposeSecret;
use uuid::Uuid;

use crate::Result;

const PURPOSE: &str = "oidc.refresh_token";

/// The token of a grant at a generation.
pub(crate) fn issue(vault: &Vault, grant: Uuid, generation: i32) -> Result<String> {
    let token = vault.numbered_token(PURPOSE, grant, generation)?;
    Ok(token.expose_secret().to_owned())
}

/// The grant and generation of a token that we issued; `None` for any other text.
pub(crate) fn read(vault: &Vault, text: &str) -> Result<Option<(Uuid, i32)>> {
    Ok(vault.read_numbered_token(PURPOSE, &text.into())?)
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
