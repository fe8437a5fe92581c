//! Records that a domain's owner must publish.

use bheem_http_kit::lenient;
use serde::{Deserialize, Deserializer};

use bheem_http_kit::text_enum;

text_enum! {
    /// The type of a record.
    RecordType {
        /// Text.
        Txt = "TXT",
        /// Another name.
        Cname = "CNAME",
        /// Where mail goes.
        Mx = "MX",
        /// An address.
        A = "A",
    }
}

text_enum! {
    /// What Mailgun found when it last looked; it looks now and then, and remembers.
    Validity {
        /// Published as it must be.
        Valid = "valid",
        /// Published otherwise, or not at all.
        Invalid = "invalid",
        /// Not looked at yet.
        Unknown = "unknown",
    }
}

/// One record.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct DnsRecord {
    /// Its type.
    pub record_type: RecordType,
    /// Its name; those for receiving have none and belong to the domain itself.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// What must be there.
    #[serde(default)]
    pub value: String,
    /// Whether it is.
    #[serde(default = "unknown")]
    pub valid: Validity,
    /// Whether Mailgun uses it.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub is_active: bool,
    /// What Mailgun found instead.
    #[serde(default, deserialize_with = "lenient::list")]
    pub cached: Vec<String>,
    /// For mail: lower ones first. Sent as text.
    #[serde(default, deserialize_with = "priority")]
    pub priority: Option<u16>,
}

fn unknown() -> Validity {
    Validity::Unknown
}

fn priority<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u16>, D::Error> {
    Ok(lenient::integer(deserializer)?.and_then(|number| u16::try_from(number).ok()))
}

impl DnsRecord {
    /// Whether it says who may send for the domain (RFC 7208, section 4.5).
    #[must_use]
    pub fn is_spf(&self) -> bool {
        self.record_type == RecordType::Txt && self.value.to_ascii_lowercase().contains("v=spf1")
    }

    /// Whether it holds a key for signatures, or says where one is (RFC 6376, section 3.6.2.1).
    #[must_use]
    pub fn is_dkim(&self) -> bool {
        let name = self.name.as_deref().unwrap_or_default();
        let is_below = name
            .to_ascii_lowercase()
            .split('.')
            .any(|label| label == "_domainkey");
        is_below && matches!(self.record_type, RecordType::Txt | RecordType::Cname)
    }
}

/// What holds for several records: all that are in use, or all when none is yet.
pub(crate) fn together<'a>(records: impl Iterator<Item = &'a DnsRecord>) -> Validity {
    let records: Vec<&DnsRecord> = records.collect();
    let is_any_used = records.iter().any(|record| record.is_active);
    let mut counted = records
        .iter()
        .filter(|record| record.is_active || !is_any_used)
        .map(|record| &record.valid)
        .peekable();
    if counted.peek().is_none() {
        return Validity::Unknown;
    }
    let found: Vec<&Validity> = counted.collect();
    if found.iter().all(|valid| **valid == Validity::Valid) {
        Validity::Valid
    } else if found.contains(&&Validity::Invalid) {
        Validity::Invalid
    } else {
        Validity::Unknown
    }
}
