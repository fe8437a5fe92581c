//! Mattermost's API v4 (<https://developers.mattermost.com/api-documentation/>): users, teams, channels, messages,
//! sessions and tokens, with its permissions as far as an administrator and members meet them.
//!
//! The administrator is a bot, as such may have tokens when users may not. Deleting is soft: names stay taken.

mod answer;
mod channels;
mod entry;
mod members;
mod options;
mod posts;
mod rules;
mod sessions;
mod teams;
mod tokens;
mod users;

use serde_json::{Value, json};

use crate::{
    credentials::Credentials,
    http::{Answer, Request},
    peer::Service,
    store::Store,
};
use answer::{Reply, refuse, unknown_path};
use entry::Caller;

/// What the server takes in a body.
const MAX_BODY_BYTES: usize = 300_000;

/// See the module.
pub(crate) struct Mattermost {
    admin_token: String,
}

impl Mattermost {
    pub(crate) fn new(credentials: &Credentials) -> Self {
        Self {
            admin_token: credentials.mattermost_admin_token.clone(),
        }
    }

    fn call(&self, request: &Request, store: &mut Store) -> Reply {
        let segments = request
            .segments_after("/api/v4/")
            .ok_or_else(unknown_path)?;
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        if request.body.len() > MAX_BODY_BYTES {
            return Err(refuse(
                413,
                "api.context.request_body_too_large.app_error",
                "Use the setting MaximumPayloadSizeBytes.",
            ));
        }
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["system", "ping"]) => return Ok(Answer::json(200, &json!({"status": "OK"}))),
            ("GET", ["config", "client"]) => return options::client_config(request, store),
            ("POST", ["users", "login"]) => return sessions::sign_in(request, store),
            _ => {}
        }
        let caller = entry::caller(request, store, &self.admin_token)?;
        match path.as_slice() {
            ["users", rest @ ..] => user_call(&caller, request, store, rest),
            ["teams", rest @ ..] => team_call(&caller, request, store, rest),
            ["channels", rest @ ..] => channel_call(&caller, request, store, rest),
            ["posts"] if request.method == "POST" => posts::create(&caller, request, store),
            _ => Err(unknown_path()),
        }
    }
}

fn user_call(caller: &Caller, request: &Request, store: &mut Store, path: &[&str]) -> Reply {
    match (request.method.as_str(), path) {
        ("POST", []) => users::create(caller, request, store),
        ("GET", []) => Ok(users::list(request, store)),
        ("POST", ["search"]) => users::search(request, store),
        ("POST", ["logout"]) => sessions::sign_out(caller, store),
        ("POST", ["tokens", "revoke"]) => tokens::revoke(caller, request, store),
        ("GET", ["email", email]) => users::find_by(store, "email", email),
        ("GET", ["username", name]) => users::find_by(store, "username", name),
        (method, [id, rest @ ..]) => {
            let id = caller.id_of(id)?;
            match (method, rest) {
                ("GET", []) => users::find(store, &id),
                ("DELETE", []) => users::delete(caller, request, store, &id),
                ("PUT", ["patch"]) => users::patch(caller, request, store, &id),
                ("PUT", ["roles"]) => users::set_roles(caller, request, store, &id),
                ("PUT", ["password"]) => users::set_password(caller, request, store, &id),
                ("PUT", ["mfa"]) => users::set_mfa(caller, &id),
                ("PUT", ["active"]) => users::set_active(caller, request, store, &id),
                ("GET", ["sessions"]) => sessions::list(caller, store, &id),
                ("POST", ["sessions", "revoke", "all"]) => sessions::revoke_all(caller, store, &id),
                ("POST", ["tokens"]) => tokens::create(caller, request, store, &id),
                ("GET", ["tokens"]) => tokens::list(caller, request, store, &id),
                _ => Err(unknown_path()),
            }
        }
        _ => Err(unknown_path()),
    }
}

fn team_call(caller: &Caller, request: &Request, store: &mut Store, path: &[&str]) -> Reply {
    match (request.method.as_str(), path) {
        ("POST", []) => teams::create(caller, request, store),
        ("GET", []) => Ok(teams::list(caller, request, store)),
        ("GET", ["name", name]) => teams::find_by_name(caller, store, name),
        (method, [id, rest @ ..]) => {
            rules::id("team_id", id)?;
            match (method, rest) {
                ("GET", []) => teams::find(caller, store, id),
                ("DELETE", []) => teams::delete(caller, request, store, id),
                ("PUT", ["patch"]) => teams::patch(caller, request, store, id),
                ("POST", ["restore"]) => teams::restore(caller, store, id),
                ("GET", ["channels", "name", name]) => {
                    channels::find_by_name(caller, request, store, id, name)
                }
                ("POST", ["members"]) => members::add(caller, request, store, id),
                ("GET", ["members"]) => members::list(caller, request, store, id),
                (method, ["members", user, rest @ ..]) => {
                    let user = caller.id_of(user)?;
                    match (method, rest) {
                        ("GET", []) => members::find(caller, store, id, &user),
                        ("DELETE", []) => members::remove(caller, store, id, &user),
                        ("PUT", ["schemeRoles"]) => {
                            members::set_roles(caller, request, store, id, &user)
                        }
                        _ => Err(unknown_path()),
                    }
                }
                _ => Err(unknown_path()),
            }
        }
        _ => Err(unknown_path()),
    }
}

fn channel_call(caller: &Caller, request: &Request, store: &mut Store, path: &[&str]) -> Reply {
    match (request.method.as_str(), path) {
        ("POST", []) => channels::create(caller, request, store),
        ("POST", ["direct"]) => channels::direct(caller, request, store),
        ("POST", [id, "members"]) => channels::add_member(caller, request, store, id),
        ("DELETE", [id, "members", user]) => channels::remove_member(caller, store, id, user),
        ("GET", [id, "posts"]) => posts::list(caller, request, store, id),
        _ => Err(unknown_path()),
    }
}

impl Service for Mattermost {
    fn seed(&self, store: &mut Store) {
        users::seed(store);
    }

    fn answer(&self, request: &Request, store: &mut Store) -> Answer {
        match self.call(request, store) {
            Ok(answer) => answer.with("X-Version-Id", options::read(store).version),
            Err(refusal) => refusal,
        }
    }

    fn failure(&self, status: u16) -> Answer {
        answer::failure(status)
    }

    fn state(&self, store: &Store) -> Value {
        json!({
            "users": users::all(store),
            "teams": store.values("team"),
            "members": store.values("member"),
            "channels": store.values("channel"),
            "channel_members": store.values("channel_member"),
            "posts": store.values("post"),
            "tokens": tokens::all(store),
            "options": options::read(store),
        })
    }

    fn control(&self, path: &str, request: &Request, store: &mut Store) -> Option<Answer> {
        match (request.method.as_str(), path) {
            ("GET" | "PUT", "options") => Some(options::control(request, store)),
            _ => None,
        }
    }
}
