//! What a channel is.

use serde::{Deserialize, Serialize};

use crate::wire::or_default;
use crate::{ChannelId, TeamId};
use bheem_http_kit::text_enum;

text_enum! {
    /// Who finds a channel.
    ChannelType {
        /// Everybody in the team.
        Open = "O",
        /// Whoever is added.
        Private = "P",
        /// Two users.
        Direct = "D",
        /// A few users.
        Group = "G",
    }
}

/// A private channel that is to be made.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct NewChannel {
    /// The team.
    pub team_id: TeamId,
    /// Its part of the URL, unique in the team: its natural key.
    pub name: String,
    /// What people see.
    pub display_name: String,
    /// Who finds it.
    #[serde(rename = "type")]
    pub channel_type: ChannelType,
    /// What it is for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub purpose: String,
}

impl NewChannel {
    /// A channel of whoever is added to it.
    pub fn private(
        team: &TeamId,
        name: impl Into<String>,
        display_name: impl Into<String>,
    ) -> Self {
        Self {
            team_id: team.clone(),
            name: name.into(),
            display_name: display_name.into(),
            channel_type: ChannelType::Private,
            purpose: String::new(),
        }
    }
}

/// A channel.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct Channel {
    /// Its id.
    pub id: ChannelId,
    /// Its team; empty for direct messages.
    #[serde(default, deserialize_with = "or_default")]
    pub team_id: String,
    /// Its part of the URL.
    pub name: String,
    /// What people see.
    #[serde(default, deserialize_with = "or_default")]
    pub display_name: String,
    /// Who finds it.
    #[serde(rename = "type")]
    pub channel_type: ChannelType,
    /// When it was archived, in milliseconds since 1970; 0 if it is not.
    #[serde(default)]
    pub delete_at: i64,
}
