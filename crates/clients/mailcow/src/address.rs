//! Names as Mailcow stores them: lower case, domains in their ASCII form.

use bheem_http_kit::lenient;
use serde::Deserializer;

/// The stored form of a domain name. What IDNA refuses is left to Mailcow to refuse.
pub(crate) fn domain(name: &str) -> String {
    let name = name.trim_end_matches('.');
    idna::domain_to_ascii(name).unwrap_or_else(|_refused| name.to_lowercase())
}

/// The stored form of an address.
pub(crate) fn address(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((local, name)) => format!("{}@{}", local.to_lowercase(), domain(name)),
        None => text.to_lowercase(),
    }
}

/// The domain part of an address, in its stored form.
pub(crate) fn domain_of(text: &str) -> String {
    domain(text.rsplit_once('@').map_or(text, |(_local, name)| name))
}

/// A number that must be there.
pub(crate) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    lenient::integer(deserializer)?.ok_or_else(|| serde::de::Error::custom("expected an id"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_take_the_form_mailcow_stores() {
        assert_eq!(
            address("John.Doe@Bücher.example"),
            "john.doe@xn--bcher-kva.example"
        );
        assert_eq!(domain("Shop.EXAMPLE."), "shop.example");
        assert_eq!(domain_of("a@b@Shop.example"), "shop.example");
    }
}
