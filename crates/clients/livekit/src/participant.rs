//! What a participant is.

use std::collections::BTreeMap;

use bheem_http_kit::lenient;
use serde::{Deserialize, Deserializer, Serialize};

use crate::protojson::{integer, name, part, parts, text};

/// How far somebody is with joining.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParticipantState {
    /// Connecting.
    #[default]
    Joining,
    /// Connected, not yet ready.
    Joined,
    /// There.
    Active,
    /// Gone.
    Disconnected,
    /// One that this crate does not know.
    Other,
}

impl<'de> Deserialize<'de> for ParticipantState {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = ["JOINING", "JOINED", "ACTIVE", "DISCONNECTED"];
        Ok(match name(deserializer, &names)?.as_str() {
            "JOINING" => Self::Joining,
            "JOINED" => Self::Joined,
            "ACTIVE" => Self::Active,
            "DISCONNECTED" => Self::Disconnected,
            _ => Self::Other,
        })
    }
}

fn track_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    name(deserializer, &["AUDIO", "VIDEO", "DATA"])
}

fn track_source<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let names = [
        "UNKNOWN",
        "CAMERA",
        "MICROPHONE",
        "SCREEN_SHARE",
        "SCREEN_SHARE_AUDIO",
    ];
    name(deserializer, &names)
}

/// What somebody may do. On the wire everything is said, as LiveKit takes what is missing for no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Permission {
    /// Receiving sound and pictures.
    #[serde(alias = "canSubscribe", deserialize_with = "lenient::flag")]
    pub can_subscribe: bool,
    /// Sending them.
    #[serde(alias = "canPublish", deserialize_with = "lenient::flag")]
    pub can_publish: bool,
    /// Sending data.
    #[serde(alias = "canPublishData", deserialize_with = "lenient::flag")]
    pub can_publish_data: bool,
    /// Changing one's own name and metadata.
    #[serde(alias = "canUpdateMetadata", deserialize_with = "lenient::flag")]
    pub can_update_metadata: bool,
    /// Others do not see them.
    #[serde(deserialize_with = "lenient::flag")]
    pub hidden: bool,
    /// They record.
    #[serde(deserialize_with = "lenient::flag")]
    pub recorder: bool,
}

impl Default for Permission {
    /// What is not said is not allowed, as in LiveKit's own answers.
    fn default() -> Self {
        Self::none()
    }
}

impl Permission {
    /// Nothing.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            can_subscribe: false,
            can_publish: false,
            can_publish_data: false,
            can_update_metadata: false,
            hidden: false,
            recorder: false,
        }
    }

    /// Seeing, hearing, speaking and writing.
    #[must_use]
    pub const fn full() -> Self {
        Self {
            can_subscribe: true,
            can_publish: true,
            can_publish_data: true,
            ..Self::none()
        }
    }

    /// Seeing and hearing.
    #[must_use]
    pub const fn watch() -> Self {
        Self {
            can_subscribe: true,
            ..Self::none()
        }
    }
}

/// Something that is published.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Track {
    /// Its id, `TR_…`.
    #[serde(deserialize_with = "text")]
    pub sid: String,
    /// `AUDIO`, `VIDEO` or `DATA`.
    #[serde(rename = "type", deserialize_with = "track_type")]
    pub kind: String,
    /// `CAMERA`, `MICROPHONE`, `SCREEN_SHARE` and so on.
    #[serde(deserialize_with = "track_source")]
    pub source: String,
    /// Whether it is silenced.
    #[serde(deserialize_with = "lenient::flag")]
    pub muted: bool,
}

/// Somebody in a room.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Participant {
    /// Their id for this stay, `PA_…`: what pairs coming and going.
    #[serde(deserialize_with = "text")]
    pub sid: String,
    /// Who they are.
    #[serde(deserialize_with = "text")]
    pub identity: String,
    /// What others see.
    #[serde(deserialize_with = "text")]
    pub name: String,
    /// How far they are.
    pub state: ParticipantState,
    /// Text of yours.
    #[serde(deserialize_with = "text")]
    pub metadata: String,
    /// Named text of yours.
    #[serde(deserialize_with = "part")]
    pub attributes: BTreeMap<String, String>,
    /// When they joined, in seconds since 1970.
    #[serde(alias = "joinedAt", deserialize_with = "integer")]
    pub joined_at: i64,
    /// What they publish.
    #[serde(deserialize_with = "parts")]
    pub tracks: Vec<Track>,
    /// What they may do.
    pub permission: Option<Permission>,
}
