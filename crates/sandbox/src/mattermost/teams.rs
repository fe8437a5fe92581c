//! Teams.

use serde_json::{Value, json};

use super::{
    answer::{Reply, body, done, flag, new_id, now, number, paged, refuse, set, text},
    channels,
    entry::Caller,
    members, options, rules,
};
use crate::{
    http::{Answer, Request},
    store::Store,
};

fn missing() -> Answer {
    refuse(
        404,
        "app.team.get.find.app_error",
        "Unable to find the existing team.",
    )
}

pub(super) fn get(store: &Store, id: &str) -> Result<Value, Answer> {
    store.get::<Value>("team", id).ok_or_else(missing)
}

pub(super) fn create(caller: &Caller, request: &Request, store: &mut Store) -> Reply {
    let body = body(request)?;
    rules::team(&body)?;
    let name = text(&body, "name");
    if store.contains("team_name", name) {
        return Err(refuse(
            400,
            "app.team.save.existing.app_error",
            "Must call update for existing team.",
        ));
    }
    let id = new_id();
    let team = json!({
        "id": id, "name": name, "display_name": text(&body, "display_name"), "type": text(&body, "type"),
        "description": text(&body, "description"), "email": caller.user.email, "company_name": "",
        "allowed_domains": "", "invite_id": new_id(), "allow_open_invite": flag(&body, "allow_open_invite"),
        "scheme_id": null, "group_constrained": null, "policy_id": null, "create_at": now(), "update_at": now(), "delete_at": 0,
    });
    store.put("team", &id, &team);
    store.put("team_name", name, &id);
    channels::open(store, &id, "town-square", "Town Square");
    channels::open(store, &id, "off-topic", "Off-Topic");
    // Who makes a team is its first member.
    members::join(store, &id, &caller.user.id, true);
    Ok(Answer::json(201, &team))
}

pub(super) fn list(caller: &Caller, request: &Request, store: &Store) -> Answer {
    let mut teams = store.values("team");
    if !caller.is_admin() {
        let sees = |team: &Value| {
            flag(team, "allow_open_invite")
                || members::is_member(store, text(team, "id"), &caller.user.id)
        };
        teams.retain(|team| sees(team) && number(team, "delete_at") == 0);
    }
    let order = |team: &Value| {
        (
            text(team, "display_name").to_owned(),
            text(team, "name").to_owned(),
        )
    };
    teams.sort_by_key(order);
    paged(request, teams)
}

fn shown(caller: &Caller, store: &Store, team: &Value) -> Reply {
    if !flag(team, "allow_open_invite") {
        caller.must_be_in(store, text(team, "id"))?;
    }
    Ok(Answer::json(200, team))
}

pub(super) fn find(caller: &Caller, store: &Store, id: &str) -> Reply {
    shown(caller, store, &get(store, id)?)
}

pub(super) fn find_by_name(caller: &Caller, store: &Store, name: &str) -> Reply {
    let id = store.get::<String>("team_name", &name.to_lowercase());
    let team = id.and_then(|id| store.get::<Value>("team", &id));
    let team = team.ok_or_else(|| {
        refuse(
            404,
            "app.team.get_by_name.missing.app_error",
            "Unable to find the existing team.",
        )
    })?;
    shown(caller, store, &team)
}

pub(super) fn patch(caller: &Caller, request: &Request, store: &mut Store, id: &str) -> Reply {
    let body = body(request)?;
    let mut team = get(store, id)?;
    caller.must_manage(store, id)?;
    for name in [
        "display_name",
        "description",
        "company_name",
        "allow_open_invite",
    ] {
        if let Some(value) = body.get(name).filter(|value| !value.is_null()) {
            set(&mut team, name, value.clone());
        }
    }
    rules::team(&team)?;
    set(&mut team, "update_at", json!(now()));
    store.put("team", id, &team);
    Ok(Answer::json(200, &team))
}

/// Hides a team, or deletes it for ever where that is allowed.
pub(super) fn delete(caller: &Caller, request: &Request, store: &mut Store, id: &str) -> Reply {
    let mut team = get(store, id)?;
    caller.must_manage(store, id)?;
    if request.parameter("permanent") == Some("true") {
        if !options::read(store).enable_api_team_deletion {
            return Err(refuse(
                401,
                "api.user.delete_team.not_enabled.for_admin.app_error",
                "Permanent team deletion feature is not enabled.",
            ));
        }
        channels::delete_all(store, id);
        store.remove_below("member", &format!("{id}/"));
        store.remove("team_name", text(&team, "name"));
        store.remove("team", id);
        return Ok(done());
    }
    set(&mut team, "delete_at", json!(now()));
    store.put("team", id, &team);
    Ok(done())
}

pub(super) fn restore(caller: &Caller, store: &mut Store, id: &str) -> Reply {
    let mut team = get(store, id)?;
    caller.must_manage(store, id)?;
    set(&mut team, "delete_at", json!(0));
    store.put("team", id, &team);
    Ok(Answer::json(200, &team))
}
