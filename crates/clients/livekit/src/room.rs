//! What a room is.

use bheem_http_kit::lenient;
use serde::{Deserialize, Serialize};

use crate::protojson::{count, integer, text};

/// A room that is to be there.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct CreateRoom {
    /// Its name: the natural key.
    pub name: String,
    /// Seconds that it waits for the first one to come; LiveKit's own (300) when 0.
    #[serde(skip_serializing_if = "is_zero")]
    pub empty_timeout: u32,
    /// Seconds that it waits after the last one has left; LiveKit's own (20) when 0.
    #[serde(skip_serializing_if = "is_zero")]
    pub departure_timeout: u32,
    /// How many may be in it; as many as like when 0.
    #[serde(skip_serializing_if = "is_zero")]
    pub max_participants: u32,
    /// Text of yours that everybody in it can read.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub metadata: String,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference to the field"
)]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl CreateRoom {
    /// A room with LiveKit's own settings.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// How many may be in it.
    #[must_use]
    pub fn max_participants(mut self, most: u32) -> Self {
        self.max_participants = most;
        self
    }

    /// Seconds that it waits for the first one to come.
    #[must_use]
    pub fn empty_timeout(mut self, seconds: u32) -> Self {
        self.empty_timeout = seconds;
        self
    }

    /// Seconds that it waits after the last one has left.
    #[must_use]
    pub fn departure_timeout(mut self, seconds: u32) -> Self {
        self.departure_timeout = seconds;
        self
    }

    /// Text of yours that everybody in it can read.
    #[must_use]
    pub fn metadata(mut self, metadata: impl Into<String>) -> Self {
        self.metadata = metadata.into();
        self
    }
}

/// A room.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
#[derive(Default)]
#[non_exhaustive]
pub struct Room {
    /// Its id, `RM_…`: another one when the room went away and was made again.
    #[serde(deserialize_with = "text")]
    pub sid: String,
    /// Its name.
    #[serde(deserialize_with = "text")]
    pub name: String,
    /// Seconds that it waits for the first one to come.
    #[serde(alias = "emptyTimeout", deserialize_with = "count")]
    pub empty_timeout: u32,
    /// Seconds that it waits after the last one has left.
    #[serde(alias = "departureTimeout", deserialize_with = "count")]
    pub departure_timeout: u32,
    /// How many may be in it; 0 for as many as like.
    #[serde(alias = "maxParticipants", deserialize_with = "count")]
    pub max_participants: u32,
    /// Text of yours.
    #[serde(deserialize_with = "text")]
    pub metadata: String,
    /// How many are in it.
    #[serde(alias = "numParticipants", deserialize_with = "count")]
    pub num_participants: u32,
    /// When it was made, in seconds since 1970.
    #[serde(alias = "creationTime", deserialize_with = "integer")]
    pub creation_time: i64,
    /// Whether it is being recorded.
    #[serde(alias = "activeRecording", deserialize_with = "lenient::flag")]
    pub active_recording: bool,
}
