//! App passwords of one's own (`core/Controller/AppPasswordController.php`).

use serde_json::json;

use super::{
    accounts::{self, Account},
    envelope::{Failure, Outcome, nothing},
};
use crate::{digest, http::Request, random, store::Store};

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
