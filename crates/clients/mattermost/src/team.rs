//! What a team is.

use serde::{Deserialize, Serialize};

use crate::TeamId;
use crate::wire::or_default;
use bheem_http_kit::text_enum;

text_enum! {
    /// Who may join a team.
    TeamType {
        /// Everybody.
        Open = "O",
        /// Whoever is added or invited.
        Invite = "I",
    }
}

/// A team that is to be made; whoever is added to it may join, nobody else.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct NewTeam {
    /// Its part of the URL, unique on the server for ever: its natural key. See [`crate::names::team_name`].
    pub name: String,
    /// What people see.
    pub display_name: String,
    /// Who may join.
    #[serde(rename = "type")]
    pub team_type: TeamType,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl NewTeam {
    /// A team that one joins by being added.
    pub fn new(name: impl Into<String>, display_name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            display_name: display_name.into(),
            team_type: TeamType::Invite,
            description: None,
        }
    }

    /// Says what it is for.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }
}

/// What is to change of a team; the rest stays.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct UpdateTeam {
    /// What people see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether everybody on the server finds and may join it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_open_invite: Option<bool>,
}

impl UpdateTeam {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Another name for people.
    #[must_use]
    pub fn display_name(mut self, text: impl Into<String>) -> Self {
        self.display_name = Some(text.into());
        self
    }

    /// Another description.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }
}

/// A team.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Its part of the URL.
    pub name: String,
    /// What people see.
    #[serde(default, deserialize_with = "or_default")]
    pub display_name: String,
    /// Who may join.
    #[serde(rename = "type")]
    pub team_type: TeamType,
    /// What it is for.
    #[serde(default, deserialize_with = "or_default")]
    pub description: String,
    /// Whether everybody on the server finds and may join it.
    #[serde(default, deserialize_with = "or_default")]
    pub allow_open_invite: bool,
    /// When it was made, in milliseconds since 1970.
    #[serde(default)]
    pub create_at: i64,
    /// When it was archived, in milliseconds since 1970; 0 if it is not. Its name stays taken.
    #[serde(default)]
    pub delete_at: i64,
}

impl Team {
    /// Whether it is archived.
    #[must_use]
    pub fn is_archived(&self) -> bool {
        self.delete_at != 0
    }
}
