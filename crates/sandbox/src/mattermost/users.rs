//! Users.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    answer::{
        Reply, bad_body, body, done, flag, new_id, no_permission, now, number, paged, refuse, text,
    },
    entry::{self, Caller},
    members, options, rules, sessions, tokens,
};
use crate::{
    digest,
    http::{Answer, Request},
    store::Store,
};

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) username: String,
    pub(super) email: String,
    first_name: String,
    last_name: String,
    nickname: String,
    position: String,
    locale: String,
    pub(super) roles: String,
    auth_service: String,
    auth_data: String,
    pub(super) is_bot: bool,
    props: Map<String, Value>,
    create_at: i64,
    update_at: i64,
    pub(super) delete_at: i64,
    pub(super) failed_attempts: u32,
    /// Hashed; empty for those who sign in elsewhere.
    pub(super) password: String,
}

impl User {
    pub(super) fn is_active(&self) -> bool {
        self.delete_at == 0
    }

    /// What others see.
    pub(super) fn shown(&self) -> Value {
        json!({
            "id": self.id, "username": self.username, "email": self.email, "first_name": self.first_name,
            "last_name": self.last_name, "nickname": self.nickname, "position": self.position,
            "locale": self.locale, "roles": self.roles, "auth_service": self.auth_service, "auth_data": "",
            "is_bot": self.is_bot, "props": self.props, "email_verified": true, "create_at": self.create_at,
            "update_at": self.update_at, "delete_at": self.delete_at,
            "notify_props": {"email": "true", "push": "mention", "desktop": "mention"},
            "timezone": {"automaticTimezone": "", "manualTimezone": "", "useAutomaticTimezone": "true"},
            "last_password_update": self.create_at,
        })
    }
}

/// The administrator.
pub(super) fn seed(store: &mut Store) {
    let admin = User {
        id: new_id(),
        username: "workspace-admin".to_owned(),
        email: "workspace-admin@localhost".to_owned(),
        roles: "system_admin system_user".to_owned(),
        is_bot: true,
        create_at: now(),
        ..User::default()
    };
    store.put("admin", "id", &admin.id);
    keep(store, &admin);
}

pub(super) fn admin(store: &Store) -> Option<User> {
    get(store, &store.get::<String>("admin", "id")?)
}

pub(super) fn get(store: &Store, id: &str) -> Option<User> {
    store.get("user", id)
}

pub(super) fn keep(store: &mut Store, user: &User) {
    store.put("email", &user.email, &user.id);
    store.put("username", &user.username, &user.id);
    store.put("user", &user.id, user);
}

/// Everybody, in order of their names.
fn everybody(store: &Store) -> Vec<User> {
    let named = store.list::<String>("username");
    named.iter().filter_map(|(_, id)| get(store, id)).collect()
}

pub(super) fn all(store: &Store) -> Vec<Value> {
    everybody(store).iter().map(User::shown).collect()
}

pub(super) fn missing() -> Answer {
    refuse(
        404,
        "app.user.missing_account.const",
        "Unable to find the user.",
    )
}

fn is_full(store: &Store) -> bool {
    let limit = options::read(store).max_users;
    let counts = |user: &&User| user.is_active() && !user.is_bot;
    limit > 0 && everybody(store).iter().filter(counts).count() >= limit
}

fn taken(key: &str) -> Answer {
    let (id, what) = if key == "email" {
        ("app.user.save.email_exists.app_error", "email")
    } else {
        ("app.user.save.username_exists.app_error", "username")
    };
    refuse(
        400,
        id,
        &format!("An account with that {what} already exists."),
    )
}

