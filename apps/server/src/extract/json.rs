//! JSON bodies. What is wrong is told by field.

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::StatusCode,
    web::{self, Bytes},
};
use futures::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// A body. Unknown fields are ignored, as old clients send more than is needed.
#[derive(Debug)]
pub struct ApiJson<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for ApiJson<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = web::Bytes::from_request(request, payload);
        Box::pin(async move { parse(&body.await.map_err(|error| unreadable(&error))?) })
    }
}

/// Why a body could not be had.
pub(crate) fn unreadable(error: &actix_web::Error) -> Problem {
    match error.as_response_error().status_code() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "The body is too large",
        ),
        _ => Problem::new(
            StatusCode::BAD_REQUEST,
            "body_unreadable",
            "The body could not be read",
        ),
    }
}

fn parse<T: DeserializeOwned>(body: &Bytes) -> Result<ApiJson<T>, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let parsed = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        match inner.classify() {
            serde_json::error::Category::Data => {
                let (field, reason) = describe(&path, &inner.to_string());
                Problem::invalid(field, reason)
            }
            _ => malformed(),
        }
    })?;
    deserializer.end().map_err(|_error| malformed())?;
    Ok(ApiJson(parsed))
}

fn malformed() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "malformed_json",
        "The body is not JSON",
    )
}

/// A missing field is named in the message alone. Values are left out: they may be secrets.
pub(super) fn describe(path: &str, message: &str) -> (String, String) {
    let message = message.split(" at line ").next().unwrap_or_default();
    if let Some(name) = message
        .strip_prefix("missing field `")
        .and_then(|rest| rest.strip_suffix('`'))
    {
        let field = if path == "." {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        };
        return (field, "is required".to_owned());
    }
    let reason = match (
        message.split_once(", expected "),
        message.starts_with("invalid "),
    ) {
        (Some((_, expected)), true) => format!("expected {expected}"),
        _ if message.starts_with("unknown variant") => {
            message.split_once(", expected ").map_or_else(
                || "is not a known value".to_owned(),
                |(_, known)| format!("expected {known}"),
            )
        }
        _ => "has the wrong form".to_owned(),
    };
    (path.to_owned(), reason)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Body {
        #[serde(rename = "name")]
        _name: String,
        #[serde(rename = "seats", default)]
        _seats: u8,
    }

    fn refusal(body: &'static str) -> String {
        parse::<Body>(&Bytes::from_static(body.as_bytes()))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn names_the_field_and_not_the_value() {
        assert_eq!(
            refusal("{}"),
            "422 Unprocessable Entity invalid: is required (name)"
        );
        assert_eq!(
            refusal(r#"{"name": 12345}"#),
            "422 Unprocessable Entity invalid: expected a string (name)"
        );
        assert!(!refusal(r#"{"name": "a", "seats": "hunter2"}"#).contains("hunter2"));
        assert!(refusal("{").starts_with("400"));
        assert!(refusal(r#"{"name":"a"} trailing"#).starts_with("400"));
        assert!(parse::<Body>(&Bytes::from_static(br#"{"name":"a","more":1}"#)).is_ok());
    }
}
