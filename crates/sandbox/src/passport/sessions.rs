//! Signing in, and tokens. A refresh token is good once.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    COMPANY,
    accounts::{self, Account},
    detail,
};
use crate::{
    clock, digest,
    http::{Answer, Request},
    random,
    store::Store,
};

/// Seconds that an access token lives.
const LIFE: i64 = 3600;

#[derive(Serialize, Deserialize)]
struct Token {
    account: String,
    is_refresh: bool,
    ends: i64,
}

pub(super) fn sign_in(request: &Request, store: &mut Store) -> Answer {
    let (Some(username), Some(password)) = (request.form("username"), request.form("password"))
    else {
        let problem = json!([{"loc": ["body", "username"], "msg": "field required"}]);
        return Answer::json(422, &json!({"detail": problem}));
    };
    let company = request.header("x-company-code").unwrap_or(COMPANY);
    let account = accounts::find(store, company, &username);
    match account.filter(|account| digest::matches(&password, &account.password)) {
        None => detail(401, "Incorrect username or password"),
        Some(account) if !account.is_active => detail(403, "Account is disabled"),
        Some(account) => tokens(store, &account),
    }
}

fn tokens(store: &mut Store, account: &Account) -> Answer {
    let key = accounts::key(&account.company_code, &account.username);
    let mut give = |is_refresh: bool, life: i64| {
        let token = random::letters::<48>();
        let kept = Token {
            account: key.clone(),
            is_refresh,
            ends: clock::seconds() + life,
        };
        store.put("token", &digest::content(token.as_bytes()), &kept);
        token
    };
    let access = give(false, LIFE);
    let refresh = give(true, 30 * 24 * LIFE);
    Answer::json(
        200,
        &json!({
            "access_token": access,
            "refresh_token": refresh,
            "token_type": "bearer",
            "expires_in": LIFE,
        }),
    )
}

/// Who a living token is of.
fn account_of(store: &Store, token: &str, is_refresh: bool) -> Option<Account> {
    let token: Token = store.get("token", &digest::content(token.as_bytes()))?;
    let is_good = token.is_refresh == is_refresh && token.ends > clock::seconds();
    let account: Account = store.get("account", &token.account)?;
    (is_good && account.is_active).then_some(account)
}

/// Who sends a request.
pub(super) fn who(request: &Request, store: &Store) -> Option<Account> {
    account_of(store, request.bearer()?, false)
}

/// The token comes in the query.
pub(super) fn refresh(request: &Request, store: &mut Store) -> Answer {
    let token = request.parameter("refresh_token").unwrap_or_default();
    match account_of(store, token, true) {
        None => detail(401, "Invalid refresh token"),
        Some(account) => {
            store.remove("token", &digest::content(token.as_bytes()));
            tokens(store, &account)
        }
    }
}

pub(super) fn validate(request: &Request, store: &Store) -> Answer {
    let body = request.json().unwrap_or_default();
    let token = body.get("token").and_then(serde_json::Value::as_str);
    match account_of(store, token.unwrap_or_default(), false) {
        None => Answer::json(200, &json!({"valid": false})),
        Some(account) => Answer::json(200, &json!({"valid": true, "user": account.public()})),
    }
}

pub(super) fn me(request: &Request, store: &Store) -> Answer {
    match who(request, store) {
        None => detail(401, "Could not validate credentials"),
        Some(account) => Answer::json(200, &account.public()),
    }
}
