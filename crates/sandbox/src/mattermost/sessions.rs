//! Signing in and out.

use serde_json::{Value, json};

use super::{
    answer::{Reply, body, done, refuse, session_expired, text},
    entry::{self, Caller, Session},
    options,
    users::{self, missing},
};
use crate::{
    digest,
    http::{Answer, Request},
    store::Store,
};

fn wrong() -> Answer {
    refuse(
        401,
        "api.user.login.invalid_credentials_email_username",
        "Enter a valid email or username and/or password.",
    )
}

/// The token is in a header; a browser that says so gets cookies, too.
pub(super) fn sign_in(request: &Request, store: &mut Store) -> Reply {
    let body = body(request)?;
    let name = text(&body, "login_id").trim().to_lowercase();
    if text(&body, "password").is_empty() {
        return Err(refuse(
            400,
            "api.user.login.blank_pwd.app_error",
            "Password field must not be blank",
        ));
    }
    let id = store
        .get::<String>("email", &name)
        .or_else(|| store.get::<String>("username", &name));
    let mut user = id.and_then(|id| users::get(store, &id)).ok_or_else(wrong)?;
    if user.failed_attempts >= options::read(store).maximum_login_attempts {
        return Err(refuse(
            401,
            "api.user.check_user_login_attempts.too_many.app_error",
            "Your account is locked because of too many failed password attempts. Please reset your password.",
        ));
    }
    let is_right =
        !user.password.is_empty() && digest::matches(text(&body, "password"), &user.password);
    if !is_right {
        user.failed_attempts += 1;
        users::keep(store, &user);
        return Err(wrong());
    }
    if !user.is_active() {
        return Err(refuse(
            401,
            "api.user.login.inactive.app_error",
            "Login failed because your account has been deactivated. Please contact an administrator.",
        ));
    }
    user.failed_attempts = 0;
    users::keep(store, &user);
    let (token, session) = entry::begin(store, &user.id);
    let mut answer = Answer::json(200, &user.shown()).with("Token", &token);
    if request.header("x-requested-with") == Some("XMLHttpRequest") {
        let cookies = [
            ("MMAUTHTOKEN", &token, "; HttpOnly"),
            ("MMUSERID", &user.id, ""),
            ("MMCSRF", &session.csrf, ""),
        ];
        for (name, value, rest) in cookies {
            answer = answer.with("Set-Cookie", format!("{name}={value}; Path=/{rest}"));
        }
    }
    Ok(answer)
}

pub(super) fn sign_out(caller: &Caller, store: &mut Store) -> Reply {
    let key = caller.session.as_ref().ok_or_else(session_expired)?;
    store.remove("session", key);
    Ok(done())
}

fn of(store: &Store, user: &str) -> Vec<(String, Session)> {
    let mut sessions = store.list::<Session>("session");
    sessions.retain(|(_, session)| session.user_id == user);
    sessions
}

pub(super) fn list(caller: &Caller, store: &Store, user: &str) -> Reply {
    caller.must_be(user)?;
    let shown = |session: &Session| {
        json!({
            "id": session.id, "token": "", "user_id": session.user_id, "create_at": session.create_at,
            "expires_at": session.expires_at, "last_activity_at": session.create_at, "device_id": "",
            "roles": "system_user", "is_oauth": false, "props": {}, "team_members": [],
        })
    };
    let found: Vec<Value> = of(store, user).iter().map(|(_, one)| shown(one)).collect();
    Ok(Answer::json(200, &json!(found)))
}

pub(super) fn revoke_all(caller: &Caller, store: &mut Store, user: &str) -> Reply {
    caller.must_be(user)?;
    users::get(store, user).ok_or_else(missing)?;
    end_all(store, user);
    Ok(done())
}

pub(super) fn end_all(store: &mut Store, user: &str) {
    for (key, _) in of(store, user) {
        store.remove("session", &key);
    }
}
