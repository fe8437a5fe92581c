//! Parameters of a request, from a query or a form.

use crate::OAuthError;

/// Most parameters of one request.
const MOST: usize = 64;
/// Longest query or form, in bytes.
const LONGEST: usize = 64 * 1024;

/// The parameters of a request. A name that comes twice is refused, an empty value counts as absent
/// (RFC 6749 section 3.1), and NUL is in no parameter that there is (appendix A); `resource` alone may come several times (RFC 8707 section 2).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parameters {
    pairs: Vec<(String, String)>,
}

impl std::fmt::Debug for Parameters {
    /// The names alone: values hold codes and secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.pairs.iter().map(|(name, _)| name))
            .finish()
    }
}

impl Parameters {
    /// Reads `application/x-www-form-urlencoded`.
    ///
    /// # Errors
    /// `invalid_request` when there is too much of it, or a name comes twice.
    pub fn parse(encoded: &[u8]) -> Result<Self, OAuthError> {
        if encoded.len() > LONGEST {
            return Err(OAuthError::new(
                "invalid_request",
                "the request is too long",
            ));
        }
        Self::from_pairs(
            form_urlencoded::parse(encoded)
                .map(|(name, value)| (name.into_owned(), value.into_owned())),
        )
    }

    /// Takes pairs that were read before.
    ///
    /// # Errors
    /// As [`Parameters::parse`].
    pub fn from_pairs(
        given: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, OAuthError> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (name, value) in given {
            if value.is_empty() {
                continue;
            }
            // PostgreSQL takes none in a text: whatever is looked for would be a failure.
            if value.contains('\0') {
                return Err(OAuthError::new("invalid_request", "a parameter has a NUL"));
            }
            if name != "resource" && pairs.iter().any(|(other, _)| *other == name) {
                return Err(OAuthError::new(
                    "invalid_request",
                    "a parameter is there more than once",
                ));
            }
            if pairs.len() == MOST {
                return Err(OAuthError::new(
                    "invalid_request",
                    "there are too many parameters",
                ));
            }
            pairs.push((name, value));
        }
        Ok(Self { pairs })
    }

    /// The value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
    }

    /// All values of a parameter.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs
            .iter()
            .filter(move |(other, _)| other == name)
            .map(|(_, value)| value.as_str())
    }

    /// A parameter that must be there.
    ///
    /// # Errors
    /// `invalid_request` naming it.
    pub fn required(&self, name: &'static str) -> Result<&str, OAuthError> {
        self.get(name)
            .ok_or_else(|| OAuthError::new("invalid_request", format!("{name} is missing")))
    }

    /// Every pair, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_comes_once_and_an_empty_value_never() {
        let parameters = Parameters::parse(b"a=1&b=&b=2&resource=x&resource=y&c=%ff").unwrap();
        assert_eq!(parameters.get("a"), Some("1"));
        assert_eq!(parameters.get("b"), Some("2"));
        assert_eq!(parameters.get("c"), Some("\u{fffd}"));
        assert_eq!(parameters.all("resource").collect::<Vec<_>>(), ["x", "y"]);
        assert!(Parameters::parse(b"a=1&%61=2").is_err());
        assert!(Parameters::parse(b"a=%00").is_err());
        assert!(Parameters::parse(&vec![b'a'; LONGEST + 1]).is_err());
        let many = vec!["resource=x"; MOST + 1].join("&");
        assert!(Parameters::parse(many.as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn fuzz_form_bytes_never_break_the_rules(form in prop::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(parameters) = Parameters::parse(&form) {
                prop_assert!(parameters.pairs.len() <= MOST);
                for (at, (name, value)) in parameters.pairs.iter().enumerate() {
                    prop_assert!(!value.is_empty());
                    let before = parameters.pairs.iter().take(at);
                    prop_assert!(name == "resource" || before.clone().all(|(other, _)| other != name));
                }
            }
        }

        #[test]
        fn fuzz_form_pairs_come_out_as_they_went_in(
            pairs in prop::collection::vec(("[a-c%&=+ ü]{0,3}|resource", ".{0,12}"), 0..10)
        ) {
            let encoded = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(&pairs)
                .finish();
            let kept: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
            let comes_twice = kept.iter().enumerate().any(|(at, (name, _))| {
                name != "resource" && kept.iter().take(at).any(|(other, _)| other == name)
            });
            let has_nul = kept.iter().any(|(_, value)| value.contains('\0'));
            match Parameters::parse(encoded.as_bytes()) {
                Ok(parameters) => {
                    prop_assert!(!comes_twice && !has_nul);
                    prop_assert_eq!(parameters.pairs, kept);
                }
                Err(refused) => {
                    prop_assert!(comes_twice || has_nul);
                    prop_assert_eq!(refused.code, "invalid_request");
                }
            }
        }
    }
}
