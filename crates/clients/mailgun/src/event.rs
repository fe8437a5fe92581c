//! Something that happened to a message.

use std::collections::BTreeMap;

use bheem_http_kit::lenient;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use bheem_http_kit::text_enum;

text_enum! {
    /// What happened.
    EventKind {
        /// Mailgun has taken it.
        Accepted = "accepted",
        /// Mailgun has not.
        Rejected = "rejected",
        /// The recipient's server has taken it.
        Delivered = "delivered",
        /// It has not.
        Failed = "failed",
        /// Somebody looked at it.
        Opened = "opened",
        /// Somebody clicked in it.
        Clicked = "clicked",
        /// Somebody wants no more of them.
        Unsubscribed = "unsubscribed",
        /// Somebody says that it is spam.
        Complained = "complained",
        /// One that came in is kept.
        Stored = "stored",
    }
}

text_enum! {
    /// Whether Mailgun tries again.
    Severity {
        /// It does not.
        Permanent = "permanent",
        /// It does.
        Temporary = "temporary",
    }
}

/// What the recipient's server said.
#[derive(Debug, Clone, Default, Deserialize)]
#[non_exhaustive]
pub struct DeliveryStatus {
    /// The reply code, such as 550.
    #[serde(default, deserialize_with = "lenient::integer")]
    pub code: Option<i64>,
    /// Its words.
    #[serde(default, deserialize_with = "lenient::text")]
    pub message: Option<String>,
    /// Mailgun's words.
    #[serde(default, deserialize_with = "lenient::text")]
    pub description: Option<String>,
}

/// Something that happened to a message.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// Its id, unique within a day.
    pub id: String,
    /// What happened.
    #[serde(rename = "event")]
    pub kind: EventKind,
    /// When, in seconds since 1970.
    #[serde(deserialize_with = "time")]
    pub timestamp: i64,
    /// Whose copy.
    #[serde(default, deserialize_with = "lenient::text")]
    pub recipient: Option<String>,
    /// Whether Mailgun tries again, when it failed.
    #[serde(default)]
    pub severity: Option<Severity>,
    /// Why it failed, as a word.
    #[serde(default, deserialize_with = "lenient::text")]
    pub reason: Option<String>,
    /// What the recipient's server said.
    #[serde(default, rename = "delivery-status")]
    pub delivery_status: Option<DeliveryStatus>,
    /// The message's labels.
    #[serde(default, deserialize_with = "lenient::list")]
    pub tags: Vec<String>,
    #[serde(default)]
    message: Option<Message>,
    #[serde(default, rename = "user-variables", deserialize_with = "object")]
    variables: Map<String, Value>,
}

#[derive(Debug, Clone, Deserialize)]
struct Message {
    #[serde(default)]
    headers: Option<BTreeMap<String, Value>>,
}

impl Event {
    /// The message's id, without angle brackets.
    #[must_use]
    pub fn message_id(&self) -> Option<&str> {
        let headers = self.message.as_ref()?.headers.as_ref()?;
        let id = headers.get("message-id")?.as_str()?;
        Some(id.trim_matches(['<', '>']))
    }

    /// Your name for the message.
    #[must_use]
    pub fn notification_id(&self) -> Option<&str> {
        self.variable("notification_id")
    }

    /// A note that the message bore.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name)?.as_str()
    }
}

/// Fractions of a second are left out.
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let whole = match &value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => String::new(),
    };
    let whole = whole.split('.').next().unwrap_or_default();
    let seconds = whole.parse().ok().or_else(|| lenient::integer_of(&value));
    seconds.ok_or_else(|| serde::de::Error::custom("expected a time"))
}

/// No notes are an empty list or nothing (they come from many places).
fn object<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Object(notes) => notes,
        _ => Map::new(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::DomainDetails;

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(|number| json!(number)),
            "\\PC{0,12}".prop_map(Value::from),
        ];
        let name = "message|headers|message-id|domain|name|state|valid|priority|[a-z]{1,4}";
        leaf.prop_recursive(4, 48, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::hash_map(name, inner, 0..6).prop_map(|map| json!(map)),
            ]
        })
    }

    proptest! {
        #[test]
        fn fuzz_any_json_is_an_event_or_none(time in any_json(), message in any_json(), variables in any_json(), tags in any_json()) {
            let body = json!({
                "id": "1", "event": "delivered", "timestamp": time, "message": message, "user-variables": variables,
                "tags": tags,
            });
            if let Ok(event) = Event::deserialize(body) {
                let _named = (event.message_id(), event.notification_id());
            }
        }

        #[test]
        fn fuzz_any_json_is_a_domain_or_none(domain in any_json(), records in prop::collection::vec(any_json(), 0..4)) {
            let body = json!({"domain": domain, "sending_dns_records": records, "receiving_dns_records": records});
            if let Ok(details) = DomainDetails::deserialize(body) {
                let _judged = (details.spf(), details.dkim(), details.mx());
            }
        }
    }

    #[test]
    fn times_are_read_whatever_they_are_written_as() {
        let read = |time: Value| {
            let body = json!({"id": "1", "event": "x", "timestamp": time});
            Event::deserialize(body).map(|event| event.timestamp).ok()
        };
        assert_eq!(read(json!(1_795_246_655)), Some(1_795_246_655));
        assert_eq!(read(json!(1_795_246_655.999)), Some(1_795_246_655));
        assert_eq!(read(json!("1795246655.5")), Some(1_795_246_655));
        assert_eq!(read(json!("soon")), None);
        assert_eq!(read(json!(null)), None);
    }
}
