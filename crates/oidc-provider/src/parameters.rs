//! Parameters of a request, from a query or a form.

use crate::OAuthError;

/// Most parameters of one request.
const MOST: usize = 64;
/// Longest query or form, in bytes.
const LONGEST: usize = 64 * 1024;

/// The parameters of a request. A name that comes twice is refused, an empty value counts as absent
/// (RFC 6749 section 3.1); `resource` alone may come several times (RFC 8707 section 2).
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
