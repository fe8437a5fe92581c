//! What a request brings along to prove who sent it (RFC 6749 section 2.3, RFC 7521 section 4.2).

use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::percent_decode_str;
use secrecy::SecretString;

use crate::{OAuthError, Parameters};

/// The one way of a request to authenticate.
#[derive(Debug)]
pub(super) enum Credentials {
    /// `client_secret_basic`.
    Basic { id: String, secret: SecretString },
    /// `client_secret_post`.
    Post { id: String, secret: SecretString },
    /// `private_key_jwt`.
    Assertion { id: Option<String>, jwt: String },
    /// The public name alone.
    Public { id: String },
}

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

impl Credentials {
    /// Finds the one way that was used.
    ///
    /// # Errors
    /// `invalid_request` when there are several; `invalid_client` when there is none.
    pub(super) fn read(
        authorization: Option<&str>,
        parameters: &Parameters,
    ) -> Result<Self, OAuthError> {
        let id = parameters.get("client_id").map(str::to_owned);
        let secret = parameters.get("client_secret");
        let assertion = parameters.get("client_assertion");
        let assertion_type = parameters.get("client_assertion_type");
        let ways = [
            authorization.is_some(),
            secret.is_some(),
            assertion.is_some() || assertion_type.is_some(),
        ];
        if ways.into_iter().filter(|way| *way).count() > 1 {
            return Err(OAuthError::new(
                "invalid_request",
                "the client authenticates in more than one way",
            ));
        }
        if let Some(header) = authorization {
            let (basic_id, secret) = basic(header)
                .ok_or_else(|| OAuthError::new("invalid_client", "not a Basic header"))?;
            if id.is_some_and(|id| id != basic_id) {
                return Err(OAuthError::new(
                    "invalid_request",
                    "client_id is another than that of the header",
                ));
            }
            return Ok(Self::Basic {
                id: basic_id,
                secret: secret.into(),
            });
        }
        if let Some(jwt) = assertion {
            if assertion_type != Some(ASSERTION_TYPE) {
                return Err(OAuthError::new(
                    "invalid_client",
                    "client_assertion_type is not supported",
                ));
            }
            return Ok(Self::Assertion {
                id,
                jwt: jwt.to_owned(),
            });
        }
        let id = id.ok_or_else(|| OAuthError::new("invalid_client", "no client authenticates"))?;
        Ok(match secret {
            Some(secret) => Self::Post {
                id,
                secret: secret.to_owned().into(),
            },
            None => Self::Public { id },
        })
    }
}

/// Public name and secret of a Basic header, each of them encoded as a form is before they are put
/// together (RFC 6749 section 2.3.1).
pub(super) fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((form_decoded(id)?, form_decoded(secret)?))
}

/// Decodes one part of a form.
fn form_decoded(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    Some(percent_decode_str(&spaced).decode_utf8().ok()?.into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret;

    use super::*;

    fn header(id: &str, secret: &str) -> String {
        let encode =
            |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encode(id), encode(secret));
        format!("Basic {}", STANDARD.encode(pair))
    }

    #[test]
    fn both_parts_are_decoded() {
        let (id, secret) = basic(&header("my app", "a:b+c%d/ü")).unwrap();
        assert_eq!((id.as_str(), secret.as_str()), ("my app", "a:b+c%d/ü"));
        let plain = format!("basic {}", STANDARD.encode("app:secret"));
        assert_eq!(basic(&plain).unwrap().1, "secret");
        for bad in ["", "Basic", "Basic !", "Bearer YTpi", "Basic YWI="] {
            assert!(basic(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn one_way_at_a_time() {
        let parse = |form: &str| Parameters::parse(form.as_bytes()).unwrap();
        let basic = header("a", "b");
        for form in [
            "client_secret=b",
            "client_assertion=x",
            "client_assertion_type=x",
        ] {
            let refused = Credentials::read(Some(&basic), &parse(form)).unwrap_err();
            assert_eq!(refused.code, "invalid_request", "{form}");
        }
        let other = Credentials::read(Some(&basic), &parse("client_id=other")).unwrap_err();
        assert_eq!(other.code, "invalid_request");
        let none = Credentials::read(None, &parse("client_secret=b")).unwrap_err();
        assert_eq!(none.code, "invalid_client");
        let post = Credentials::read(None, &parse("client_id=a&client_secret=b")).unwrap();
        assert!(matches!(post, Credentials::Post { secret, .. } if secret.expose_secret() == "b"));
        let public = Credentials::read(None, &parse("client_id=a")).unwrap();
        assert!(matches!(public, Credentials::Public { .. }));
    }

    proptest! {
        #[test]
        fn fuzz_any_pair_survives_the_trip(id in "[^\0]{1,40}", secret in ".{0,40}") {
            prop_assert_eq!(basic(&header(&id, &secret)), Some((id, secret)));
        }

        #[test]
        fn fuzz_no_header_makes_it_panic(text in ".{0,80}") {
            let _ = basic(&text);
            let _ = basic(&format!("Basic {text}"));
        }
    }
}
