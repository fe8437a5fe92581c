//! Small readings that several resources need.

use bheem_http_kit::{Effect, ErrorKind, StatusCode};
use serde::{Deserialize, Deserializer};

/// What Go leaves out or sends as `null`.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// `{"status": "OK"}`.
#[derive(Deserialize)]
pub(crate) struct Done {
    #[serde(rename = "status")]
    pub(crate) _status: String,
}

pub(crate) fn kind_of(status: u16) -> ErrorKind {
    StatusCode::from_u16(status).map_or(ErrorKind::Protocol, |status| {
        ErrorKind::of_status(status, None)
    })
}

pub(crate) fn effect_of(status: u16) -> Effect {
    StatusCode::from_u16(status).map_or(Effect::Unknown, Effect::of_status)
}

macro_rules! words {
    ($(#[$outer:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)+
            /// One that this crate does not know.
            Other(String),
        }

        impl $name {
            /// Mattermost's word.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                Ok(match text.as_str() {
                    $($text => Self::$variant,)+
                    _ => Self::Other(text),
                })
            }
        }
    };
}

pub(crate) use words;
