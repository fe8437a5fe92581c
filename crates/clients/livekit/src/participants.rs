//! Who is in a room (`livekit.RoomService`).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bheem_http_kit::Deleted;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::client::Call;
use crate::rooms::SERVICE;
use crate::{Client, Error, Listed, Participant, Permission, Track, VideoGrant};

/// Who is in a room.
#[derive(Debug, Clone, Copy)]
pub struct Participants<'a> {
    pub(crate) client: &'a Client,
    pub(crate) room: &'a str,
}

/// What is to change about somebody; what is `None` stays.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct UpdateParticipant {
    /// What others see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Text of yours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<String>,
    /// Named text of yours; an empty value removes one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// What they may do from now on; what they may no longer publish ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission: Option<Permission>,
}

/// A message to people in a room.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DataMessage {
    /// What.
    pub data: Vec<u8>,
    /// What it is about.
    pub topic: Option<String>,
    /// To whom, by identity; everybody when empty.
    pub to: Vec<String>,
    /// Whether it is sent again when it is lost on the way.
    pub is_reliable: bool,
    /// 16 bytes by which receivers drop repeats.
    pub nonce: Option<[u8; 16]>,
}

impl DataMessage {
    /// A reliable message to everybody.
    pub fn new(data: impl Into<Vec<u8>>) -> Self {
        Self {
            data: data.into(),
            topic: None,
            to: Vec::new(),
            is_reliable: true,
            nonce: None,
        }
    }

    /// About this.
    #[must_use]
    pub fn topic(mut self, topic: impl Into<String>) -> Self {
        self.topic = Some(topic.into());
        self
    }

    /// To this one.
    #[must_use]
    pub fn to(mut self, identity: impl Into<String>) -> Self {
        self.to.push(identity.into());
        self
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Found {
    participants: Listed<Participant>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Muted {
    track: Option<Track>,
}

fn call(operation: &'static str, method: &'static str) -> Call {
    Call {
        operation,
        service: SERVICE,
        method,
        is_repeatable: true,
    }
}

impl Participants<'_> {
    fn grant(&self) -> VideoGrant {
        VideoGrant::admin(self.room)
    }

    /// Everybody. LiveKit has no pages here.
    ///
    /// # Errors
    /// `NotFound` for a room that does not exist; when LiveKit refuses, cannot be reached or cannot be understood.
    pub async fn list(&self) -> Result<Listed<Participant>, Error> {
        let call = call("list_participants", "ListParticipants");
        let body = json!({"room": self.room});
        let found: Found = self.client.call(call, self.grant(), &body).await?;
        Ok(found.participants)
    }

    /// The one with this identity.
    ///
    /// # Errors
    /// As [`Self::list`], but an absent room is `None`.
    pub async fn find(&self, identity: &str) -> Result<Option<Participant>, Error> {
        let call = call("find_participant", "GetParticipant");
        let body = json!({"room": self.room, "identity": identity});
        match self.client.call(call, self.grant(), &body).await {
            Ok(participant) => Ok(Some(participant)),
            Err(error) if error.is_absent() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends somebody away. They can come back with a token that is still good.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub async fn remove(&self, identity: &str) -> Result<Deleted, Error> {
        let call = call("remove_participant", "RemoveParticipant");
        let body = json!({"room": self.room, "identity": identity});
        self.client.remove(call, self.grant(), &body).await
    }

    /// Silences a track, or ends the silence where the server allows that.
    ///
    /// # Errors
    /// `NotFound` when somebody or something is not there; else as [`Self::list`].
    pub async fn mute(
        &self,
        identity: &str,
        track_sid: &str,
        is_muted: bool,
    ) -> Result<Option<Track>, Error> {
        let call = call("mute_track", "MutePublishedTrack");
        let body = json!({
            "room": self.room, "identity": identity, "track_sid": track_sid, "muted": is_muted,
        });
        let muted: Muted = self.client.call(call, self.grant(), &body).await?;
        Ok(muted.track)
    }

    /// Changes what somebody is called or may do.
    ///
    /// # Errors
    /// `NotFound` when they are not there; else as [`Self::list`].
    pub async fn update(
        &self,
        identity: &str,
        update: &UpdateParticipant,
    ) -> Result<Participant, Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            room: &'a str,
            identity: &'a str,
            #[serde(flatten)]
            update: &'a UpdateParticipant,
        }
        let body = Body {
            room: self.room,
            identity,
            update,
        };
        let call = call("update_participant", "UpdateParticipant");
        self.client.call(call, self.grant(), &body).await
    }

    /// Sends a message; once, unless it carries a nonce.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub async fn send(&self, message: &DataMessage) -> Result<(), Error> {
        let mut call = call("send_data", "SendData");
        call.is_repeatable = message.nonce.is_some();
        let body = json!({
            "room": self.room,
            "data": STANDARD.encode(&message.data),
            "kind": if message.is_reliable { "RELIABLE" } else { "LOSSY" },
            "destination_identities": message.to,
            "topic": message.topic,
            "nonce": message.nonce.map(|nonce| STANDARD.encode(nonce)),
        });
        self.client
            .call::<Value>(call, self.grant(), &body)
            .await
            .map(drop)
    }

    /// Moves somebody into another room, on servers that can.
    ///
    /// # Errors
    /// `NotFound` when they or the room are not there; else as [`Self::list`].
    pub async fn move_to(&self, identity: &str, destination_room: &str) -> Result<(), Error> {
        let grant = VideoGrant {
            destination_room: Some(destination_room.to_owned()),
            ..self.grant()
        };
        let body = json!({
            "room": self.room, "identity": identity, "destination_room": destination_room,
        });
        let call = call("move_participant", "MoveParticipant");
        self.client
            .call::<Value>(call, grant, &body)
            .await
            .map(drop)
    }
}
