//! Who is in a team. One who was removed leaves a trace, and comes back into it.

use serde_json::{Value, json};

use super::{
    answer::{
        Reply, bad_body, body, done, flag, no_permission, now, number, paged, refuse, set, text,
    },
    channels,
    entry::Caller,
    options, rules, teams, users,
};
use crate::{
    http::{Answer, Request},
    store::Store,
};

fn key(team: &str, user: &str) -> String {
    format!("{team}/{user}")
}

fn get(store: &Store, team: &str, user: &str) -> Option<Value> {
    store.get("member", &key(team, user))
}

fn is_in(member: &Value) -> bool {
    number(member, "delete_at") == 0
}

pub(super) fn is_member(store: &Store, team: &str, user: &str) -> bool {
    get(store, team, user).is_some_and(|member| is_in(&member))
}

/// Whoever is or was in it.
pub(super) fn was_member(store: &Store, team: &str, user: &str) -> bool {
    get(store, team, user).is_some()
}

pub(super) fn is_manager(store: &Store, team: &str, user: &str) -> bool {
    get(store, team, user).is_some_and(|member| is_in(&member) && flag(&member, "scheme_admin"))
}

fn here(store: &Store, team: &str) -> Vec<Value> {
    let members = store.list_below::<Value>("member", &format!("{team}/"));
    let members = members.into_iter().map(|(_, member)| member);
    members.filter(is_in).collect()
}

pub(super) fn missing() -> Answer {
    refuse(
        404,
        "app.team.get_member.missing.app_error",
        "No team member found for that user ID and team ID.",
    )
}

/// Lets somebody in, who is then in the channels of everybody.
pub(super) fn join(store: &mut Store, team: &str, user: &str, is_manager: bool) -> Value {
    let mut member = json!({
        "team_id": team, "user_id": user, "delete_at": 0, "scheme_guest": false, "explicit_roles": "",
    });
    set_scheme(&mut member, is_manager, true);
    store.put("member", &key(team, user), &member);
    for name in ["town-square", "off-topic"] {
        channels::join_named(store, team, name, user);
    }
    member
}

fn set_scheme(member: &mut Value, is_manager: bool, is_user: bool) {
    let mut roles = Vec::new();
    if is_user {
        roles.push("team_user");
    }
    if is_manager {
        roles.push("team_admin");
    }
    set(member, "roles", json!(roles.join(" ")));
    set(member, "scheme_admin", json!(is_manager));
    set(member, "scheme_user", json!(is_user));
}

pub(super) fn add(caller: &Caller, request: &Request, store: &mut Store, team: &str) -> Reply {
    let body = body(request)?;
    if text(&body, "team_id") != team {
        return Err(bad_body("team_id"));
    }
    let user = rules::id_in(&body, "user_id")?;
    let found = teams::get(store, team)?;
    caller.must_be_in(store, team)?;
    users::get(store, user).ok_or_else(users::missing)?;
    if number(&found, "delete_at") != 0 {
        return Err(refuse(
            400,
            "api.team.add_user_to_team.archived_team.app_error",
            "The team is archived.",
        ));
    }
    if let Some(member) = get(store, team, user).filter(is_in) {
        return Ok(Answer::json(201, &member));
    }
    if here(store, team).len() >= options::read(store).max_users_per_team {
        return Err(refuse(
            400,
            "app.team.join_user_to_team.max_accounts.app_error",
            "This team has reached the maximum number of allowed accounts. Contact your System Administrator to set a higher limit.",
        ));
    }
    Ok(Answer::json(201, &join(store, team, user, false)))
}

pub(super) fn list(caller: &Caller, request: &Request, store: &Store, team: &str) -> Reply {
    teams::get(store, team)?;
    caller.must_be_in(store, team)?;
    Ok(paged(request, here(store, team)))
}

pub(super) fn find(caller: &Caller, store: &Store, team: &str, user: &str) -> Reply {
    caller.must_be_in(store, team)?;
    let member = get(store, team, user).ok_or_else(missing)?;
    Ok(Answer::json(200, &member))
}

pub(super) fn remove(caller: &Caller, store: &mut Store, team: &str, user: &str) -> Reply {
    if caller.user.id != user {
        caller.must_manage(store, team)?;
    }
    let member = get(store, team, user).ok_or_else(missing)?;
    // Whoever was removed before is removed again, with the same answer.
    if is_in(&member) {
        leave(store, team, user, member);
    }
    Ok(done())
}

fn leave(store: &mut Store, team: &str, user: &str, mut member: Value) {
    set(&mut member, "delete_at", json!(now()));
    set_scheme(&mut member, false, false);
    store.put("member", &key(team, user), &member);
    channels::leave_all(store, team, user);
}

pub(super) fn set_roles(
    caller: &Caller,
    request: &Request,
    store: &mut Store,
    team: &str,
    user: &str,
) -> Reply {
    let body = body(request)?;
    if !caller.is_admin() && !is_manager(store, team, &caller.user.id) {
        return Err(no_permission());
    }
    let mut member = get(store, team, user).filter(is_in).ok_or_else(missing)?;
    set_scheme(
        &mut member,
        flag(&body, "scheme_admin"),
        flag(&body, "scheme_user"),
    );
    store.put("member", &key(team, user), &member);
    Ok(done())
}

/// Of a user who is deleted for ever.
pub(super) fn forget(store: &mut Store, user: &str) {
    for (key, member) in store.list::<Value>("member") {
        if text(&member, "user_id") == user {
            channels::leave_all(store, text(&member, "team_id"), user);
            store.remove("member", &key);
        }
    }
}
