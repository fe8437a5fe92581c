//! Recordings. The file is not made; what is told of it is.

use serde_json::{Value, json};

use super::{
    rooms,
    token::{Grant, Keys},
    twirp::{Refusal, Reply, field, flag, set, text},
    webhooks,
};
use crate::{clock, random, store::Store};

const MISSING: Refusal = Refusal::new("not_found", "egress does not exist");

pub(super) fn call(
    store: &mut Store,
    grant: &Grant,
    body: &Value,
    keys: &Keys,
    method: &str,
) -> Reply {
    grant.may_record()?;
    if !webhooks::options(store).egress {
        return Err(Refusal::new(
            "internal",
            "egress not connected (redis required)",
        ));
    }
    match method {
        "StartRoomCompositeEgress" => start(store, body, keys),
        "UpdateLayout" => {
            let mut egress = find(store, body)?;
            set(&mut egress, "layout", json!(text(body, "layout")));
            store.put("egress", text(body, "egress_id"), &egress);
            Ok(egress)
        }
        "ListEgress" => Ok(list(store, body)),
        "StopEgress" => stop(store, body, keys),
        _ => Err(Refusal::new("bad_route", "no handler for path")),
    }
}

fn find(store: &Store, body: &Value) -> Reply {
    store.get("egress", text(body, "egress_id")).ok_or(MISSING)
}

fn nanoseconds() -> String {
    format!("{}000000000", clock::seconds())
}

fn start(store: &mut Store, body: &Value, keys: &Keys) -> Reply {
    let name = text(body, "room_name");
    let mut room = rooms::find(store, name)?;
    let outputs = field(body, "file_outputs").and_then(Value::as_array);
    let output = outputs
        .and_then(|outputs| outputs.first())
        .ok_or(Refusal::new(
            "invalid_argument",
            "request has missing or invalid field: output",
        ))?;
    let id = format!("EG_{}", random::letters::<12>());
    let egress = json!({
        "egress_id": id,
        "room_id": text(&room, "sid"),
        "room_name": name,
        "status": "EGRESS_STARTING",
        "layout": text(body, "layout"),
        "started_at": nanoseconds(),
        // What is told of an output leaves its credentials out.
        "filepath": text(output, "filepath"),
        "bucket": field(output, "s3").map(|s3| text(s3, "bucket")),
    });
    let mut running = egress.clone();
    set(&mut running, "status", json!("EGRESS_ACTIVE"));
    store.put("egress", &id, &running);
    set(&mut room, "active_recording", json!(true));
    store.put("room", name, &room);
    webhooks::emit(
        store,
        keys,
        "egress_started",
        json!({"egress_info": running}),
    );
    Ok(egress)
}

fn list(store: &Store, body: &Value) -> Value {
    let (room, id) = (text(body, "room_name"), text(body, "egress_id"));
    let mut items = store.values("egress");
    items.retain(|egress| {
        (room.is_empty() || text(egress, "room_name") == room)
            && (id.is_empty() || text(egress, "egress_id") == id)
            && (!flag(body, "active") || text(egress, "status") == "EGRESS_ACTIVE")
    });
    json!({"items": items})
}

fn stop(store: &mut Store, body: &Value, keys: &Keys) -> Reply {
    let mut egress = find(store, body)?;
    if text(&egress, "status") != "EGRESS_ACTIVE" {
        return Err(Refusal::new(
            "failed_precondition",
            "egress with status EGRESS_COMPLETE cannot be stopped",
        ));
    }
    set(&mut egress, "status", json!("EGRESS_COMPLETE"));
    set(&mut egress, "ended_at", json!(nanoseconds()));
    let file = json!({
        "filename": text(&egress, "filepath"),
        "location": format!("s3://{}/{}", text(&egress, "bucket"), text(&egress, "filepath")),
        "size": "1048576",
        "duration": "60000000000",
    });
    set(&mut egress, "file_results", json!([file]));
    store.put("egress", text(body, "egress_id"), &egress);
    let name = text(&egress, "room_name").to_owned();
    if let Ok(mut room) = rooms::find(store, &name) {
        set(&mut room, "active_recording", json!(false));
        store.put("room", &name, &room);
    }
    webhooks::emit(store, keys, "egress_ended", json!({"egress_info": egress}));
    let mut ending = egress;
    set(&mut ending, "status", json!("EGRESS_ENDING"));
    Ok(ending)
}
