//! The records a domain needs, and whether they were found.

use serde_json::{Value, json};

use super::answer::text;

/// What the owner of a domain may publish.
pub(super) const KINDS: [&str; 4] = ["spf", "dkim", "mx", "tracking"];

fn record(found: &[String], kind: &str, record_type: &str, name: &str, value: &str) -> Value {
    let is_found = found.iter().any(|one| one == kind);
    json!({
        "record_type": record_type, "name": name, "value": value, "is_active": is_found,
        "valid": if is_found { "valid" } else { "unknown" },
        "cached": if is_found { vec![value] } else { Vec::new() },
    })
}

/// Those for sending; `found` are the kinds that were seen.
pub(super) fn sending(domain: &Value, found: &[String]) -> Vec<Value> {
    let name = text(domain, "name");
    let mut records = vec![record(
        found,
        "spf",
        "TXT",
        name,
        "v=spf1 include:mailgun.org ~all",
    )];
    let is_automatic = domain.get("use_automatic_sender_security") == Some(&json!(true));
    if is_automatic {
        let id = text(domain, "id");
        for key in ["pdk1", "pdk2"] {
            let at = format!("{key}._domainkey.{name}");
            let to = format!("{key}._domainkey.{id}.dkim1.mgsend.org");
            records.push(record(found, "dkim", "CNAME", &at, &to));
        }
    } else {
        let at = format!("mx._domainkey.{name}");
        let key = format!("k=rsa; p={}", text(domain, "dkim_key"));
        records.push(record(found, "dkim", "TXT", &at, &key));
    }
    let at = format!("email.{name}");
    records.push(record(found, "tracking", "CNAME", &at, "mailgun.org"));
    records
}

/// Those for receiving, which have no name and their priority as text.
pub(super) fn receiving(found: &[String]) -> Vec<Value> {
    let mut records = Vec::new();
    for value in ["mxa.mailgun.org", "mxb.mailgun.org"] {
        let mut one = record(found, "mx", "MX", "", value);
        if let Some(fields) = one.as_object_mut() {
            fields.remove("name");
            fields.insert("priority".to_owned(), json!("10"));
        }
        records.push(one);
    }
    records
}
