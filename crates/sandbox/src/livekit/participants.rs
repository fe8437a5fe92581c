//! Calls about who is in a room.

use serde_json::{Value, json};

use super::{
    people::{self, key},
    rooms,
    token::{Grant, Keys},
    twirp::{Refusal, Reply, field, flag, set, text},
};
use crate::store::Store;

const MISSING: Refusal = Refusal::new("not_found", "participant does not exist");

pub(super) fn call(
    store: &mut Store,
    grant: &Grant,
    body: &Value,
    keys: &Keys,
    method: &str,
) -> Reply {
    let name = text(body, "room");
    let known = [
        "ListParticipants",
        "GetParticipant",
        "RemoveParticipant",
        "MutePublishedTrack",
        "UpdateParticipant",
        "SendData",
        "MoveParticipant",
    ];
    if !known.contains(&method) {
        return Err(Refusal::new("bad_route", "no handler for path"));
    }
    grant.may_rule(name)?;
    let room = rooms::find(store, name)?;
    match method {
        "ListParticipants" => Ok(json!({"participants": people::of_room(store, name)})),
        "SendData" => {
            let number = store.next_id("message");
            store.put("message", &format!("{number:08}"), body);
            Ok(json!({}))
        }
        _ => about_one(store, grant, body, keys, method, &room),
    }
}

fn about_one(
    store: &mut Store,
    grant: &Grant,
    body: &Value,
    keys: &Keys,
    method: &str,
    room: &Value,
) -> Reply {
    let key = key(text(body, "room"), text(body, "identity"));
    let mut participant: Value = store.get("participant", &key).ok_or(MISSING)?;
    match method {
        "RemoveParticipant" => {
            people::gone(store, keys, room, &participant);
            Ok(json!({}))
        }
        "MutePublishedTrack" => {
            let muted = flag(body, "muted");
            let track = mute(&mut participant, text(body, "track_sid"), muted)?;
            store.put("participant", &key, &participant);
            Ok(json!({"track": track}))
        }
        "UpdateParticipant" => {
            update(&mut participant, body);
            store.put("participant", &key, &participant);
            Ok(participant)
        }
        "MoveParticipant" => {
            let to = text(body, "destination_room");
            grant.may_move_to(to)?;
            rooms::find(store, to)?;
            store.remove("participant", &key);
            store.put(
                "participant",
                &people::key(to, text(body, "identity")),
                &participant,
            );
            people::count(store, text(body, "room"));
            people::count(store, to);
            Ok(json!({}))
        }
        _ => Ok(participant),
    }
}

fn mute(participant: &mut Value, sid: &str, muted: bool) -> Reply {
    let tracks = participant.get_mut("tracks").and_then(Value::as_array_mut);
    let track = tracks
        .into_iter()
        .flatten()
        .find(|track| track.get("sid").and_then(Value::as_str) == Some(sid))
        .ok_or(Refusal::new("not_found", "track is not found"))?;
    set(track, "muted", json!(muted));
    Ok(track.clone())
}

fn update(participant: &mut Value, body: &Value) {
    for name in ["name", "metadata"] {
        if !text(body, name).is_empty() {
            set(participant, name, json!(text(body, name)));
        }
    }
    if let Some(Value::Object(changes)) = field(body, "attributes") {
        let mut attributes = field(participant, "attributes")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        for (name, value) in changes {
            if value == "" {
                attributes.remove(name);
            } else {
                attributes.insert(name.clone(), value.clone());
            }
        }
        set(participant, "attributes", Value::Object(attributes));
    }
    if let Some(permission) = field(body, "permission").filter(|it| it.is_object()) {
        if !flag(permission, "can_publish") {
            set(participant, "tracks", json!([]));
        }
        set(participant, "permission", permission.clone());
    }
}
