//! App passwords of one's own (`core/Controller/AppPasswordController.php`), and those of the settings page, which bear
//! a name and an id (`apps/settings/lib/Controller/AuthSettingsController.php`).

use serde_json::{Value, json};

use super::{
    accounts::{self, Account, Caller},
    envelope::{Failure, Outcome, nothing},
};
use crate::{
    digest,
    http::{Answer, Request},
    random,
    store::Store,
};

/// Where the settings page makes and removes them.
const SETTINGS: &str = "/index.php/settings/personal/authtokens";

pub(super) fn answer(
    store: &mut Store,
    request: &Request,
    account: Account,
    is_real: bool,
    path: &[&str],
) -> Outcome {
    match (request.method.as_str(), path) {
        ("GET", ["getapppassword"]) if is_real => Ok(create(store, request, account)),
        ("GET", ["getapppassword"]) => Err(Failure::new(
            403,
            "You cannot request an new apppassword with an apppassword",
        )),
        (_, ["apppassword", ..]) if is_real => Err(Failure::new(403, "no app password in use")),
        ("DELETE", ["apppassword"]) => {
            without_used(store, request, account);
            Ok(nothing())
        }
        ("POST", ["apppassword", "rotate"]) => {
            let account = without_used(store, request, account);
            Ok(create(store, request, account))
        }
        _ => Err(Failure::not_found(
            "Invalid query, please check the syntax.",
        )),
    }
}

/// The client's name becomes the password's.
fn create(store: &mut Store, request: &Request, mut account: Account) -> serde_json::Value {
    let password = random::letters::<72>();
    let name = request.header("user-agent").unwrap_or_default().to_owned();
    account.app_passwords.push((name, digest::of(&password)));
    accounts::save(store, &account);
    json!({"apppassword": password})
}

fn without_used(store: &mut Store, request: &Request, mut account: Account) -> Account {
    let (_, used) = request.basic().unwrap_or_default();
    account
        .app_passwords
        .retain(|(_, stored)| !digest::matches(&used, stored));
    accounts::save(store, &account);
    account
}

/// Answers what is below the settings page's path; nothing for other paths.
pub(super) fn settings(request: &Request, store: &mut Store) -> Option<Answer> {
    let rest = request.path.strip_prefix(SETTINGS)?;
    if request.header("ocs-apirequest").is_none() {
        return Some(Answer::json(412, &json!({"message": "CSRF check failed"})));
    }
    let (account, is_real) = match accounts::caller(store, request) {
        Caller::Known(account, is_real) => (*account, is_real),
        Caller::Disabled | Caller::Unknown => {
            let message = json!({"message": "Current user is not logged in"});
            return Some(Answer::json(401, &message));
        }
    };
    Some(match (request.method.as_str(), rest.strip_prefix('/')) {
        ("POST", None) if !is_real => Answer::json(503, &json!([])),
        ("POST", None) => make(store, request, account),
        ("DELETE", Some(_)) if !is_real => Answer::json(400, &json!([])),
        ("DELETE", Some(id)) => remove(store, account, id),
        _ => Answer::json(405, &json!([])),
    })
}

fn make(store: &mut Store, request: &Request, mut account: Account) -> Answer {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let name = body
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let password = random::letters::<72>();
    let stored = digest::of(&password);
    let id = id_of(&stored);
    account.app_passwords.push((name.clone(), stored));
    accounts::save(store, &account);
    Answer::json(
        200,
        &json!({
            "token": password,
            "loginName": account.id,
            "deviceToken": {"id": id, "name": name, "lastActivity": 0, "type": 1, "canDelete": true, "canRename": true},
        }),
    )
}

fn remove(store: &mut Store, mut account: Account, id: &str) -> Answer {
    let before = account.app_passwords.len();
    account
        .app_passwords
        .retain(|(_, stored)| id_of(stored).to_string() != id);
    if account.app_passwords.len() == before {
        return Answer::json(404, &json!([]));
    }
    accounts::save(store, &account);
    Answer::json(200, &json!([]))
}

/// A number that is always the same for an app password.
fn id_of(stored: &str) -> u32 {
    stored.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}
