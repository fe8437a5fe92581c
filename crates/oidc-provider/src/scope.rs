//! Scopes (RFC 6749 section 3.3) and audiences (RFC 8707) that are asked for, against what may be.

use crate::{OAuthError, Parameters, ProviderConfig, client::Client};

/// Most scopes, and most audiences, of one request.
const MOST: usize = 32;

/// Scopes that stand for what is told about a person.
pub(crate) const IDENTITY: &[&str] = &[
    "openid",
    "profile",
    "email",
    "phone",
    "groups",
    "roles",
    "offline_access",
];

/// Takes a list of scopes apart; none comes twice.
///
/// # Errors
/// `invalid_scope`.
pub(crate) fn parse(text: &str) -> Result<Vec<String>, OAuthError> {
    let invalid = || OAuthError::new("invalid_scope", "scope cannot be read");
    let mut scopes: Vec<String> = Vec::new();
    for scope in text.split(' ').filter(|scope| !scope.is_empty()) {
        if !is_scope(scope) || scopes.len() == MOST {
            return Err(invalid());
        }
        if !scopes.iter().any(|other| other == scope) {
            scopes.push(scope.to_owned());
        }
    }
    Ok(scopes)
}

/// Whether a text can be one scope.
pub(crate) fn is_scope(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 128
        && text
            .bytes()
            .all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\')
}

/// The scopes of `parameters`, all of which must be among `allowed`; all of these when none is named.
///
/// # Errors
/// `invalid_scope`.
pub(crate) fn narrowed(
    parameters: &Parameters,
    allowed: &[String],
) -> Result<Vec<String>, OAuthError> {
    let Some(text) = parameters.get("scope") else {
        return Ok(allowed.to_vec());
    };
    let scopes = parse(text)?;
    if scopes.iter().all(|scope| allowed.contains(scope)) {
        Ok(scopes)
    } else {
        Err(OAuthError::new(
            "invalid_scope",
            "scope goes beyond what was granted",
        ))
    }
}

/// The audience of tokens for nobody else: our own API.
pub(crate) fn own_audience(config: &ProviderConfig) -> String {
    config.url("/api/v1")
}

/// The audiences that are asked for: each one that the client may have tokens for, or our own.
///
/// # Errors
/// `invalid_target`.
pub(crate) fn targets<'a>(
    config: &ProviderConfig,
    client: &Client,
    asked: impl Iterator<Item = &'a str>,
) -> Result<Vec<String>, OAuthError> {
    let own = own_audience(config);
    let mut targets: Vec<String> = Vec::new();
    for target in asked {
        let is_allowed = target == own
            || client
                .record
                .settings
                .resources
                .iter()
                .any(|resource| resource == target);
        if !is_allowed || targets.len() == MOST {
            return Err(OAuthError::new(
                "invalid_target",
                "the client may not have tokens for this resource",
            ));
        }
        if !targets.iter().any(|other| other == target) {
            targets.push(target.to_owned());
        }
    }
    Ok(targets)
}

/// The audience of a token of a grant: what the request names, within what was granted; what was
/// granted, or our own, when it names none.
///
/// # Errors
/// `invalid_target`.
pub(crate) fn audience(
    config: &ProviderConfig,
    client: &Client,
    parameters: &Parameters,
    granted: &[String],
) -> Result<Vec<String>, OAuthError> {
    let asked = targets(config, client, parameters.all("resource"))?;
    if !granted.is_empty() && !asked.iter().all(|target| granted.contains(target)) {
        return Err(OAuthError::new(
            "invalid_target",
            "the resource goes beyond what was granted",
        ));
    }
    Ok(match (asked.is_empty(), granted.is_empty()) {
        (false, _) => asked,
        (true, false) => granted.to_vec(),
        (true, true) => vec![own_audience(config)],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_once_each() {
        assert_eq!(parse("openid  email openid").unwrap(), ["openid", "email"]);
        assert!(parse("").unwrap().is_empty());
        for bad in ["a\"b", "a\\b", "ü", "a\tb"] {
            assert_eq!(parse(bad).unwrap_err().code, "invalid_scope", "{bad}");
        }
        let many = (0..40).map(|n| format!("s{n}")).collect::<Vec<_>>();
        assert!(parse(&many.join(" ")).is_err());
    }

    #[test]
    fn scopes_only_narrow() {
        let allowed = ["openid".to_owned(), "email".to_owned()];
        let of = |form: &str| narrowed(&Parameters::parse(form.as_bytes()).unwrap(), &allowed);
        assert_eq!(of("").unwrap(), allowed);
        assert_eq!(of("scope=email").unwrap(), ["email"]);
        assert_eq!(of("scope=email+admin").unwrap_err().code, "invalid_scope");
    }
}
