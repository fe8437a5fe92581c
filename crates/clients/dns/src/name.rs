//! Names: ASCII, lower case, without the final dot in everything that leaves this crate.

use hickory_resolver::proto::rr::Name;

use crate::Cause;

/// A name as it is asked for. International labels become their ASCII form (RFC 5891). The final dot, which is added,
/// keeps search domains of the machine out of it.
pub(crate) fn parse(text: &str) -> Result<Name, Cause> {
    let text = text.trim_end_matches('.');
    let ascii = idna::domain_to_ascii(text).map_err(|_invalid| Cause::Name)?;
    if ascii.is_empty() {
        return Err(Cause::Name);
    }
    let mut name = Name::from_ascii(&ascii).map_err(|_invalid| Cause::Name)?;
    name.set_fqdn(true);
    Ok(name)
}

/// The form in which names are told and compared.
pub(crate) fn show(name: &Name) -> String {
    name.to_lowercase()
        .to_ascii()
        .trim_end_matches('.')
        .to_owned()
}

/// The same for text; what is no name is kept in lower case.
pub(crate) fn canonical(text: &str) -> String {
    parse(text).map_or_else(
        |_invalid| text.trim_end_matches('.').to_lowercase(),
        |name| show(&name),
    )
}

/// Is `name` the zone or below it?
pub(crate) fn is_within(name: &str, zone: &str) -> bool {
    name.strip_suffix(zone)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_name_are_one() {
        assert_eq!(
            canonical("_DMARC.Bücher.test."),
            "_dmarc.xn--bcher-kva.test"
        );
        assert!(parse("").is_err() && parse("a..b").is_err() && parse(&"a".repeat(64)).is_err());
        assert!(is_within("b.a.test", "a.test") && is_within("a.test", "a.test"));
        assert!(!is_within("ba.test", "a.test"));
    }

    proptest! {
        #[test]
        fn fuzz_any_text_is_a_name_or_refused(text in "\\PC{0,300}") {
            if let Ok(name) = parse(&text) {
                prop_assert!(show(&name).len() <= 253 * 4);
            }
        }
    }
}
