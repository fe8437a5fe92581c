//! `{"ocs": {"meta": {..}, "data": ..}}`, and the verdict in it.
//!
//! Codes 100 and 200 are success in versions 1 and 2. 101 to 199 belong to the single call: each operation says which
//! of them mean "exists" to it. 996, 999 are failures of the server, 997 is "who are you", 998 "not found"
//! (lib/private/AppFramework/OCS, read 2026-11).

use bheem_http_kit::{Response, lenient};
use serde::Deserialize;
use serde_json::Value;

use crate::Error;

#[derive(Deserialize)]
struct Envelope {
    ocs: Ocs,
}

#[derive(Deserialize)]
struct Ocs {
    meta: Meta,
    #[serde(default)]
    data: Value,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(deserialize_with = "lenient::integer")]
    statuscode: Option<i64>,
    #[serde(default, deserialize_with = "lenient::text")]
    message: Option<String>,
}

/// The data of a success; `[]` and `{}` both stand for none.
pub(crate) fn open(answer: &Response, exists_codes: &[i64]) -> Result<Value, Error> {
    let operation = answer.operation();
    let status = answer.status().as_u16();
    // Proxies, maintenance mode and the brute-force guard answer before OCS does, and not in JSON.
    let envelope: Envelope = match answer.json() {
        Ok(envelope) => envelope,
        Err(_) if answer.status().is_success() && answer.body().is_empty() => {
            return Err(Error::Empty { operation });
        }
        Err(_)
            if (answer.status().is_success() || answer.status().is_redirection())
                && is_page(answer) =>
        {
            return Err(Error::Page { operation, status });
        }
        Err(_) if status == 403 && is_page(answer) => {
            return Err(Error::Blocked { operation, status });
        }
        Err(_) if matches!(status, 401 | 403) => {
            return Err(Error::Unauthorized {
                operation,
                code: None,
            });
        }
        Err(_) if status == 404 || status == 412 => return Err(Error::Protocol { operation }),
        Err(_) if !answer.status().is_success() => return Err(answer.to_error().into()),
        Err(error) => return Err(error.into()),
    };
    if status == 429 || status == 503 {
        return Err(answer.to_error().into());
    }
    let Meta {
        statuscode,
        message,
    } = envelope.ocs.meta;
    let code = statuscode.ok_or(Error::Protocol { operation })?;
    match code {
        100 | 200 if answer.status().is_success() => Ok(envelope.ocs.data),
        100 | 200 => Err(answer.to_error().into()),
        code if exists_codes.contains(&code) => Err(Error::Conflict { operation, code }),
        403 => Err(Error::Forbidden {
            operation,
            code,
            message: message.unwrap_or_default().into(),
        }),
        401 | 997 => Err(Error::Unauthorized {
            operation,
            code: Some(code),
        }),
        404 | 998 => Err(Error::NotFound { operation, code }),
        409 => Err(Error::Conflict { operation, code }),
        429 | 503 => Err(answer.to_error().into()),
        101..=199 | 400..=499 => Err(Error::Invalid {
            operation,
            code,
            message: message.unwrap_or_default().into(),
        }),
        500..=599 | 996 | 999 => Err(Error::Failed { operation, code }),
        _ => Err(Error::Protocol { operation }),
    }
}

/// A page, or a redirection to one, and nothing of OCS.
fn is_page(answer: &Response) -> bool {
    let first = answer
        .body()
        .iter()
        .find(|byte| !byte.is_ascii_whitespace());
    first.is_none_or(|byte| *byte == b'<')
}

/// Ids; PHP makes numbers of those that are all digits. One that is neither is left out and told in the log.
pub(crate) fn ids<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    let members: Vec<Value> = lenient::list(deserializer)?;
    let count = members.len();
    let ids: Vec<String> = members
        .into_iter()
        .filter_map(|member| match member {
            Value::String(id) => Some(id),
            Value::Number(id) => Some(id.to_string()),
            _ => None,
        })
        .collect();
    if ids.len() < count {
        tracing::warn!(
            left_out = count - ids.len(),
            "members of a list are no ids and are left out"
        );
    }
    Ok(ids)
}

/// Reads data of a known shape.
pub(crate) fn read<T: serde::de::DeserializeOwned>(
    operation: &'static str,
    data: Value,
) -> Result<T, Error> {
    Ok(bheem_http_kit::decode_value(operation, data)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{GroupFolder, Share, User};

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[a-z0-9 :é-]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            let keys = prop_oneof![
                "[a-z_]{1,8}",
                Just("id".to_owned()),
                Just("share_type".to_owned()),
                Just("quota".to_owned()),
                Just("groups".to_owned()),
                Just("expiration".to_owned()),
                Just("permissions".to_owned()),
            ];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(keys, inner, 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn fuzz_any_data_is_read_or_refused(value in any_value()) {
            let _user = read::<User>("test", value.clone());
            let _share = read::<Share>("test", value.clone());
            let _folder = read::<GroupFolder>("test", value);
        }

        #[test]
        fn fuzz_any_envelope_is_read_or_refused(meta in any_value(), data in any_value()) {
            let text = serde_json::json!({"ocs": {"meta": meta, "data": data}}).to_string();
            if let Ok(envelope) = serde_json::from_str::<Envelope>(&text) {
                prop_assert!(envelope.ocs.meta.message.is_none_or(|message| !message.is_empty()));
            }
        }

        #[test]
        fn fuzz_any_text_is_no_envelope(text in "[{}\\[\\]\":,a-z0-9]{0,80}") {
            prop_assert!(serde_json::from_str::<Envelope>(&text).is_err());
        }
    }
}
