//! What a token allows (<https://docs.livekit.io/home/get-started/authentication/>).

use serde::{Deserialize, Serialize};

/// What can be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TrackSource {
    /// A camera.
    Camera,
    /// A microphone.
    Microphone,
    /// A screen.
    ScreenShare,
    /// What a screen sounds like.
    ScreenShareAudio,
    /// One that this crate does not know.
    #[serde(other)]
    Unknown,
}

/// What a token allows in rooms. What is `None` is left to LiveKit: allowed, for what one may do in a room.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct VideoGrant {
    /// Making and removing rooms.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub room_create: bool,
    /// Seeing which rooms there are.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub room_list: bool,
    /// Recording.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub room_record: bool,
    /// Ruling over `room`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub room_admin: bool,
    /// Joining `room`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub room_join: bool,
    /// Which room, by name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub room: String,
    /// To which room participants may be moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_room: Option<String>,
    /// Sending sound and pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_publish: Option<bool>,
    /// Receiving them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_subscribe: Option<bool>,
    /// Sending data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_publish_data: Option<bool>,
    /// What may be sent; all when empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub can_publish_sources: Vec<TrackSource>,
    /// Changing one's own name and metadata.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_update_own_metadata: Option<bool>,
    /// Others do not see who joins.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    /// Who joins records; others are shown that.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub recorder: bool,
}

impl VideoGrant {
    /// Joining a room.
    pub fn join(room: impl Into<String>) -> Self {
        Self {
            room_join: true,
            room: room.into(),
            ..Self::default()
        }
    }

    /// Ruling over a room, without joining it.
    pub fn admin(room: impl Into<String>) -> Self {
        Self {
            room_admin: true,
            room: room.into(),
            ..Self::default()
        }
    }

    /// Joining a room only to see and hear.
    pub fn watch(room: impl Into<String>) -> Self {
        Self {
            can_publish: Some(false),
            can_publish_data: Some(false),
            ..Self::join(room)
        }
    }

    /// Also ruling over the room, for whoever hosts it.
    #[must_use]
    pub fn with_admin(mut self) -> Self {
        self.room_admin = true;
        self
    }
}
