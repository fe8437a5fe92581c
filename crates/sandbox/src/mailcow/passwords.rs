//! The password policy, which is data in Mailcow: every value is a string.

use serde_json::{Value, json};

use super::reply::Verdict;
use crate::{store::Store, text};

const TABLE: &str = "passwordpolicy";
const RULES: [(&str, &str); 5] = [
    ("length", "6"),
    ("chars", "0"),
    ("special_chars", "0"),
    ("lowerupper", "0"),
    ("numbers", "0"),
];

pub(super) fn seed(store: &mut Store) {
    for (rule, value) in RULES {
        store.put(TABLE, rule, &value);
    }
}

pub(super) fn policy(store: &Store) -> Value {
    Value::Object(store.list::<Value>(TABLE).into_iter().collect())
}

pub(super) fn edit(store: &mut Store, attributes: &Value, verdict: &mut Verdict) {
    for (rule, _) in RULES {
        if let Some(value) = attributes.get(rule).and_then(text::string) {
            store.put(TABLE, rule, &value);
        }
    }
    verdict.success(&["password_policy_saved"]);
}

/// The password, if both fields hold the same one and it satisfies the policy. A missing
/// repetition is a complexity error, however good the password is.
pub(super) fn check(
    store: &Store,
    attributes: &Value,
    (first, second): (&str, &str),
    verdict: &mut Verdict,
) -> Option<String> {
    let read = |name: &str| attributes.get(name).and_then(text::string);
    let password = read(first).unwrap_or_default();
    let repeated = read(second).unwrap_or_default();
    if password.is_empty() || repeated.is_empty() || !is_complex(store, &password) {
        verdict.danger(&["password_complexity"]);
        None
    } else if password == repeated {
        Some(password)
    } else {
        verdict.danger(&["password_mismatch"]);
        None
    }
}

fn is_complex(store: &Store, password: &str) -> bool {
    let rule = |name: &str| {
        let value = store.get::<Value>(TABLE, name).unwrap_or(json!("0"));
        text::integer(&value).unwrap_or_default()
    };
    let length = i64::try_from(password.chars().count()).unwrap_or(i64::MAX);
    let has = |test: fn(&char) -> bool| password.chars().any(|one| test(&one));
    length >= rule("length")
        && (rule("chars") == 0 || has(char::is_ascii_alphabetic))
        && (rule("special_chars") == 0 || has(|one| !one.is_alphanumeric()))
        && (rule("lowerupper") == 0
            || (has(char::is_ascii_lowercase) && has(char::is_ascii_uppercase)))
        && (rule("numbers") == 0 || has(char::is_ascii_digit))
}
