//! Coming and going, by control.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    rooms,
    token::{Claims, Keys},
    twirp::{number, set, text},
    webhooks,
};
use crate::{
    clock,
    http::{Answer, Request},
    random,
    store::Store,
};

/// `POST /__sandbox/join`.
#[derive(Deserialize)]
struct Join {
    token: String,
    /// What they publish: `CAMERA`, `MICROPHONE` and so on.
    #[serde(default)]
    sources: Vec<String>,
}

pub(super) fn key(room: &str, identity: &str) -> String {
    format!("{room}\n{identity}")
}

pub(super) fn of_room(store: &Store, room: &str) -> Vec<Value> {
    let people = store.list_below::<Value>("participant", &key(room, ""));
    people
        .into_iter()
        .map(|(_, participant)| participant)
        .collect()
}

/// Writes down how many are in a room.
pub(super) fn count(store: &mut Store, name: &str) {
    let people = of_room(store, name).len();
    if let Ok(mut room) = rooms::find(store, name) {
        set(&mut room, "num_participants", json!(people));
        store.put("room", name, &room);
    }
}

fn refuse(status: u16, why: &str) -> Answer {
    Answer::json(status, &json!({"error": why}))
}

/// Somebody joins with a token, as LiveKit lets them: the room must be there unless it may make itself, it must not be full,
/// and whoever was there under that identity is sent away.
pub(super) fn join(request: &Request, store: &mut Store, keys: &Keys) -> Answer {
    let wish: Join = match serde_json::from_slice(&request.body) {
        Ok(wish) => wish,
        Err(error) => return refuse(400, &error.to_string()),
    };
    let Some(claims) = keys
        .read(&wish.token)
        .filter(|claims| claims.video.room_join)
    else {
        return refuse(401, "invalid token");
    };
    let name = claims.video.room.clone();
    let room = match rooms::find(store, &name) {
        Ok(room) => room,
        Err(_) if webhooks::options(store).auto_create => {
            let room = rooms::fresh(&name);
            store.put("room", &name, &room);
            room
        }
        Err(refusal) => return refuse(404, refusal.message()),
    };
    let others = of_room(store, &name);
    let earlier = others
        .iter()
        .find(|other| text(other, "identity") == claims.identity);
    if let Some(earlier) = earlier {
        gone(store, keys, &room, earlier);
    }
    let most = number(&room, "max_participants");
    let there = i64::try_from(of_room(store, &name).len()).unwrap_or(i64::MAX);
    if most > 0 && there >= most {
        return refuse(403, "room is full");
    }
    let participant = arrive(&claims, &wish.sources);
    store.put("participant", &key(&name, &claims.identity), &participant);
    count(store, &name);
    if others.is_empty() {
        webhooks::emit(store, keys, "room_started", json!({"room": room}));
    }
    let part = json!({"room": room, "participant": participant});
    webhooks::emit(store, keys, "participant_joined", part);
    for track in participant
        .get("tracks")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let part = json!({"room": room, "participant": participant, "track": track});
        webhooks::emit(store, keys, "track_published", part);
    }
    Answer::json(200, &participant)
}

fn arrive(claims: &Claims, sources: &[String]) -> Value {
    let grant = &claims.video;
    let may_publish = grant.can_publish.unwrap_or(true);
    let tracks: Vec<Value> = sources
        .iter()
        .filter(|_| may_publish)
        .map(|source| {
            let kind = if source == "MICROPHONE" {
                "AUDIO"
            } else {
                "VIDEO"
            };
            json!({
                "sid": format!("TR_{}", random::letters::<12>()),
                "type": kind,
                "source": source,
                "muted": false,
            })
        })
        .collect();
    json!({
        "sid": format!("PA_{}", random::letters::<12>()),
        "identity": claims.identity,
        "name": claims.name,
        "state": "ACTIVE",
        "metadata": claims.metadata,
        "attributes": claims.attributes.as_object().cloned().unwrap_or_default(),
        "joined_at": clock::seconds().to_string(),
        "tracks": tracks,
        "permission": {
            "can_subscribe": grant.can_subscribe.unwrap_or(true),
            "can_publish": may_publish,
            "can_publish_data": grant.can_publish_data.unwrap_or(true),
            "can_update_metadata": grant.can_update_own_metadata.unwrap_or(false),
            "hidden": grant.hidden,
            "recorder": grant.recorder,
        },
    })
}

/// Takes somebody out of a room and tells of it.
pub(super) fn gone(store: &mut Store, keys: &Keys, room: &Value, participant: &Value) {
    let name = text(room, "name");
    store.remove("participant", &key(name, text(participant, "identity")));
    count(store, name);
    let mut last = participant.clone();
    set(&mut last, "state", json!("DISCONNECTED"));
    let part = json!({"room": room, "participant": last});
    webhooks::emit(store, keys, "participant_left", part);
}

/// `POST /__sandbox/leave` with `{"room", "identity"}`.
pub(super) fn leave(request: &Request, store: &mut Store, keys: &Keys) -> Answer {
    let body = request.json().unwrap_or_default();
    let key = key(text(&body, "room"), text(&body, "identity"));
    let found = store.get::<Value>("participant", &key);
    let (Some(participant), Ok(room)) = (found, rooms::find(store, text(&body, "room"))) else {
        return refuse(404, "nobody of that identity is there");
    };
    gone(store, keys, &room, &participant);
    Answer::empty(204)
}

/// `POST /__sandbox/close_empty_rooms`: as if the time had passed after which empty rooms go away.
pub(super) fn close_empty(store: &mut Store, keys: &Keys) -> Answer {
    let rooms = store.list::<Value>("room");
    let empty: Vec<String> = rooms
        .into_iter()
        .filter(|(name, _)| of_room(store, name).is_empty())
        .map(|(name, _)| name)
        .collect();
    for name in &empty {
        rooms::finish(store, keys, name);
    }
    Answer::json(200, &json!({"closed": empty}))
}
