//! What makes a record, and which records exclude each other.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::{Value, json};

use super::{answer::Refusal, content};
use crate::text::integer;

/// The types that this stand-in takes.
const TYPES: [&str; 8] = ["A", "AAAA", "CNAME", "MX", "TXT", "NS", "SRV", "CAA"];
const CONTENT_LIMIT: usize = 2048;
const COMMENT_LIMIT: usize = 100;

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn kind(record: &Value) -> &str {
    text(record, "type")
}

pub(super) fn is_proxiable(kind: &str) -> bool {
    matches!(kind, "A" | "AAAA" | "CNAME")
}

/// The fields of a record, checked and in the form in which they are stored, but for its id and times.
pub(super) fn record(body: &Value, zone: &str) -> Result<Value, Refusal> {
    let kind = kind(body);
    if !TYPES.contains(&kind) {
        return Err(Refusal::invalid(9104, "Invalid DNS record type"));
    }
    let name = text(body, "name");
    if name != "@" && !content::is_name(name) {
        return Err(Refusal::invalid(9000, "DNS name is invalid."));
    }
    let is_proxied = body.get("proxied").and_then(Value::as_bool) == Some(true);
    if is_proxied && !is_proxiable(kind) {
        return Err(Refusal::invalid(
            9004,
            "This record type cannot be proxied.",
        ));
    }
    let ttl = body.get("ttl").and_then(integer).unwrap_or(1);
    if ttl != 1 && !(60..=86_400).contains(&ttl) {
        let problem = "Invalid TTL. Must be between 60 and 86400 seconds, or 1 for Automatic.";
        return Err(Refusal::invalid(9021, problem));
    }
    let comment = body.get("comment").and_then(Value::as_str);
    if comment.is_some_and(|comment| comment.chars().count() > COMMENT_LIMIT) {
        return Err(Refusal::invalid(
            9208,
            "Comment exceeds the maximum length.",
        ));
    }
    let priority = body.get("priority").and_then(integer);
    if kind == "MX" && priority.is_none_or(|priority| u16::try_from(priority).is_err()) {
        return Err(Refusal::invalid(9101, "MX records need a priority."));
    }
    let mut record = json!({
        "name": content::in_zone(name, zone),
        "type": kind,
        "content": stored(body, kind)?,
        "proxiable": is_proxiable(kind),
        "proxied": is_proxied,
        "ttl": if is_proxied { 1 } else { ttl },
        "settings": {},
        "meta": {},
        "comment": comment.filter(|comment| !comment.is_empty()),
        "tags": body.get("tags").filter(|tags| tags.is_array()).unwrap_or(&json!([])),
    });
    if let Some(fields) = record.as_object_mut() {
        if kind == "MX" {
            fields.insert("priority".to_owned(), json!(priority));
        }
        if let (true, Some(data)) = (matches!(kind, "SRV" | "CAA"), body.get("data")) {
            fields.insert("data".to_owned(), data.clone());
        }
    }
    Ok(record)
}

fn stored(body: &Value, kind: &str) -> Result<String, Refusal> {
    let given = text(body, "content");
    let host = |code, problem| {
        if content::is_name(given) {
            Ok(content::name(given))
        } else {
            Err(Refusal::invalid(code, problem))
        }
    };
    match kind {
        "A" => given.parse().map_or_else(
            |_invalid| {
                Err(Refusal::invalid(
                    9005,
                    "Content for A record must be a valid IPv4 address.",
                ))
            },
            |address: Ipv4Addr| Ok(address.to_string()),
        ),
        "AAAA" => given.parse().map_or_else(
            |_invalid| {
                Err(Refusal::invalid(
                    9006,
                    "Content for AAAA record must be a valid IPv6 address.",
                ))
            },
            |address: Ipv6Addr| Ok(address.to_string()),
        ),
        "CNAME" => host(9007, "Content for CNAME record is invalid."),
        "MX" => host(9009, "Content for MX record must be a hostname."),
        "NS" => host(9011, "Content for NS record must be a hostname."),
        "TXT" if given.is_empty() || given.len() > 2 * CONTENT_LIMIT => {
            Err(Refusal::invalid(9012, "Content for TXT record is invalid."))
        }
        "TXT" => Ok(content::quoted(given)),
        "SRV" => service(body).ok_or_else(|| Refusal::invalid(9013, "Invalid SRV data.")),
        _ if body.get("data").is_some() || !given.is_empty() => Ok(given.to_owned()),
        _ => Err(Refusal::invalid(9014, "Content is missing.")),
    }
}

/// `weight port target`, as Cloudflare prints it beside the priority; here with it, so that it can be compared.
fn service(body: &Value) -> Option<String> {
    let data = body.get("data")?;
    let number = |name| u16::try_from(data.get(name).and_then(integer)?).ok();
    let target = data
        .get("target")?
        .as_str()
        .filter(|target| content::is_name(target))?;
    let (priority, weight, port) = (number("priority")?, number("weight")?, number("port")?);
    Some(format!(
        "{priority} {weight} {port} {}",
        content::name(target)
    ))
}

/// Refuses a record that is there already, or that others exclude. At the top of a zone aliases are flattened, so that
/// only addresses and aliases exclude each other there.
pub(super) fn room(record: &Value, others: &[&Value], zone: &str) -> Result<(), Refusal> {
    let name = text(record, "name");
    let of_name = others.iter().filter(|other| text(other, "name") == name);
    for other in of_name {
        let is_same = kind(other) == kind(record)
            && other.get("priority") == record.get("priority")
            && same_content(other, record);
        if is_same {
            return Err(Refusal::new(
                400,
                81_058,
                "An identical record already exists.",
            ));
        }
        let (there, new) = (kind(other), kind(record));
        let has_alias = there == "CNAME" || new == "CNAME";
        if has_alias && is_proxiable(there) && is_proxiable(new) {
            let problem = "An A, AAAA, or CNAME record with that host already exists.";
            return Err(Refusal::new(400, 81_053, problem));
        }
        if has_alias && name != zone {
            let problem = "A record with that host already exists.";
            return Err(Refusal::new(400, 81_057, problem));
        }
    }
    Ok(())
}

fn same_content(left: &Value, right: &Value) -> bool {
    let (one, other) = (text(left, "content"), text(right, "content"));
    if kind(left) == "TXT" {
        content::plain(one) == content::plain(other)
    } else {
        one == other
    }
}
