//! Accounts and who a request comes from.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{dav, groups, oidc, shares};
use crate::{clock, digest, http::Request, store::Store};

const TABLE: &str = "account";

/// A user. The key is the id in lower case: ids differ by more than case, but keep theirs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Account {
    pub(super) id: String,
    pub(super) password_digest: String,
    pub(super) display_name: String,
    pub(super) email: Option<String>,
    pub(super) enabled: bool,
    pub(super) groups: Vec<String>,
    pub(super) subadmin: Vec<String>,
    /// As it was set: `none`, `default`, or bytes.
    pub(super) quota: String,
    pub(super) language: String,
    pub(super) manager: String,
    /// Other fields of the profile, by key.
    pub(super) profile: std::collections::BTreeMap<String, String>,
    /// Name and digest of each app password.
    pub(super) app_passwords: Vec<(String, String)>,
    /// In milliseconds; 0 before the first login.
    pub(super) last_login: i64,
}

impl Account {
    pub(super) fn new(id: &str, password: &str) -> Self {
        Self {
            id: id.to_owned(),
            password_digest: digest::of(password),
            display_name: id.to_owned(),
            email: None,
            enabled: true,
            groups: Vec::new(),
            subadmin: Vec::new(),
            quota: "default".to_owned(),
            language: "en".to_owned(),
            manager: String::new(),
            profile: std::collections::BTreeMap::new(),
            app_passwords: Vec::new(),
            last_login: 0,
        }
    }

    pub(super) fn is_admin(&self) -> bool {
        self.groups.iter().any(|group| group == groups::ADMIN)
    }
}

pub(super) fn load(store: &Store, id: &str) -> Option<Account> {
    store.get(TABLE, &id.to_lowercase())
}

pub(super) fn save(store: &mut Store, account: &Account) {
    store.put(TABLE, &account.id.to_lowercase(), account);
}

pub(super) fn all(store: &Store) -> Vec<Account> {
    let all = store.list::<Account>(TABLE).into_iter();
    all.map(|(_, account)| account).collect()
}

/// Removes the account with everything it owns.
pub(super) fn remove(store: &mut Store, id: &str) {
    store.remove(TABLE, &id.to_lowercase());
    dav::forget(store, id);
    shares::forget(store, id);
}

/// Who asks.
pub(super) enum Caller {
    /// Signed in; whether with the real password and not with an app password.
    Known(Box<Account>, bool),
    /// The right password of an account that was switched off.
    Disabled,
    /// Nobody, or a wrong password.
    Unknown,
}

/// Checks the credentials. The first time somebody signs in, Nextcloud makes the personal calendar.
pub(super) fn caller(store: &mut Store, request: &Request) -> Caller {
    // A token signs nobody up: the account must be there.
    if request.bearer().is_some() {
        let account = oidc::user(store, request).and_then(|user| load(store, &user));
        return match account {
            // As good as the real password, for whom app passwords are made (2026-11).
            Some(account) => signed_in(store, account, true),
            None => Caller::Unknown,
        };
    }
    let Some((user, password)) = request.basic() else {
        return Caller::Unknown;
    };
    let Some(account) = load(store, &user) else {
        return Caller::Unknown;
    };
    let is_real = digest::matches(&password, &account.password_digest);
    let is_app = || {
        let mut digests = account.app_passwords.iter();
        digests.any(|(_, stored)| digest::matches(&password, stored))
    };
    if !is_real && !is_app() {
        return Caller::Unknown;
    }
    signed_in(store, account, is_real)
}

fn signed_in(store: &mut Store, mut account: Account, is_real: bool) -> Caller {
    if !account.enabled {
        return Caller::Disabled;
    }
    if account.last_login == 0 {
        account.last_login = clock::seconds() * 1000;
        save(store, &account);
        dav::create_personal_calendar(store, &account.id);
    }
    Caller::Known(Box::new(account), is_real)
}

pub(super) fn state(store: &Store) -> Value {
    all(store)
        .iter()
        .map(|account| {
            json!({
                "id": account.id,
                "displayname": account.display_name,
                "email": account.email,
                "enabled": account.enabled,
                "groups": account.groups,
                "quota": account.quota,
                "language": account.language,
                "app_passwords": account.app_passwords.len(),
                "last_login": account.last_login,
            })
        })
        .collect()
}
