//! Channels and who is in them.

use serde_json::{Value, json};

use super::{
    answer::{Reply, bad_body, body, done, new_id, no_permission, now, number, refuse, text},
    entry::Caller,
    members, rules, users,
};
use crate::{
    http::{Answer, Request},
    store::Store,
};

fn name_key(team: &str, name: &str) -> String {
    format!("{team}/{name}")
}

fn member_key(channel: &str, user: &str) -> String {
    format!("{channel}/{user}")
}

pub(super) fn get(store: &Store, id: &str) -> Result<Value, Answer> {
    rules::id("channel_id", id)?;
    store.get::<Value>("channel", id).ok_or_else(|| {
        refuse(
            404,
            "app.channel.get.existing.app_error",
            "Unable to find the existing channel.",
        )
    })
}

pub(super) fn is_in(store: &Store, channel: &str, user: &str) -> bool {
    store.contains("channel_member", &member_key(channel, user))
}

fn keep(
    store: &mut Store,
    team: &str,
    (name, display_name): (&str, &str),
    kind: &str,
    creator: &str,
) -> Value {
    let id = new_id();
    let channel = json!({
        "id": id, "team_id": team, "name": name, "display_name": display_name, "type": kind, "header": "",
        "purpose": "", "creator_id": creator, "create_at": now(), "update_at": now(), "delete_at": 0,
    });
    store.put("channel", &id, &channel);
    store.put("channel_name", &name_key(team, name), &id);
    channel
}

/// A channel of everybody in a team.
pub(super) fn open(store: &mut Store, team: &str, name: &str, display_name: &str) {
    keep(store, team, (name, display_name), "O", "");
}

fn join(store: &mut Store, channel: &str, user: &str) -> Value {
    let member = json!({
        "channel_id": channel, "user_id": user, "roles": "channel_user", "scheme_user": true,
        "scheme_admin": false, "last_update_at": now(),
    });
    store.put("channel_member", &member_key(channel, user), &member);
    member
}

pub(super) fn join_named(store: &mut Store, team: &str, name: &str, user: &str) {
    if let Some(id) = store.get::<String>("channel_name", &name_key(team, name)) {
        join(store, &id, user);
    }
}

fn of_team(store: &Store, team: &str) -> Vec<(String, String)> {
    store.list_below::<String>("channel_name", &format!("{team}/"))
}

pub(super) fn leave_all(store: &mut Store, team: &str, user: &str) {
    for (_, channel) in of_team(store, team) {
        store.remove("channel_member", &member_key(&channel, user));
    }
}

pub(super) fn delete_all(store: &mut Store, team: &str) {
    for (name, channel) in of_team(store, team) {
        store.remove_below("channel_member", &format!("{channel}/"));
        store.remove_below("post", &format!("{channel}/"));
        store.remove("channel", &channel);
        store.remove("channel_name", &name);
    }
}

pub(super) fn find_by_name(
    caller: &Caller,
    request: &Request,
    store: &Store,
    team: &str,
    name: &str,
) -> Reply {
    let missing = || {
        refuse(
            404,
            "app.channel.get_by_name.missing.app_error",
            "Channel does not exist.",
        )
    };
    let id = store.get::<String>("channel_name", &name_key(team, name));
    let channel = get(store, &id.ok_or_else(missing)?)?;
    let with_deleted = request.parameter("include_deleted") == Some("true");
    if number(&channel, "delete_at") != 0 && !with_deleted {
        return Err(missing());
    }
    match text(&channel, "type") {
        "O" => caller.must_be_in(store, team)?,
        // A private channel is not even there for others.
        _ if caller.is_admin() || is_in(store, text(&channel, "id"), &caller.user.id) => {}
        _ => return Err(missing()),
    }
    Ok(Answer::json(200, &channel))
}