pub(super) fn create(caller: &Caller, request: &Request, store: &mut Store) -> Reply {
    caller.must_be_admin()?;
    let body = body(request)?;
    let options = options::read(store);
    let field = |name: &str| text(&body, name).trim().to_owned();
    let mut user = User {
        id: new_id(),
        username: field("username").to_lowercase(),
        email: field("email").to_lowercase(),
        first_name: field("first_name"),
        last_name: field("last_name"),
        nickname: field("nickname"),
        locale: field("locale"),
        roles: "system_user".to_owned(),
        auth_service: field("auth_service"),
        auth_data: field("auth_data"),
        props: body
            .get("props")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default(),
        create_at: now(),
        update_at: now(),
        ..User::default()
    };
    if is_full(store) {
        return Err(entry::full("api.user.create_user.user_limits.exceeded"));
    }
    rules::username(&user.username, &options)?;
    rules::email(&user.email)?;
    rules::person(&user.first_name, &user.last_name, &user.nickname)?;
    if !user.auth_service.is_empty() && !text(&body, "password").is_empty() {
        return Err(refuse(
            400,
            "model.user.is_valid.auth_data_pwd.app_error",
            "Invalid user, password and auth data cannot both be set.",
        ));
    }
    if user.auth_service.is_empty() != user.auth_data.is_empty() {
        return Err(refuse(
            400,
            "model.user.is_valid.auth_data_type.app_error",
            "Invalid user, auth data must be set with auth type.",
        ));
    }
    if user.auth_service.is_empty() {
        rules::password(text(&body, "password"), &options)?;
        user.password = digest::of(text(&body, "password"));
    }
    // Where both are taken the name is told.
    for (key, value) in [("username", &user.username), ("email", &user.email)] {
        if store.contains(key, value) {
            return Err(taken(key));
        }
    }
    keep(store, &user);
    Ok(Answer::json(201, &user.shown()))
}

pub(super) fn find(store: &Store, id: &str) -> Reply {
    let user = get(store, id).ok_or_else(missing)?;
    Ok(Answer::json(200, &user.shown()))
}

pub(super) fn find_by(store: &Store, key: &str, value: &str) -> Reply {
    let id = store.get::<String>(key, &value.to_lowercase());
    let user = id.and_then(|id| get(store, &id));
    let user = user.ok_or_else(|| match key {
        "email" => missing(),
        _ => refuse(
            404,
            "app.user.get_by_username.app_error",
            "Unable to find an existing account matching your username for this team.",
        ),
    })?;
    Ok(Answer::json(200, &user.shown()))
}

pub(super) fn list(request: &Request, store: &Store) -> Answer {
    let is = |name: &str| request.parameter(name) == Some("true");
    let mut users = everybody(store);
    if is("active") {
        users.retain(User::is_active);
    }
    if is("inactive") {
        users.retain(|user| !user.is_active());
    }
    if let Some(team) = request.parameter("in_team") {
        users.retain(|user| members::is_member(store, team, &user.id));
    }
    paged(request, users.iter().map(User::shown).collect())
}

pub(super) fn search(request: &Request, store: &Store) -> Reply {
    let body = body(request)?;
    let sought = text(&body, "term").trim_start_matches('@').to_lowercase();
    if sought.is_empty() {
        return Err(bad_body("term"));
    }
    let limit = match body.get("limit") {
        None | Some(Value::Null) => 100,
        Some(_) => number(&body, "limit"),
    };
    let limit = usize::try_from(limit)
        .ok()
        .filter(|limit| (1..=1000).contains(limit));
    let limit = limit.ok_or_else(|| bad_body("limit"))?;
    let team = text(&body, "team_id");
    let mut users = everybody(store);
    users.retain(|user| {
        let words = [
            &user.username,
            &user.first_name,
            &user.last_name,
            &user.nickname,
            &user.email,
        ];
        words
            .iter()
            .any(|word| word.to_lowercase().starts_with(&sought))
            && (user.is_active() || flag(&body, "allow_inactive"))
            && (team.is_empty() || members::is_member(store, team, &user.id))
    });
    let shown: Vec<Value> = users.iter().take(limit).map(User::shown).collect();
    Ok(Answer::json(200, &json!(shown)))
}

