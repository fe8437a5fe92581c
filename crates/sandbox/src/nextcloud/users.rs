//! Users (Nextcloud server, `apps/provisioning_api/lib/Controller/UsersController.php`).

use serde_json::{Map, Value, json};

use super::{
    accounts::{self, Account},
    envelope::{Failure, Outcome, nothing},
    groups, options,
    params::Params,
    quota,
};
use crate::{digest, random, store::Store};

const PASSWORD_LENGTH: usize = 10;
const COMMON_PASSWORDS: [&str; 4] = [
    "1234567890",
    "password123",
    "qwertyuiop",
    "passwordpassword",
];
const ID_LENGTH: usize = 64;

/// Fields of the profile that can be set and are kept without further meaning.
const PROFILE: [&str; 8] = [
    "phone",
    "address",
    "website",
    "twitter",
    "organisation",
    "role",
    "headline",
    "locale",
];

fn is_valid_id(id: &str) -> bool {
    !id.is_empty()
        && id != "."
        && id != ".."
        && id.trim() == id
        && id
            .chars()
            .all(|one| one.is_ascii_alphanumeric() || " _.@'-".contains(one))
}

fn check_password(password: &str) -> Result<(), Failure> {
    if password.chars().count() < PASSWORD_LENGTH {
        let message = format!("Password needs to be at least {PASSWORD_LENGTH} characters long.");
        return Err(Failure::new(107, message));
    }
    if COMMON_PASSWORDS.contains(&password.to_lowercase().as_str()) {
        let message = "Password is among the 1,000,000 most common ones. Please make it unique.";
        return Err(Failure::new(107, message));
    }
    Ok(())
}

pub(super) fn create(store: &mut Store, params: &Params) -> Outcome {
    let id = params.text("userid").unwrap_or_default();
    if accounts::load(store, &id).is_some() {
        return Err(Failure::new(102, "User already exists"));
    }
    let (groups, subadmin) = (params.list("groups"), params.list("subadmin"));
    if let Some(missing) = groups.iter().find(|group| !groups::exists(store, group)) {
        return Err(Failure::new(104, format!("Group {missing} does not exist")));
    }
    if subadmin.iter().any(|group| !groups::exists(store, group)) {
        return Err(Failure::new(109, "Sub-admin group does not exist"));
    }
    let email = params.text("email").filter(|email| !email.is_empty());
    let password = params
        .text("password")
        .filter(|password| !password.is_empty());
    if password.is_none() && email.is_none() {
        let message = "An email address is required, to send a password link to the user.";
        return Err(Failure::new(108, message));
    }
    if !is_valid_id(&id) {
        let message = "Only the following characters are allowed within an Login: \"a-z\", \"A-Z\", \
                       \"0-9\", spaces and \"_.@-'\"";
        return Err(Failure::new(101, message));
    }
    if id.chars().count() > ID_LENGTH {
        return Err(Failure::new(101, "Login is too long"));
    }
    if let Some(password) = &password {
        check_password(password)?;
    }
    let wanted_quota = params.text("quota").unwrap_or_default();
    let Some(quota) = quota::parse(&wanted_quota) else {
        return Err(Failure::new(
            101,
            format!("Invalid quota value: {wanted_quota}"),
        ));
    };
    let mut account = Account::new(&id, &password.unwrap_or_else(random::letters::<32>));
    if let Some(name) = params.text("displayName").filter(|name| !name.is_empty()) {
        account.display_name = name;
    }
    account.email = email;
    account.quota = quota;
    account.groups = groups;
    account.subadmin = subadmin;
    account.manager = params.text("manager").unwrap_or_default();
    if let Some(language) = params.text("language").filter(|one| !one.is_empty()) {
        account.language = language;
    }
    account.groups.sort();
    account.groups.dedup();
    accounts::save(store, &account);
    Ok(json!({"id": account.id}))
}

fn existing(store: &Store, id: &str) -> Result<Account, Failure> {
    accounts::load(store, id).ok_or_else(|| Failure::not_found("User does not exist"))
}

pub(super) fn get(store: &Store, id: &str) -> Outcome {
    let account = accounts::load(store, id);
    let account = account.ok_or_else(|| Failure::new(404, "User does not exist"))?;
    Ok(describe(&account))
}

/// The server dies after it has put the new user into the groups: name, address and room come later.
pub(super) fn half_create(store: &mut Store, params: &Params) {
    if create(store, params).is_err() {
        return;
    }
    let id = params.text("userid").unwrap_or_default();
    if let Some(mut account) = accounts::load(store, &id) {
        account.display_name.clone_from(&account.id);
        account.email = None;
        "default".clone_into(&mut account.quota);
        account.subadmin.clear();
        account.manager.clear();
        accounts::save(store, &account);
    }
}

