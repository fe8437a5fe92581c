//! What a list of entries amounts to.
//!
//! Mailcow answers writes with status 200 and `[{"type": "success|danger|warning|info", "log": [..], "msg": ..}]`,
//! or with a bare entry when it fails early (`data/web/json_api.php`, read 2026-11). `msg` is a code or an array whose
//! first item is the code. `log` echoes the request and is never read.

use serde_json::Value;

use crate::error::{Code, Error, Limit};

/// What Mailcow says when nothing in it has said anything, because nothing was done (2026-08).
const NOTHING_DONE: &str = "Task completed";

/// How grave an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Severity {
    /// Something was done.
    Success,
    /// Something was refused (`danger` or `error`).
    Danger,
    /// Something is odd, but done.
    Warning,
    /// For information.
    Info,
    /// A type this crate does not know.
    Other(String),
}

/// One entry of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// How grave it is.
    pub severity: Severity,
    /// Its code and what follows it.
    pub code: Code,
}

/// All entries of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// The entries, in order.
    pub entries: Vec<Entry>,
}

impl Verdict {
    /// Reads an answer; `None` if it holds anything that is no entry.
    #[must_use]
    pub fn read(answer: &Value) -> Option<Self> {
        let entries = match answer {
            Value::Array(items) => items.iter().map(read_entry).collect::<Option<Vec<_>>>()?,
            Value::Object(_) => vec![read_entry(answer)?],
            _ => return None,
        };
        Some(Self { entries })
    }

    /// Did it work? Only if something succeeded and nothing was refused.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.refusal().is_none() && self.has_success()
    }

    fn has_success(&self) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.severity == Severity::Success && entry.code.name() != NOTHING_DONE)
    }

    fn is_nothing(&self) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.severity == Severity::Success && entry.code.name() == NOTHING_DONE)
    }

    fn refusal(&self) -> Option<&Code> {
        self.entries
            .iter()
            .find(|entry| entry.severity == Severity::Danger)
            .map(|entry| &entry.code)
    }

    /// The verdict on `operation`.
    pub(crate) fn judge(&self, operation: &'static str) -> Result<(), Error> {
        let Some(code) = self.refusal().cloned() else {
            return if self.has_success() {
                Ok(())
            } else if self.is_nothing() {
                Err(Error::NothingDone { operation })
            } else {
                Err(Error::Protocol {
                    operation,
                    reason: "neither success nor refusal",
                })
            };
        };
        let is_partial = self.has_success();
        Err(match code.name() {
            "object_exists"
            | "is_alias"
            | "is_spam_alias"
            | "is_alias_or_mailbox"
            | "domain_exists"
            | "aliasd_exists"
            | "domain_not_empty" => Error::Conflict {
                operation,
                code,
                is_partial,
            },
            "domain_not_found" => Error::NotFound { operation, code },
            "access_denied" => Error::Denied {
                operation,
                code,
                is_partial,
            },
            name => match Limit::of_code(name) {
                Some(limit) => Error::LimitReached {
                    operation,
                    limit,
                    code,
                    is_partial,
                },
                None => Error::Invalid {
                    operation,
                    code,
                    is_partial,
                },
            },
        })
    }
}

fn read_entry(value: &Value) -> Option<Entry> {
    let severity = match value.get("type")?.as_str()? {
        "success" => Severity::Success,
        "danger" | "error" => Severity::Danger,
        "warning" => Severity::Warning,
        "info" => Severity::Info,
        other => Severity::Other(other.to_owned()),
    };
    let code = match value.get("msg") {
        Some(Value::Array(parts)) => Code::new(parts.iter().map(as_text).collect()),
        Some(single) => Code::new(vec![as_text(single)]),
        None => Code::new(Vec::new()),
    };
    Some(Entry { severity, code })
}

fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::{Effect, ErrorKind};

    fn judge(answer: &Value) -> Result<(), Error> {
        Verdict::read(answer).unwrap().judge("op")
    }

    #[test]
    fn success_needs_a_success_and_no_refusal() {
        let done =
            json!({"type": "success", "log": ["x"], "msg": ["mailbox_added", "a@b.example"]});
        let odd = json!({"type": "warning", "msg": "tag_limit_exceeded"});
        let refused =
            json!({"type": "danger", "log": ["success"], "msg": ["object_exists", "a@b.example"]});
        judge(&json!([odd, done])).unwrap();
        judge(&done).unwrap();
        assert_eq!(
            judge(&json!([refused])).unwrap_err().effect(),
            Effect::Rejected
        );
        assert_eq!(
            judge(&json!([done, refused])).unwrap_err().effect(),
            Effect::Unknown
        );
        assert_eq!(
            judge(&json!([odd])).unwrap_err().kind(),
            ErrorKind::Protocol
        );
        assert_eq!(judge(&json!([])).unwrap_err().kind(), ErrorKind::Protocol);
    }

    #[test]
    fn codes_become_kinds() {
        for (msg, kind) in [
            (json!(["object_exists", "a"]), ErrorKind::Conflict),
            (json!(["domain_exists", "a"]), ErrorKind::Conflict),
            (json!(["is_alias", "a"]), ErrorKind::Conflict),
            (json!(["domain_not_found", "a"]), ErrorKind::NotFound),
            (json!("password_complexity"), ErrorKind::Invalid),
            (json!(["mailbox_quota_exceeded", 5]), ErrorKind::Invalid),
            (json!("access_denied"), ErrorKind::Invalid),
            (json!(["mysql_error", {"x": 1}]), ErrorKind::Invalid),
        ] {
            let error = judge(&json!([{"type": "danger", "msg": msg}])).unwrap_err();
            assert_eq!(error.kind(), kind, "{msg}");
        }
        let nothing = judge(&json!({"type": "success", "msg": "Task completed"})).unwrap_err();
        assert!(matches!(nothing, Error::NothingDone { .. }), "{nothing:?}");
        let error =
            judge(&json!({"type": "error", "msg": ["max_mailbox_exceeded", 5, 5]})).unwrap_err();
        assert_eq!(error.limit(), Some(&Limit::Mailboxes));
        assert_eq!(error.code().unwrap().arguments(), ["5", "5"]);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "(success|danger|error|warning|object_exists|\\PC{0,8})".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::hash_map("(type|msg|log|[a-z]{1,4})", inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn arbitrary_json_never_panics_and_never_passes_with_a_refusal(answer in any_json()) {
            if let Some(verdict) = Verdict::read(&answer) {
                let has = |severity| verdict.entries.iter().any(|entry| entry.severity == severity);
                let expected = has(Severity::Success) && !has(Severity::Danger);
                prop_assert_eq!(verdict.judge("op").is_ok(), expected);
                prop_assert_eq!(verdict.is_success(), expected);
            }
        }

        #[test]
        fn arbitrary_text_never_panics(text in "\\PC{0,80}") {
            if let Ok(value) = serde_json::from_str::<Value>(&text) {
                let _verdict = Verdict::read(&value);
            }
        }
    }
}
