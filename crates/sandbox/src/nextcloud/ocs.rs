//! Who may call what in OCS.

use serde_json::{Value, json};

use super::{
    accounts::{self, Account, Caller},
    app_passwords,
    envelope::{Failure, Outcome, Version, csrf_failure},
    group_folders, groups, oidc, options,
    params::Params,
    shares, users,
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
        return csrf_failure();
    }
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    if path == ["cloud", "capabilities"] && request.method == "GET" {
        return version.respond(request, Ok(capabilities(store)));
    }
    let outcome = match accounts::caller(store, request) {
        Caller::Known(account, is_real) => {
            let params = Params::of(request);
            match path.as_slice() {
                ["cloud", "user"] if request.method == "GET" => Ok(users::describe(&account)),
                ["core", rest @ ..] => {
                    app_passwords::answer(store, request, *account, is_real, rest)
                }
                ["apps", "files_sharing", "api", "v1", "shares", rest @ ..] => {
                    shares::answer(store, request, &account, rest, &params)
                }
                ["apps", "user_oidc", "api", "v1", rest @ ..] if account.is_admin() => {
                    oidc::users(store, request, rest, &params)
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

/// The app's answers are envelopes of the first version's codes with statuses of their own.
pub(super) fn group_folders(segments: &[String], request: &Request, store: &mut Store) -> Answer {
    if request.header("ocs-apirequest").is_none_or(str::is_empty) {
        return csrf_failure();
    }
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    let outcome = match accounts::caller(store, request) {
        Caller::Known(account, _) if account.is_admin() => {
            group_folders::answer(store, request, &path, &Params::of(request))
        }
        Caller::Known(..) => Err(Failure::new(403, "Logged in account must be an admin")),
        Caller::Disabled | Caller::Unknown => {
            Err(Failure::new(997, "Current user is not logged in"))
        }
    };
    Version::V2.respond(request, outcome)
}

fn cloud(
    store: &mut Store,
    request: &Request,
    caller: &Account,
    path: &[&str],
    params: &Params,
) -> Outcome {
    // Whoever is no administrator learns nothing of others, not even whether they are there.
    if !caller.is_admin()
        && let ("GET", ["users", id]) = (request.method.as_str(), path)
    {
        return if *id == caller.id {
            Ok(users::describe(caller))
        } else {
            Err(Failure::not_found(""))
        };
    }
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
        ("GET", ["users", id, "subadmins"]) => groups::administered_by(store, id),
        ("POST", ["users", id, "subadmins"]) => groups::promote(store, id, params),
        ("DELETE", ["users", id, "subadmins"]) => groups::demote(store, id, params),
        ("GET", ["groups", id, "subadmins"]) => groups::administrators(store, id),
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

fn capabilities(store: &Store) -> Value {
    let is_enforced = options::load(store).enforce_link_password;
    json!({
        "version": {"major": 32, "minor": 0, "micro": 2, "string": "32.0.2", "edition": "", "extendedSupport": false},
        "capabilities": {
            "core": {"pollinterval": 60, "webdav-root": "remote.php/webdav"},
            "dav": {"chunking": "1.0"},
            "files": {"bigfilechunking": true, "undelete": true, "versioning": true, "chunked_upload": {"max_size": 104_857_600}},
            "files_sharing": {
                "api_enabled": true,
                "public": {
                    "enabled": true,
                    "password": {"enforced": is_enforced, "askForOptionalPassword": false},
                    "expire_date": {"enabled": false},
                    "upload": true,
                },
                "resharing": true,
                "default_permissions": 31,
            },
            "theming": {"name": "Nextcloud", "color": "#0082c9"},
            "provisioning_api": {"version": "1.22.0", "AccountPropertyScopesVersion": 2},
        },
    })
}
