//! Rooms (`livekit.RoomService`).

use bheem_http_kit::Deleted;
use serde::Deserialize;
use serde_json::json;

use crate::client::Call;
use crate::{Client, CreateRoom, Error, Listed, Room, VideoGrant};

pub(crate) const SERVICE: &str = "livekit.RoomService";

/// Rooms of a server.
#[derive(Debug, Clone, Copy)]
pub struct Rooms<'a> {
    pub(crate) client: &'a Client,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Found {
    rooms: Listed<Room>,
}

fn call(operation: &'static str, method: &'static str) -> Call {
    Call {
        operation,
        service: SERVICE,
        method,
        is_repeatable: true,
    }
}

impl Rooms<'_> {
    /// Makes a room, or changes the one of that name: LiveKit takes over what is not 0 or empty.
    ///
    /// # Errors
    /// When LiveKit refuses, cannot be reached or cannot be understood.
    pub async fn create(&self, room: &CreateRoom) -> Result<Room, Error> {
        let grant = VideoGrant {
            room_create: true,
            ..VideoGrant::default()
        };
        let call = call("create_room", "CreateRoom");
        self.client.call(call, grant, room).await
    }

    /// All rooms, or those of these names. LiveKit has no pages here.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub async fn list(&self, names: &[&str]) -> Result<Listed<Room>, Error> {
        let grant = VideoGrant {
            room_list: true,
            ..VideoGrant::default()
        };
        let call = call("list_rooms", "ListRooms");
        let found: Found = self
            .client
            .call(call, grant, &json!({"names": names}))
            .await?;
        Ok(found.rooms)
    }

    /// The room of this name.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub async fn find_by_name(&self, name: &str) -> Result<Option<Room>, Error> {
        let rooms = self.list(&[name]).await?;
        Ok(rooms.into_iter().find(|room| room.name == name))
    }

    /// Ends a room and sends everybody away.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub async fn delete(&self, name: &str) -> Result<Deleted, Error> {
        let grant = VideoGrant {
            room_create: true,
            ..VideoGrant::default()
        };
        let call = call("delete_room", "DeleteRoom");
        self.client
            .remove(call, grant, &json!({"room": name}))
            .await
    }

    /// Changes the text that everybody in a room can read.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub async fn set_metadata(&self, name: &str, metadata: &str) -> Result<Room, Error> {
        let call = call("set_room_metadata", "UpdateRoomMetadata");
        let body = json!({"room": name, "metadata": metadata});
        self.client.call(call, VideoGrant::admin(name), &body).await
    }
}
