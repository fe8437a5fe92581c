//! What a participant is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::protojson::integer;

/// How far somebody is with joining.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
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
    #[serde(other)]
    Other,
}

/// What somebody may do. On the wire everything is said, as LiveKit takes what is missing for no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Permission {
    /// Receiving sound and pictures.
    #[serde(alias = "canSubscribe")]
    pub can_subscribe: bool,
    /// Sending them.
    #[serde(alias = "canPublish")]
    pub can_publish: bool,
    /// Sending data.
    #[serde(alias = "canPublishData")]
    pub can_publish_data: bool,
    /// Changing one's own name and metadata.
    #[serde(alias = "canUpdateMetadata")]
    pub can_update_metadata: bool,
    /// Others do not see them.
    pub hidden: bool,
    /// They record.
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
    pub sid: String,
    /// `AUDIO`, `VIDEO` or `DATA`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `CAMERA`, `MICROPHONE`, `SCREEN_SHARE` and so on.
    pub source: String,
    /// Whether it is silenced.
    pub muted: bool,
}

/// Somebody in a room.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Participant {
    /// Their id for this stay, `PA_…`: what pairs coming and going.
    pub sid: String,
    /// Who they are.
    pub identity: String,
    /// What others see.
    pub name: String,
    /// How far they are.
    pub state: ParticipantState,
    /// Text of yours.
    pub metadata: String,
    /// Named text of yours.
    pub attributes: BTreeMap<String, String>,
    /// When they joined, in seconds since 1970.
    #[serde(alias = "joinedAt", deserialize_with = "integer")]
    pub joined_at: i64,
    /// What they publish.
    pub tracks: Vec<Track>,
    /// What they may do.
    pub permission: Option<Permission>,
}
