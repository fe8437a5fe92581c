//! Names as Cloudflare spells them: ASCII, lower case, without the final dot.

/// The form in which names can be compared. International labels become their ASCII form (RFC 5891); what is no name at
/// all is kept in lower case, so that it still compares with itself.
#[must_use]
pub fn canonical_name(name: &str) -> String {
    let name = name.trim().trim_end_matches('.');
    idna::domain_to_ascii(name).unwrap_or_else(|_invalid| name.to_lowercase())
}

/// A name that can stand in a zone: labels of 1 to 63 bytes, 253 bytes in all, and nothing that would need quoting. A
/// first label `*` is allowed (RFC 4592).
pub(crate) fn is_name(name: &str) -> bool {
    let name = canonical_name(name);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|one| one.is_ascii_alphanumeric() || matches!(one, b'-' | b'_'))
    };
    let rest = name.strip_prefix("*.").unwrap_or(&name);
    name.len() <= 253 && rest.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_name_compare_equal() {
        assert_eq!(canonical_name("Bücher.Example."), "xn--bcher-kva.example");
        assert_eq!(canonical_name("_DMARC.a.test"), "_dmarc.a.test");
        assert!(is_name("*.a.test") && is_name("_dmarc.a.test"));
        for wrong in ["", "a..test", "a b.test", "a.*.test"] {
            assert!(!is_name(wrong), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn fuzz_a_canonical_name_stays_as_it_is(name in "[a-zA-Z0-9ü_.-]{0,40}") {
            let once = canonical_name(&name);
            prop_assert_eq!(canonical_name(&once), once);
        }
    }
}
