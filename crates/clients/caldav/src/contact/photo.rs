//! Pictures of contacts, within bounds.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use bheem_http_kit::Bytes;

use super::CardVersion;
use crate::format::{FormatError, Property, unescape_text};

/// Larger pictures are neither decoded nor written.
pub const MAX_PHOTO_BYTES: usize = 1024 * 1024;

/// Some programs leave the padding out.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A picture.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Photo {
    /// A link, not followed by us: the address of whoever reads it would be told to somebody else.
    Uri(String),
    /// The picture itself.
    Inline {
        /// Its media type as told by the card, such as `image/jpeg`. Not checked against the content.
        media_type: Option<String>,
        /// Its content.
        content: Bytes,
    },
    /// A picture larger than [`MAX_PHOTO_BYTES`], or not decodable.
    Unreadable,
}

impl Photo {
    pub(super) fn read(property: &Property) -> Self {
        let value = property.value().trim();
        let is_data = value
            .get(..5)
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"));
        // A link is no text, but some programs escape its comma and semicolon as if it were one.
        let link = if is_data {
            unescape_text(value)
        } else {
            String::new()
        };
        if let Some(data) = link.get(5..) {
            let Some((head, content)) = data.split_once(',') else {
                return Self::Unreadable;
            };
            let Some(media_type) = head.strip_suffix(";base64") else {
                return Self::Unreadable;
            };
            return Self::decode(
                Some(media_type)
                    .filter(|one| !one.is_empty())
                    .map(str::to_owned),
                content,
            );
        }
        let encoding = property.parameter("ENCODING").map(str::to_ascii_lowercase);
        if matches!(encoding.as_deref(), Some("b" | "base64")) {
            let kind = property.parameter("TYPE").map(str::to_ascii_lowercase);
            let media_type = kind.map(|kind| {
                if kind.contains('/') {
                    kind
                } else {
                    format!("image/{kind}")
                }
            });
            return Self::decode(media_type, value);
        }
        if value.contains(':') {
            Self::Uri(value.to_owned())
        } else {
            Self::Unreadable
        }
    }

    fn decode(media_type: Option<String>, content: &str) -> Self {
        let content: String = content
            .chars()
            .filter(|c| !c.is_ascii_whitespace())
            .take(MAX_PHOTO_BYTES * 4 / 3 + 8)
            .collect();
        match LENIENT.decode(&content) {
            Ok(content) if content.len() <= MAX_PHOTO_BYTES => Self::Inline {
                media_type,
                content: content.into(),
            },
            _ => Self::Unreadable,
        }
    }

    pub(super) fn property(
        media_type: &str,
        content: &[u8],
        version: CardVersion,
    ) -> Result<Property, FormatError> {
        if content.len() > MAX_PHOTO_BYTES {
            return Err(FormatError::TooLarge);
        }
        let encoded = STANDARD.encode(content);
        Ok(match version {
            CardVersion::Three => {
                let kind = media_type
                    .rsplit('/')
                    .next()
                    .unwrap_or(media_type)
                    .to_ascii_uppercase();
                Property::new("PHOTO", &encoded)
                    .with("ENCODING", "b")
                    .with("TYPE", kind)
            }
            CardVersion::Four => {
                Property::new("PHOTO", &format!("data:{media_type};base64,{encoded}"))
            }
        })
    }
}

impl std::fmt::Debug for Photo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Uri(_) => f.write_str("Photo::Uri"),
            Self::Inline { content, .. } => write!(f, "Photo::Inline({} bytes)", content.len()),
            Self::Unreadable => f.write_str("Photo::Unreadable"),
        }
    }
}
