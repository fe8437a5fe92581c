//! Records that are to be written.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde::Serialize;
use serde_json::{Value, json};

use crate::{RecordType, names::is_name, record::Key, txt};

/// Cloudflare's "automatic".
const AUTOMATIC: u32 = 1;
/// A comment is cut by no plan at this length.
const COMMENT_LIMIT: usize = 100;
/// The contents of a record hold no more.
const CONTENT_LIMIT: usize = 2048;

/// A record that is to be made, or what a record is to become as a whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct NewRecord {
    /// The full name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub record_type: RecordType,
    /// Address, host or quoted text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub content: String,
    /// Seconds, 60 to 86400; 1 is "automatic".
    pub ttl: u32,
    /// Whether Cloudflare's proxies are to stand in front of it; only for A, AAAA and CNAME.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub proxied: bool,
    /// The preference of an MX record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<u16>,
    /// A note, which marks the records of an owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Tags, `name:value`; not on free plans.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The parts of SRV, CAA and other structured records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

/// Why a record would be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRecord {
    /// Its name is none.
    #[error("the name is no domain name")]
    Name,
    /// Its content does not fit its type, or is too long.
    #[error("the content does not fit the type")]
    Content,
    /// The time to live is neither automatic nor 60 to 86400 seconds.
    #[error("the time to live is neither 1 nor 60 to 86400 seconds")]
    Ttl,
    /// A mail exchanger without preference, or a preference on something else.
    #[error("a priority belongs to MX records, and to them alone")]
    Priority,
    /// Proxied, though nothing of this type can be.
    #[error("only A, AAAA and CNAME records can be proxied")]
    Proxied,
    /// The comment is longer than 100 characters.
    #[error("the comment is longer than 100 characters")]
    Comment,
}

impl NewRecord {
    /// A record of any type, with an automatic time to live, not proxied.
    pub fn new(
        name: impl Into<String>,
        record_type: RecordType,
        content: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            record_type,
            content: content.into(),
            ttl: AUTOMATIC,
            proxied: false,
            priority: None,
            comment: None,
            tags: Vec::new(),
            data: None,
        }
    }

    /// An IPv4 address.
    pub fn a(name: impl Into<String>, address: Ipv4Addr) -> Self {
        Self::new(name, RecordType::A, address.to_string())
    }

    /// An IPv6 address.
    pub fn aaaa(name: impl Into<String>, address: Ipv6Addr) -> Self {
        Self::new(name, RecordType::Aaaa, address.to_string())
    }

    /// An alias.
    pub fn cname(name: impl Into<String>, target: impl Into<String>) -> Self {
        Self::new(name, RecordType::Cname, target)
    }

    /// A mail exchanger. Cloudflare wants its preference beside the content, not in it.
    pub fn mx(name: impl Into<String>, priority: u16, host: impl Into<String>) -> Self {
        Self {
            priority: Some(priority),
            ..Self::new(name, RecordType::Mx, host)
        }
    }

    /// A text, given plain; it is quoted here.
    pub fn txt(name: impl Into<String>, text: &str) -> Self {
        Self::new(name, RecordType::Txt, txt::quote(text))
    }

    /// A service (RFC 2782).
    pub fn srv(
        name: impl Into<String>,
        priority: u16,
        weight: u16,
        port: u16,
        target: &str,
    ) -> Self {
        let data = json!({"priority": priority, "weight": weight, "port": port, "target": target});
        Self {
            data: Some(data),
            ..Self::new(name, RecordType::Srv, "")
        }
    }

    /// With a time to live in seconds.
    #[must_use]
    pub fn ttl(mut self, seconds: u32) -> Self {
        self.ttl = seconds;
        self
    }

    /// Behind Cloudflare's proxies.
    #[must_use]
    pub fn proxied(mut self) -> Self {
        self.proxied = true;
        self
    }

    /// With a note.
    #[must_use]
    pub fn comment(mut self, text: impl Into<String>) -> Self {
        self.comment = Some(text.into());
        self
    }

    /// With a tag.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Finds what Cloudflare would refuse.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), InvalidRecord> {
        if !is_name(&self.name) {
            return Err(InvalidRecord::Name);
        }
        if self.ttl != AUTOMATIC && !(60..=86_400).contains(&self.ttl) {
            return Err(InvalidRecord::Ttl);
        }
        if self.proxied && !self.record_type.is_proxiable() {
            return Err(InvalidRecord::Proxied);
        }
        if self.priority.is_some() != (self.record_type == RecordType::Mx) {
            return Err(InvalidRecord::Priority);
        }
        let comment = self.comment.as_deref().unwrap_or_default();
        if comment.chars().count() > COMMENT_LIMIT {
            return Err(InvalidRecord::Comment);
        }
        let fits = match self.record_type {
            RecordType::A => self.content.parse::<Ipv4Addr>().is_ok(),
            RecordType::Aaaa => self.content.parse::<Ipv6Addr>().is_ok(),
            RecordType::Cname | RecordType::Mx | RecordType::Ns => is_name(&self.content),
            RecordType::Txt => (1..=CONTENT_LIMIT).contains(&txt::unquote(&self.content).len()),
            _ => self.data.is_some() || !self.content.is_empty(),
        };
        if fits {
            Ok(())
        } else {
            Err(InvalidRecord::Content)
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

/// What is to change about a record; the rest stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RecordPatch {
    /// Address, host or quoted text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Seconds; 1 is "automatic".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u32>,
    /// Whether Cloudflare's proxies are to stand in front of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxied: Option<bool>,
    /// The preference of an MX record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<u16>,
    /// A note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// All tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
}

impl RecordPatch {
    /// Another address or host.
    pub fn content(content: impl Into<String>) -> Self {
        Self {
            content: Some(content.into()),
            ..Self::default()
        }
    }

    /// Another text, given plain.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::content(txt::quote(text))
    }
}
