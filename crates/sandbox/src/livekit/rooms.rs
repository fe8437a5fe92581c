//! Rooms.

use serde_json::{Value, json};

use super::{
    people,
    token::{Grant, Keys},
    twirp::{Refusal, Reply, number, set, text},
    webhooks,
};
use crate::{clock, random, store::Store};

const MISSING: Refusal = Refusal::new("not_found", "requested room does not exist");

pub(super) fn find(store: &Store, name: &str) -> Result<Value, Refusal> {
    store.get("room", name).ok_or(MISSING)
}

/// Makes a room or changes the one that is there, by what is neither zero nor empty.
pub(super) fn create(store: &mut Store, grant: &Grant, body: &Value) -> Reply {
    grant.may_create()?;
    let name = text(body, "name");
    if name.is_empty() {
        return Err(Refusal::new("invalid_argument", "name is required"));
    }
    if name.len() > 256 || text(body, "metadata").len() > 64_000 {
        return Err(Refusal::new(
            "invalid_argument",
            "name or metadata exceeds the limit",
        ));
    }
    let mut room = store.get("room", name).unwrap_or_else(|| fresh(name));
    for field in ["empty_timeout", "departure_timeout", "max_participants"] {
        let wanted = number(body, field);
        if wanted > 0 {
            set(&mut room, field, json!(wanted));
        }
    }
    if !text(body, "metadata").is_empty() {
        set(&mut room, "metadata", json!(text(body, "metadata")));
    }
    store.put("room", name, &room);
    Ok(room)
}

/// A room with LiveKit's own settings.
pub(super) fn fresh(name: &str) -> Value {
    json!({
        "sid": format!("RM_{}", random::letters::<12>()),
        "name": name,
        "empty_timeout": 300,
        "departure_timeout": 20,
        "max_participants": 0,
        "creation_time": clock::seconds().to_string(),
        "metadata": "",
        "num_participants": 0,
        "active_recording": false,
    })
}

pub(super) fn list(store: &Store, grant: &Grant, body: &Value) -> Reply {
    grant.may_list()?;
    let names = body.get("names").and_then(Value::as_array);
    let mut rooms = store.values("room");
    if let Some(names) = names.filter(|names| !names.is_empty()) {
        rooms.retain(|room| room.get("name").is_some_and(|name| names.contains(name)));
    }
    Ok(json!({"rooms": rooms}))
}

pub(super) fn delete(store: &mut Store, grant: &Grant, body: &Value, keys: &Keys) -> Reply {
    grant.may_create()?;
    let name = text(body, "room").to_owned();
    let room = find(store, &name)?;
    for participant in people::of_room(store, &name) {
        people::gone(store, keys, &room, &participant);
    }
    finish(store, keys, &name);
    Ok(json!({}))
}

/// Takes a room away.
pub(super) fn finish(store: &mut Store, keys: &Keys, name: &str) {
    if let Ok(room) = find(store, name) {
        store.remove("room", name);
        webhooks::emit(store, keys, "room_finished", json!({"room": room}));
    }
}

pub(super) fn set_metadata(store: &mut Store, grant: &Grant, body: &Value) -> Reply {
    let name = text(body, "room");
    grant.may_rule(name)?;
    let mut room = find(store, name)?;
    set(&mut room, "metadata", json!(text(body, "metadata")));
    store.put("room", name, &room);
    Ok(room)
}