pub(super) fn create(caller: &Caller, request: &Request, store: &mut Store) -> Reply {
    let body = body(request)?;
    let team = rules::id_in(&body, "team_id")?;
    super::teams::get(store, team)?;
    caller.must_be_in(store, team)?;
    let (name, kind) = (text(&body, "name"), text(&body, "type"));
    if !rules::is_word(name, 1) {
        return Err(refuse(
            400,
            "model.channel.is_valid.1_or_more.app_error",
            "Name must be 1 or more lowercase alphanumeric characters.",
        ));
    }
    if !matches!(kind, "O" | "P") {
        return Err(refuse(
            400,
            "model.channel.is_valid.type.app_error",
            "Invalid type.",
        ));
    }
    if store.contains("channel_name", &name_key(team, name)) {
        return Err(refuse(
            400,
            "store.sql_channel.save_channel.exists.app_error",
            "A channel with that name already exists on the same team.",
        ));
    }
    let names = (name, text(&body, "display_name"));
    let channel = keep(store, team, names, kind, &caller.user.id);
    join(store, text(&channel, "id"), &caller.user.id);
    Ok(Answer::json(201, &channel))
}

/// The channel of two, which is there once it was asked for.
pub(super) fn direct(caller: &Caller, request: &Request, store: &mut Store) -> Reply {
    let ids = request.json().and_then(|body| {
        let ids = body
            .as_array()?
            .iter()
            .map(|id| id.as_str().map(str::to_owned));
        ids.collect::<Option<Vec<String>>>()
    });
    let Some([one, other]) = ids.as_deref() else {
        return Err(bad_body("user_ids"));
    };
    for id in [one, other] {
        users::get(store, id).ok_or_else(users::missing)?;
    }
    if !caller.is_admin() && !ids.iter().flatten().any(|id| *id == caller.user.id) {
        return Err(no_permission());
    }
    let (first, second) = if one < other {
        (one, other)
    } else {
        (other, one)
    };
    let name = format!("{first}__{second}");
    if let Some(id) = store.get::<String>("channel_name", &name_key("", &name)) {
        return Ok(Answer::json(201, &get(store, &id)?));
    }
    let channel = keep(store, "", (&name, ""), "D", &caller.user.id);
    for user in [one, other] {
        join(store, text(&channel, "id"), user);
    }
    Ok(Answer::json(201, &channel))
}

pub(super) fn add_member(caller: &Caller, request: &Request, store: &mut Store, id: &str) -> Reply {
    let body = body(request)?;
    let user = rules::id_in(&body, "user_id")?;
    let channel = get(store, id)?;
    if !caller.is_admin() && !is_in(store, id, &caller.user.id) {
        return Err(no_permission());
    }
    users::get(store, user).ok_or_else(users::missing)?;
    let team = text(&channel, "team_id");
    if !members::is_member(store, team, user) {
        return Err(if members::was_member(store, team, user) {
            refuse(
                400,
                "api.channel.add_user.to.channel.failed.deleted.app_error",
                "Failed to add user to channel because they have been removed from the team.",
            )
        } else {
            members::missing()
        });
    }
    if let Some(member) = store.get::<Value>("channel_member", &member_key(id, user)) {
        return Ok(Answer::json(201, &member));
    }
    Ok(Answer::json(201, &join(store, id, user)))
}

pub(super) fn remove_member(caller: &Caller, store: &mut Store, id: &str, user: &str) -> Reply {
    let channel = get(store, id)?;
    let user = caller.id_of(user)?;
    if !caller.is_admin() && !is_in(store, id, &caller.user.id) {
        return Err(no_permission());
    }
    if text(&channel, "name") == "town-square" {
        return Err(refuse(
            400,
            "api.channel.remove.default.app_error",
            "Unable to remove user from the default channel.",
        ));
    }
    if !store.remove("channel_member", &member_key(id, &user)) {
        return Err(refuse(
            404,
            "app.channel.get_member.missing.app_error",
            "No channel member found for that user ID and channel ID.",
        ));
    }
    Ok(done())
}
