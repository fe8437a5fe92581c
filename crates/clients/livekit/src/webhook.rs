//! Webhooks (<https://docs.livekit.io/home/server/webhooks/>).

use std::time::SystemTime;

use aws_lc_rs::{constant_time, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bheem_http_kit::text_enum;
use serde::Deserialize;

use crate::protojson::{integer, text};
use crate::{Credentials, EgressInfo, Participant, Room, TokenVerifier, Track};

text_enum! {
    /// What happened.
    EventKind {
        /// The first one came.
        RoomStarted = "room_started",
        /// The room is gone.
        RoomFinished = "room_finished",
        /// Somebody came.
        ParticipantJoined = "participant_joined",
        /// Somebody left.
        ParticipantLeft = "participant_left",
        /// Somebody could not connect any more.
        ParticipantConnectionAborted = "participant_connection_aborted",
        /// Something is published.
        TrackPublished = "track_published",
        /// It is not any more.
        TrackUnpublished = "track_unpublished",
        /// A recording began.
        EgressStarted = "egress_started",
        /// A recording changed.
        EgressUpdated = "egress_updated",
        /// A recording is over.
        EgressEnded = "egress_ended",
        /// A stream comes in.
        IngressStarted = "ingress_started",
        /// It does not any more.
        IngressEnded = "ingress_ended",
    }
}

/// Something that happened. It may come twice, and after what happened later.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// What.
    #[serde(rename = "event")]
    pub kind: EventKind,
    /// By which repeats are told apart.
    #[serde(default, deserialize_with = "text")]
    pub id: String,
    /// When, in seconds since 1970.
    #[serde(
        default,
        alias = "created_at",
        rename = "createdAt",
        deserialize_with = "integer"
    )]
    pub created_at: i64,
    /// In which room.
    #[serde(default)]
    pub room: Option<Room>,
    /// Who.
    #[serde(default)]
    pub participant: Option<Participant>,
    /// What they publish.
    #[serde(default)]
    pub track: Option<Track>,
    /// Which recording.
    #[serde(default, alias = "egress_info", rename = "egressInfo")]
    pub egress: Option<EgressInfo>,
}

/// Why something that claims to be from LiveKit is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// The token is not signed by one of our keys, is too old, or belongs to another body.
    #[error("the webhook is not signed by LiveKit")]
    Unsigned,
    /// It is signed, but it is no event.
    #[error("the event cannot be read")]
    Unreadable,
}

/// Judges webhooks.
#[derive(Debug, Clone)]
pub struct WebhookReceiver {
    verifier: TokenVerifier,
}

impl WebhookReceiver {
    /// Takes the keys that count; several while one replaces the other.
    pub fn new(credentials: impl IntoIterator<Item = Credentials>) -> Self {
        Self {
            verifier: TokenVerifier::new(credentials),
        }
    }

    /// Reads an event. `body` is the body as it came, `authorization` that header, in which LiveKit puts a token
    /// without a scheme.
    ///
    /// # Errors
    /// [`WebhookError`]; nothing of the body is looked at before it was found to be LiveKit's.
    pub fn receive(
        &self,
        body: &[u8],
        authorization: &str,
        now: SystemTime,
    ) -> Result<Event, WebhookError> {
        let token = authorization.trim();
        let token = token.strip_prefix("Bearer ").unwrap_or(token);
        let claims = self
            .verifier
            .verify(token, now)
            .map_err(|_invalid| WebhookError::Unsigned)?;
        let actual = STANDARD.encode(digest::digest(&digest::SHA256, body));
        let claimed = claims.sha256.unwrap_or_default();
        constant_time::verify_slices_are_equal(actual.as_bytes(), claimed.as_bytes())
            .map_err(|_different| WebhookError::Unsigned)?;
        serde_json::from_slice(body).map_err(|_other| WebhookError::Unreadable)
    }
}

#[cfg(test)]
#[path = "webhook_tests.rs"]
mod tests;
