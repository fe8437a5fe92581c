//! Records as Cloudflare has them (<https://developers.cloudflare.com/api/resources/dns/subresources/records/>).

use bheem_http_kit::lenient;
use serde::Deserialize;
use serde_json::Value;

use crate::{RecordType, canonical_name, txt};

/// A DNS record. Whatever object Cloudflare lists is read as one: a field that cannot be read is as if it were not
/// there, so that one odd record hides no other.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Record {
    /// 32 hexadecimal digits.
    #[serde(default, deserialize_with = "text")]
    pub id: String,
    /// The full name.
    #[serde(default, deserialize_with = "text")]
    pub name: String,
    /// Its type; an empty one of a record that does not say.
    #[serde(rename = "type", default = "no_type", deserialize_with = "record_type")]
    pub record_type: RecordType,
    /// Address, host or quoted text; see [`Record::text`].
    #[serde(default, deserialize_with = "text")]
    pub content: String,
    /// Seconds; 1 is "automatic".
    #[serde(default, deserialize_with = "ttl")]
    pub ttl: u32,
    /// Whether Cloudflare's proxies stand in front of it.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub proxied: bool,
    /// Whether they could.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub proxiable: bool,
    /// The preference of an MX record.
    #[serde(default, deserialize_with = "priority")]
    pub priority: Option<u16>,
    /// A note, which marks the records of an owner.
    #[serde(default, deserialize_with = "lenient::text")]
    pub comment: Option<String>,
    /// Tags, `name:value`; not on free plans.
    #[serde(default, deserialize_with = "texts")]
    pub tags: Vec<String>,
    /// The parts of SRV, CAA and other structured records.
    #[serde(default)]
    pub data: Option<Value>,
    /// When it was made (RFC 3339).
    #[serde(default, deserialize_with = "lenient::text")]
    pub created_on: Option<String>,
    /// When it was changed (RFC 3339).
    #[serde(default, deserialize_with = "lenient::text")]
    pub modified_on: Option<String>,
}

fn ttl<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let seconds = lenient::integer(deserializer)?;
    Ok(seconds
        .and_then(|seconds| u32::try_from(seconds).ok())
        .unwrap_or(1))
}

/// A text, empty when there is none.
pub(crate) fn text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(lenient::text(deserializer)?.unwrap_or_default())
}

/// A list of texts, without what is none.
pub(crate) fn texts<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Array(items) => items
            .iter()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    })
}

fn no_type() -> RecordType {
    RecordType::Other(String::new())
}

fn record_type<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<RecordType, D::Error> {
    Ok(RecordType::from(text(deserializer)?.as_str()))
}

/// Told as text for some weeks of 2018.
fn priority<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u16>, D::Error> {
    let number = lenient::integer(deserializer)?;
    Ok(number.and_then(|number| u16::try_from(number).ok()))
}

impl Record {
    /// The text of a TXT record, unquoted and joined; the content of any other.
    #[must_use]
    pub fn text(&self) -> String {
        match self.record_type {
            RecordType::Txt => txt::unquote(&self.content),
            _ => self.content.clone(),
        }
    }

    pub(crate) fn key(&self) -> Key {
        Key::new(
            &self.name,
            &self.record_type,
            &self.content,
            self.priority,
            self.data.as_ref(),
        )
    }
}

/// The natural key of a record: two that share it are identical for Cloudflare (81058).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) record_type: RecordType,
    pub(crate) content: String,
    priority: Option<u16>,
}

impl Key {
    pub(crate) fn new(
        name: &str,
        record_type: &RecordType,
        content: &str,
        priority: Option<u16>,
        data: Option<&Value>,
    ) -> Self {
        let content = match record_type {
            RecordType::Txt => txt::unquote(content),
            RecordType::Cname | RecordType::Mx | RecordType::Ns => canonical_name(content),
            RecordType::A | RecordType::Aaaa => content.parse().map_or_else(
                |_no| content.to_owned(),
                |ip: std::net::IpAddr| ip.to_string(),
            ),
            RecordType::Srv => data.and_then(service).unwrap_or_else(|| content.to_owned()),
            _ => content.to_owned(),
        };
        Self {
            name: canonical_name(name),
            record_type: record_type.clone(),
            content,
            priority: priority.filter(|_| *record_type == RecordType::Mx),
        }
    }
}

/// `priority weight port target`: Cloudflare's own content of an SRV record differs by the version of its API.
fn service(data: &Value) -> Option<String> {
    let number = |name| data.get(name).and_then(lenient::integer_of);
    let target = canonical_name(data.get("target")?.as_str()?);
    let (priority, weight, port) = (number("priority")?, number("weight")?, number("port")?);
    Some(format!("{priority} {weight} {port} {target}"))
}
