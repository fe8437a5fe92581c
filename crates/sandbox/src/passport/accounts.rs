//! Accounts.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{COMPANY, detail, sessions};
use crate::{
    digest,
    http::{Answer, Request},
    store::Store,
};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Account {
    pub(super) id: u64,
    pub(super) username: String,
    pub(super) password: String,
    pub(super) role: String,
    pub(super) company_code: String,
    pub(super) is_active: bool,
}

impl Account {
    /// As Passport tells of somebody.
    pub(super) fn public(&self) -> Value {
        json!({
            "id": self.id,
            "username": self.username,
            "email": self.username.contains('@').then_some(&self.username),
            "role": self.role,
            "company_code": self.company_code,
        })
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Options {
    #[serde(default = "conflict")]
    duplicate_status: u16,
}

fn conflict() -> u16 {
    409
}

pub(super) fn options(store: &Store) -> Options {
    store.get("options", "all").unwrap_or(Options {
        duplicate_status: conflict(),
    })
}

pub(super) fn set_options(request: &Request, store: &mut Store) -> Answer {
    match serde_json::from_slice::<Options>(&request.body) {
        Ok(options) => {
            store.put("options", "all", &options);
            Answer::json(200, &json!(options))
        }
        Err(error) => Answer::json(400, &json!({"error": error.to_string()})),
    }
}

/// Names belong to a company.
pub(super) fn key(company_code: &str, username: &str) -> String {
    format!("{company_code}\n{}", username.to_lowercase())
}

pub(super) fn find(store: &Store, company_code: &str, username: &str) -> Option<Account> {
    store.get("account", &key(company_code, username))
}

pub(super) fn list(store: &Store) -> Vec<Value> {
    let accounts = store.list::<Account>("account");
    let with_state = |account: &Account| {
        let mut public = account.public();
        if let Some(public) = public.as_object_mut() {
            public.insert("is_active".to_owned(), json!(account.is_active));
        }
        public
    };
    accounts
        .iter()
        .map(|(_, account)| with_state(account))
        .collect()
}

pub(super) fn seed(store: &mut Store, username: &str, password: &str) {
    make(store, username, password, "Customer", COMPANY);
}

fn make(
    store: &mut Store,
    username: &str,
    password: &str,
    role: &str,
    company_code: &str,
) -> Account {
    let account = Account {
        id: store.next_id("account"),
        username: username.to_owned(),
        password: digest::of(password),
        role: role.to_owned(),
        company_code: company_code.to_owned(),
        is_active: true,
    };
    store.put("account", &key(company_code, username), &account);
    account
}

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn missing(field: &str) -> Answer {
    let problem = json!([{"loc": ["body", field], "msg": "field required"}]);
    Answer::json(422, &json!({"detail": problem}))
}

pub(super) fn register(request: &Request, store: &mut Store) -> Answer {
    let body = request.json().unwrap_or_default();
    let (username, password) = (text(&body, "username"), text(&body, "password"));
    if username.is_empty() {
        return missing("username");
    }
    if password.is_empty() {
        return missing("password");
    }
    let company = match text(&body, "company_code") {
        "" => COMPANY,
        company => company,
    };
    if find(store, company, username).is_some() {
        return detail(
            options(store).duplicate_status,
            "Username already registered",
        );
    }
    let role = match text(&body, "role") {
        "" => "Customer",
        role => role,
    };
    let account = make(store, username, password, role, company);
    Answer::json(200, &account.public())
}

pub(super) fn change_password(request: &Request, store: &mut Store) -> Answer {
    let Some(mut account) = sessions::who(request, store) else {
        return detail(401, "Could not validate credentials");
    };
    let body = request.json().unwrap_or_default();
    let current = ["current_password", "old_password"]
        .iter()
        .map(|name| text(&body, name))
        .find(|text| !text.is_empty());
    if !digest::matches(current.unwrap_or_default(), &account.password) {
        return detail(403, "Incorrect password");
    }
    if text(&body, "new_password").is_empty() {
        return missing("new_password");
    }
    account.password = digest::of(text(&body, "new_password"));
    let key = key(&account.company_code, &account.username);
    store.put("account", &key, &account);
    Answer::json(200, &json!({"message": "Password changed"}))
}

/// The same answer whether there is such an account or not.
pub(super) fn request_reset(request: &Request, store: &mut Store) -> Answer {
    let body = request.json().unwrap_or_default();
    let number = store.next_id("reset");
    store.put("reset", &number.to_string(), &body);
    Answer::json(
        200,
        &json!({"message": "If the account exists, a mail was sent"}),
    )
}

/// `POST /__sandbox/users` with `{"username", "company_code", "is_active"}`: what Passport's own staff does.
pub(super) fn set_active(request: &Request, store: &mut Store) -> Answer {
    let body = request.json().unwrap_or_default();
    let company = match text(&body, "company_code") {
        "" => COMPANY,
        company => company,
    };
    let Some(mut account) = find(store, company, text(&body, "username")) else {
        return Answer::json(404, &json!({"error": "no such account"}));
    };
    account.is_active = body.get("is_active") == Some(&json!(true));
    store.put("account", &key(company, &account.username), &account);
    Answer::empty(204)
}
