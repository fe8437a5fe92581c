//! What the world sees of the zones: the records of those that are active.

use serde_json::Value;

use super::{check, content, records::Records, zones};
use crate::{dns::PublishedRecord, store::Store};

/// Where Cloudflare's proxies are (of the addresses for documentation, RFC 5737): a proxied name leads to them, and not
/// to the host that its record names.
const PROXIES: &str = "198.51.100.1";

/// All records that the name server tells.
pub(crate) fn published(store: &Store) -> Vec<PublishedRecord> {
    let zones = zones::all(store);
    let active = zones
        .iter()
        .filter(|zone| zone.get("status").and_then(Value::as_str) == Some("active"));
    active
        .flat_map(|zone| {
            let records = Records::load(store, zone);
            records.all().iter().map(publish).collect::<Vec<_>>()
        })
        .collect()
}

fn publish(record: &Value) -> PublishedRecord {
    let text = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
    let (name, kind, stored) = (text("name"), check::kind(record), text("content"));
    if record.get("proxied").and_then(Value::as_bool) == Some(true) {
        return PublishedRecord::new(name, "A", PROXIES);
    }
    let priority = record.get("priority").and_then(Value::as_u64);
    match (
        kind,
        priority.and_then(|priority| u16::try_from(priority).ok()),
    ) {
        ("MX", Some(priority)) => PublishedRecord::mx(name, priority, stored),
        ("TXT", _) => PublishedRecord::new(name, kind, &content::plain(stored)),
        _ => PublishedRecord::new(name, kind, stored),
    }
}
