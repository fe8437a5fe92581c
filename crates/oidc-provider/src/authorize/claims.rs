//! The `claims` parameter (OpenID Connect Core section 5.5): what it asks of the sign-in itself.
//! Which claims go into the tokens is read from the same text when they are made.

use bheem_domain::AccountId;
use serde_json::{Map, Value};

use crate::{OAuthError, wire::has_nul};

/// Longest text of the parameter.
const LONGEST: usize = 8 * 1024;

/// What it asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ClaimsRequest {
    /// The whole of it.
    pub(crate) whole: Value,
    /// Levels of which the sign-in must reach one.
    pub(crate) essential_acr: Vec<String>,
    /// Levels it would like.
    pub(crate) voluntary_acr: Vec<String>,
    /// Nobody else may answer.
    pub(crate) subject: Option<AccountId>,
}

impl ClaimsRequest {
    /// Reads the parameter.
    ///
    /// # Errors
    /// `invalid_request`.
    pub(crate) fn parse(text: &str) -> Result<Self, OAuthError> {
        if text.len() > LONGEST {
            return Err(bad("claims is too long"));
        }
        let whole: Value =
            serde_json::from_str(text).map_err(|_error| bad("claims is not JSON"))?;
        if has_nul(&whole) {
            return Err(bad("claims has a NUL"));
        }
        let members = whole
            .as_object()
            .ok_or_else(|| bad("claims is not an object"))?;
        let mut request = Self::default();
        for target in ["id_token", "userinfo"] {
            match members.get(target) {
                None | Some(Value::Null) => {}
                Some(Value::Object(claims)) => request.read(claims)?,
                Some(_) => return Err(bad("a member of claims is not an object")),
            }
        }
        request.whole = whole;
        Ok(request)
    }

    fn read(&mut self, claims: &Map<String, Value>) -> Result<(), OAuthError> {
        if claims
            .values()
            .any(|claim| !claim.is_null() && !claim.is_object())
        {
            return Err(bad("a claim is neither null nor an object"));
        }
        if let Some(acr) = claims.get("acr") {
            let values = values_of(acr)?;
            if acr.get("essential").and_then(Value::as_bool) == Some(true) {
                self.essential_acr.extend(values);
            } else {
                self.voluntary_acr.extend(values);
            }
        }
        if let Some(subject) = claims.get("sub").and_then(|sub| sub.get("value")) {
            let subject = subject
                .as_str()
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| bad("the sub that claims asks for is nobody"))?;
            if self.subject.is_some_and(|other| other != subject) {
                return Err(bad("claims asks for two subjects"));
            }
            self.subject = Some(subject);
        }
        Ok(())
    }
}

/// `value`, or `values`, of a claim.
fn values_of(claim: &Value) -> Result<Vec<String>, OAuthError> {
    let one = claim.get("value").into_iter();
    let many = claim.get("values").and_then(Value::as_array);
    one.chain(many.into_iter().flatten())
        .map(|value| {
            let text = value.as_str().map(str::to_owned);
            text.ok_or_else(|| bad("a value of acr is not a text"))
        })
        .collect()
}

fn bad(description: &'static str) -> OAuthError {
    OAuthError::new("invalid_request", description)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn essential_levels_and_subjects_are_found() {
        let subject = "01890000-0000-7000-8000-000000000001";
        let text = format!(
            r#"{{"id_token":{{"acr":{{"essential":true,"values":["aal2"]}},"sub":{{"value":"{subject}"}},"email":null}},
                "userinfo":{{"acr":{{"value":"aal1"}}}}}}"#
        );
        let request = ClaimsRequest::parse(&text).unwrap();
        assert_eq!(request.essential_acr, ["aal2"]);
        assert_eq!(request.voluntary_acr, ["aal1"]);
        assert_eq!(request.subject.unwrap().to_string(), subject);
        assert!(request.whole["id_token"]["email"].is_null());
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "[]",
            "1",
            "{",
            r#"{"id_token":1}"#,
            r#"{"id_token":{"email":1}}"#,
            r#"{"a\u0000b":null}"#,
            r#"{"id_token":{"acr":{"values":["\u0000"]}}}"#,
            r#"{"id_token":{"acr":{"essential":true,"values":[1]}}}"#,
            r#"{"id_token":{"sub":{"value":"admin"}}}"#,
            r#"{"id_token":{"sub":{"value":1}}}"#,
            r#"{"id_token":{"sub":{"value":"01890000-0000-7000-8000-000000000001"}},"userinfo":{"sub":{"value":"01890000-0000-7000-8000-000000000002"}}}"#,
        ] {
            let refused = ClaimsRequest::parse(text).unwrap_err();
            assert_eq!(refused.code, "invalid_request", "{text}");
        }
        assert!(ClaimsRequest::parse(&format!("{{\"x\":\"{}\"}}", "x".repeat(LONGEST))).is_err());
    }
}