pub(super) fn edit(store: &mut Store, caller: &Account, id: &str, params: &Params) -> Outcome {
    let is_limited = options::load(store).edit_rate_limit;
    if is_limited && !options::within_rate(store, "edit_user", &caller.id, 50, 600) {
        return Err(Failure::new(429, "Reached maximum of requests"));
    }
    let mut account = existing(store, id)?;
    let key = params.text("key").unwrap_or_default();
    let value = params.text("value").unwrap_or_default();
    match key.as_str() {
        "display" | "displayname" => account.display_name = value,
        "email" if value.is_empty() => account.email = None,
        "email" if !value.contains('@') => return Err(Failure::new(101, "Invalid email address")),
        "email" => account.email = Some(value),
        "password" => {
            check_password(&value)?;
            account.password_digest = digest::of(&value);
        }
        "quota" => match quota::parse(&value) {
            Some(quota) => account.quota = quota,
            None => return Err(Failure::new(101, format!("Invalid quota value: {value}"))),
        },
        "language" if !is_language(&value) => return Err(Failure::new(101, "Invalid language")),
        "language" => account.language = value,
        "manager" => account.manager = value,
        key if PROFILE.contains(&key) => {
            account.profile.insert(key.to_owned(), value);
        }
        _ => return Err(Failure::new(999, "")),
    }
    accounts::save(store, &account);
    Ok(nothing())
}

/// Nobody can switch off, or delete, themselves.
pub(super) fn set_enabled(store: &mut Store, caller: &Account, id: &str, enabled: bool) -> Outcome {
    let missing = || Failure::new(101, "");
    let mut account = accounts::load(store, id).ok_or_else(missing)?;
    if account.id == caller.id {
        return Err(missing());
    }
    account.enabled = enabled;
    accounts::save(store, &account);
    Ok(nothing())
}

pub(super) fn delete(store: &mut Store, caller: &Account, id: &str) -> Outcome {
    let account = existing(store, id)?;
    if account.id == caller.id {
        return Err(Failure::not_found(""));
    }
    accounts::remove(store, &account.id);
    Ok(nothing())
}

/// `de`, `pt_BR`, `de_DE`.
fn is_language(code: &str) -> bool {
    let (language, region) = code.split_once('_').unwrap_or((code, "XX"));
    (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && region
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn selected(store: &Store, params: &Params) -> Vec<Account> {
    params.page(accounts::all(store), |one| {
        let email = one.email.as_deref().unwrap_or_default();
        format!("{}\n{}\n{email}", one.id, one.display_name)
    })
}

pub(super) fn list(store: &Store, params: &Params) -> Value {
    let ids = selected(store, params).into_iter().map(|one| one.id);
    json!({"users": ids.collect::<Vec<_>>()})
}

pub(super) fn details(store: &Store, params: &Params) -> Value {
    let selected = selected(store, params);
    let users: Map<String, Value> = selected
        .iter()
        .map(|one| (one.id.clone(), describe(one)))
        .collect();
    json!({"users": users})
}

pub(super) fn describe(account: &Account) -> Value {
    let mut object = json!({
        "enabled": account.enabled,
        "id": account.id,
        "lastLogin": account.last_login,
        "backend": "Database",
        "subadmin": account.subadmin,
        "quota": quota_of(account),
        "manager": account.manager,
        "email": account.email,
        "additional_mail": [],
        "displayname": account.display_name,
        "display-name": account.display_name,
        "groups": account.groups,
        "language": account.language,
        "notify_email": null,
        "backendCapabilities": {"setDisplayName": true, "setPassword": true},
    });
    if let Some(fields) = object.as_object_mut() {
        for key in PROFILE {
            let value = account.profile.get(key).cloned().unwrap_or_default();
            fields.insert(key.to_owned(), json!(value));
        }
    }
    object
}

/// Before the first login there is no storage to measure, only the limit in bytes; -3 is none.
fn quota_of(account: &Account) -> Value {
    match quota::limit(&account.quota) {
        Some(bytes) if account.last_login > 0 => {
            json!({"free": bytes, "used": 0, "total": bytes, "relative": 0, "quota": bytes})
        }
        Some(bytes) => json!({"quota": bytes, "used": 0}),
        None => json!({"quota": "none", "used": 0}),
    }
}