pub(super) fn patch(caller: &Caller, request: &Request, store: &mut Store, id: &str) -> Reply {
    caller.must_be(id)?;
    let body = body(request)?;
    let mut user = get(store, id).ok_or_else(missing)?;
    let before = (user.email.clone(), user.username.clone());
    let new = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    for (name, field) in [
        ("first_name", &mut user.first_name),
        ("last_name", &mut user.last_name),
        ("nickname", &mut user.nickname),
        ("position", &mut user.position),
        ("locale", &mut user.locale),
    ] {
        if let Some(value) = new(name) {
            *field = value;
        }
    }
    user.email = new("email").map_or(before.0.clone(), |text| text.to_lowercase());
    user.username = new("username").map_or(before.1.clone(), |text| text.to_lowercase());
    rules::username(&user.username, &options::read(store))?;
    rules::email(&user.email)?;
    rules::person(&user.first_name, &user.last_name, &user.nickname)?;
    for (key, value, before) in [
        ("email", &user.email, &before.0),
        ("username", &user.username, &before.1),
    ] {
        if value != before && store.contains(key, value) {
            return Err(taken(key));
        }
        store.remove(key, before);
    }
    user.update_at = now();
    keep(store, &user);
    Ok(Answer::json(200, &user.shown()))
}

/// `DELETE`: off, or for ever where that is allowed.
pub(super) fn delete(caller: &Caller, request: &Request, store: &mut Store, id: &str) -> Reply {
    let user = get(store, id).ok_or_else(missing)?;
    // Who is no administrator may not even take their own account away.
    if !caller.is_admin() {
        return Err(no_permission());
    }
    if request.parameter("permanent") == Some("true") {
        if !options::read(store).enable_api_user_deletion {
            return Err(refuse(
                401,
                "api.user.delete_user.not_enabled.for_admin.app_error",
                "Permanent user deletion feature is not enabled.",
            ));
        }
        sessions::end_all(store, id);
        tokens::forget(store, id);
        members::forget(store, id);
        store.remove("email", &user.email);
        store.remove("username", &user.username);
        store.remove("user", id);
        return Ok(done());
    }
    switch(store, user, false);
    Ok(done())
}

pub(super) fn set_active(caller: &Caller, request: &Request, store: &mut Store, id: &str) -> Reply {
    let body = body(request)?;
    let is_active = body.get("active").and_then(Value::as_bool);
    let is_active = is_active.ok_or_else(|| bad_body("active"))?;
    caller.must_be_admin()?;
    let user = get(store, id).ok_or_else(missing)?;
    if is_active && !user.is_active() && is_full(store) {
        return Err(entry::full("app.user.update_active.user_limit.exceeded"));
    }
    switch(store, user, is_active);
    Ok(done())
}

/// `PUT …/roles`: names with blanks between.
pub(super) fn set_roles(caller: &Caller, request: &Request, store: &mut Store, id: &str) -> Reply {
    let body = body(request)?;
    caller.must_be_admin()?;
    let roles = text(&body, "roles");
    let is_known = |role: &str| matches!(role, "system_user" | "system_admin" | "system_guest");
    if roles.is_empty() || !roles.split(' ').all(is_known) {
        return Err(bad_body("roles"));
    }
    let mut user = get(store, id).ok_or_else(missing)?;
    roles.clone_into(&mut user.roles);
    keep(store, &user);
    Ok(done())
}

/// `PUT …/password`: administrators need not know the one before.
pub(super) fn set_password(
    caller: &Caller,
    request: &Request,
    store: &mut Store,
    id: &str,
) -> Reply {
    let body = body(request)?;
    caller.must_be(id)?;
    let mut user = get(store, id).ok_or_else(missing)?;
    let current = text(&body, "current_password");
    if !caller.is_admin() && !digest::matches(current, &user.password) {
        return Err(refuse(
            400,
            "api.user.update_password.incorrect.app_error",
            "The \"Current Password\" you entered is incorrect.",
        ));
    }
    let new = text(&body, "new_password");
    rules::password(new, &options::read(store))?;
    user.password = digest::of(new);
    keep(store, &user);
    Ok(done())
}

/// `PUT …/mfa`: switched off by default.
pub(super) fn set_mfa(caller: &Caller, id: &str) -> Reply {
    caller.must_be(id)?;
    Err(refuse(
        501,
        "mfa.mfa_disabled.app_error",
        "Multi-factor authentication has been disabled on this server.",
    ))
}

fn switch(store: &mut Store, mut user: User, is_active: bool) {
    user.update_at = now();
    user.delete_at = if is_active { 0 } else { now() };
    if !is_active {
        sessions::end_all(store, &user.id);
    }
    keep(store, &user);
}
