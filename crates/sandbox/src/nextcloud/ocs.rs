//! Who may call what in OCS.

use serde_json::{Value, json};

use super::{
    accounts::{self, Account, Caller},
    app_passwords,
    envelope::{Failure, Outcome, Version, csrf_failure},
    groups,
    params::Params,
    users,
};
use crate::{
    http::{Answer, Request},
    store::Store,
};

pub(super) fn answer(
    version: Version,
    segments: &[String],
    request: &Request,
    store: &mut Store,
) -> Answer {
    if request.header("ocs-apirequest").is_none_or(str::is_empty) {
        return csrf_failure(request);
    }
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    if path == ["cloud", "capabilities"] && request.method == "GET" {
        return version.respond(request, Ok(capabilities()));
    }
    let outcome = match accounts::caller(store, request) {
        Caller::Known(account, is_real) => {
            let params = Params::of(request);
            match path.as_slice() {
                ["cloud", "user"] if request.method == "GET" => Ok(users::describe(&account)),
                ["core", rest @ ..] => {
                    app_passwords::answer(store, request, *account, is_real, rest)
                }
                ["cloud", rest @ ..] => cloud(store, request, &account, rest, &params),
                _ => Err(Failure::not_found(
                    "Invalid query, please check the syntax.",
                )),
            }
        }
        Caller::Disabled | Caller::Unknown => {
            Err(Failure::new(997, "Current user is not logged in"))
        }
    };
    version.respond(request, outcome)
}

fn cloud(
    store: &mut Store,
    request: &Request,
    caller: &Account,
    path: &[&str],
    params: &Params,
) -> Outcome {
    if !caller.is_admin() {
        return Err(Failure::new(
            403,
            "Logged in account must be an admin or sub admin",
        ));
    }
    match (request.method.as_str(), path) {
        ("GET", ["users"]) => Ok(users::list(store, params)),
        ("GET", ["users", "details"]) => Ok(users::details(store, params)),
        ("POST", ["users"]) => users::create(store, params),
        ("GET", ["users", id]) => users::get(store, id),
        ("PUT", ["users", id]) => users::edit(store, caller, id, params),
        ("DELETE", ["users", id]) => users::delete(store, caller, id),
        ("PUT", ["users", id, "enable"]) => users::set_enabled(store, caller, id, true),
        ("PUT", ["users", id, "disable"]) => users::set_enabled(store, caller, id, false),
        ("GET", ["users", id, "groups"]) => groups::of_user(store, id),
        ("POST", ["users", id, "groups"]) => groups::join(store, id, params),
        ("DELETE", ["users", id, "groups"]) => groups::leave(store, id, params),
        ("GET", ["groups"]) => Ok(groups::list(store, params)),
        ("GET", ["groups", "details"]) => Ok(groups::details(store, params)),
        ("POST", ["groups"]) => groups::add(store, params),
        ("GET", ["groups", id] | ["groups", id, "users"]) => groups::members(store, id),
        ("PUT", ["groups", id]) => groups::edit(store, id, params),
        ("DELETE", ["groups", id]) => groups::delete(store, id),
        _ => Err(Failure::not_found(
            "Invalid query, please check the syntax.",
        )),
    }
}

fn capabilities() -> Value {
    json!({
        "version": {"major": 32, "minor": 0, "micro": 2, "string": "32.0.2", "edition": "", "extendedSupport": false},
        "capabilities": {
            "core": {"pollinterval": 60, "webdav-root": "remote.php/webdav"},
            "dav": {"chunking": "1.0"},
            "provisioning_api": {"version": "1.22.0", "AccountPropertyScopesVersion": 2},
        },
    })
}
