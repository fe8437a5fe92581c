//! DKIM keys (RFC 6376, section 3.6.1; RFC 8463 for Ed25519).

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{GeneralPurposeConfig, STANDARD};

use crate::{TagError, der, tags::Tags};

/// Signers leave the padding out now and then.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What kind of key it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyType {
    /// RSA.
    Rsa,
    /// Ed25519.
    Ed25519,
    /// One that this crate does not know.
    Other(String),
}

/// Why a text is no DKIM key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DkimError {
    /// It is no list of tags, or a tag is wrong or missing.
    #[error(transparent)]
    Tags(#[from] TagError),
    /// What stands in `p` is no base64.
    #[error("the key is no base64")]
    Base64,
    /// What stands in `p` is no key of this kind.
    #[error("the key is none of its kind")]
    Key,
}

/// A key as it is published.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DkimKey {
    /// What kind of key it is.
    pub key_type: KeyType,
    /// The key; empty when it is revoked.
    pub key: Vec<u8>,
    /// How many bits an RSA modulus has; 256 for Ed25519.
    pub bits: Option<usize>,
    /// Hashes that may be used with it; all when empty.
    pub hashes: Vec<String>,
    /// Whether the domain only tests DKIM (`t=y`).
    pub is_testing: bool,
    /// Whether signatures for subdomains are refused (`t=s`).
    pub is_strict: bool,
}

impl DkimKey {
    /// Reads a key record.
    ///
    /// # Errors
    /// If it is none.
    pub fn parse(text: &str) -> Result<Self, DkimError> {
        let tags = Tags::parse(text)?;
        if tags.get("v").is_some() {
            tags.begins_with("DKIM1")?;
        }
        let published = tags.get("p").ok_or(TagError::Missing("p"))?;
        let key = decode(published)?;
        let (key_type, bits) = match tags.get("k").unwrap_or("rsa") {
            "rsa" => (KeyType::Rsa, der::rsa_bits(&key)),
            "ed25519" => (KeyType::Ed25519, (key.len() == 32).then_some(256)),
            other => (KeyType::Other(other.to_owned()), Some(0)),
        };
        if bits.is_none() && !key.is_empty() {
            return Err(DkimError::Key);
        }
        let flags = tags.list("t", ':');
        Ok(Self {
            key_type,
            bits: bits.filter(|bits| *bits > 0),
            key,
            hashes: tags.list("h", ':'),
            is_testing: flags.iter().any(|flag| flag == "y"),
            is_strict: flags.iter().any(|flag| flag == "s"),
        })
    }

    /// Was it taken back? (An empty `p`.)
    #[must_use]
    pub fn is_revoked(&self) -> bool {
        self.key.is_empty()
    }

    /// The key as it stands in `p`.
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD.encode(&self.key)
    }
}

/// White space may stand anywhere in it.
fn decode(text: &str) -> Result<Vec<u8>, DkimError> {
    let plain: String = text.split_ascii_whitespace().collect();
    LENIENT.decode(plain).map_err(|_invalid| DkimError::Base64)
}
