//! The mark of our own forms: a message authentication code over the browser's cookie, which no
//! other site can read or set.

use bheem_vault::{Vault, token};
use secrecy::{ExposeSecret, SecretString};

use crate::Result;

const PURPOSE: &str = "oidc.form";

/// The mark for forms of a browser.
pub(crate) fn mark(vault: &Vault, browser: &SecretString) -> Result<String> {
    let tag = vault.authenticate(PURPOSE, browser.expose_secret().as_bytes())?;
    Ok(token::encode(&tag))
}

/// Whether a form carries the mark of the browser; compared in constant time.
pub(crate) fn is_marked(vault: &Vault, browser: &SecretString, given: &str) -> Result<bool> {
    let Some(tag) = token::decode(given) else {
        return Ok(false);
    };
    Ok(vault.is_authentic(PURPOSE, browser.expose_secret().as_bytes(), &tag)?)
}

#[cfg(test)]
mod tests {
    use bheem_vault::{KeyRing, MasterKey};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn fuzz_no_text_is_a_mark(given in "[A-Za-z0-9_-]{0,60}", any in ".{0,60}") {
            let vault = Vault::new(KeyRing::new(vec![MasterKey::generate("a").unwrap()]).unwrap());
            for text in [given, any] {
                prop_assert!(!is_marked(&vault, &"mine".into(), &text).unwrap());
            }
        }
    }

    #[test]
    fn a_mark_is_good_for_one_browser() {
        let vault = Vault::new(KeyRing::new(vec![MasterKey::generate("a").unwrap()]).unwrap());
        let (mine, other) = ("mine".into(), "other".into());
        let marked = mark(&vault, &mine).unwrap();
        assert!(is_marked(&vault, &mine, &marked).unwrap());
        assert!(!is_marked(&vault, &other, &marked).unwrap());
        for bad in ["", "x", marked.get(1..).unwrap(), &format!("{marked}AAAA")] {
            assert!(!is_marked(&vault, &mine, bad).unwrap(), "{bad}");
        }
    }
}
