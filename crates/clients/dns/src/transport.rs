//! The texts of MTA-STS (RFC 8461, section 3.1) and of reports about TLS (RFC 8460, section 3).

use crate::{TagError, tags::Tags};

/// Why a text is neither.
pub type TransportError = TagError;

/// That a policy for encrypted delivery is published, at `https://mta-sts.<domain>/.well-known/mta-sts.txt`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MtaSts {
    /// Changes whenever the policy does.
    pub id: String,
}

/// Where reports about encrypted delivery go.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsReporting {
    /// `mailto:` and `https:` addresses.
    pub addresses: Vec<String>,
}

impl MtaSts {
    /// Reads the text at `_mta-sts.<domain>`.
    ///
    /// # Errors
    /// If it is none.
    pub fn parse(text: &str) -> Result<Self, TransportError> {
        let tags = Tags::parse(text)?;
        tags.begins_with("STSv1")?;
        let id = tags.get("id").ok_or(TagError::Missing("id"))?;
        let is_plain = id.chars().all(|one| one.is_ascii_alphanumeric());
        if !is_plain || !(1..=32).contains(&id.len()) {
            return Err(TagError::Value("id"));
        }
        Ok(Self { id: id.to_owned() })
    }
}

impl TlsReporting {
    /// Reads the text at `_smtp._tls.<domain>`.
    ///
    /// # Errors
    /// If it is none.
    pub fn parse(text: &str) -> Result<Self, TransportError> {
        let tags = Tags::parse(text)?;
        tags.begins_with("TLSRPTv1")?;
        let addresses = tags.list("rua", ',');
        if addresses.is_empty() {
            return Err(TagError::Missing("rua"));
        }
        let is_address = |one: &String| one.starts_with("mailto:") || one.starts_with("https:");
        if addresses.iter().all(is_address) {
            Ok(Self { addresses })
        } else {
            Err(TagError::Value("rua"))
        }
    }
}
