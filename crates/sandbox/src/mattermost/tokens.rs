//! Personal access tokens.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    answer::{
        Reply, bad_body, body, done, new_id, no_permission, now, number, paged, refuse, text,
    },
    entry::{self, Caller},
    options::{self, Options},
    rules,
    users::{self, missing},
};
use crate::{
    http::{Answer, Request},
    store::Store,
};

const DAY: i64 = 24 * 3_600_000;

#[derive(Debug, Serialize, Deserialize)]
struct Token {
    id: String,
    user_id: String,
    description: String,
    expires_at: i64,
    key: String,
}

impl Token {
    fn shown(&self) -> Value {
        json!({
            "id": self.id, "token": "", "user_id": self.user_id, "description": self.description,
            "is_active": true, "expires_at": self.expires_at,
        })
    }
}

fn all_of(store: &Store) -> Vec<Token> {
    let tokens = store.list::<Token>("token");
    tokens.into_iter().map(|(_, token)| token).collect()
}

pub(super) fn all(store: &Store) -> Vec<Value> {
    all_of(store).iter().map(Token::shown).collect()
}

/// Whose the token is that is kept by this key.
pub(super) fn owner(store: &Store, key: &str) -> Option<String> {
    let id = store.get::<String>("token_key", key)?;
    let token = store.get::<Token>("token", &id)?;
    let owner = users::get(store, &token.user_id)?;
    let is_fine = token.expires_at == 0 || token.expires_at > now();
    let may = options::read(store).enable_user_access_tokens || owner.is_bot;
    (is_fine && may).then_some(token.user_id)
}

fn check_end(options: &Options, expires_at: i64) -> Result<(), Answer> {
    let days = options.maximum_token_lifetime_days;
    let problem = if expires_at == 0 && days > 0 {
        "expires_at_required"
    } else if expires_at != 0 && expires_at <= now() {
        "expires_at_in_past"
    } else if days > 0 && expires_at > now() + days.saturating_mul(DAY) {
        "expires_at_too_far"
    } else {
        return Ok(());
    };
    let id = format!("app.user_access_token.{problem}.app_error");
    Err(refuse(400, &id, "Invalid expiry of the token."))
}

pub(super) fn create(caller: &Caller, request: &Request, store: &mut Store, user: &str) -> Reply {
    let body = body(request)?;
    let description = text(&body, "description");
    if description.is_empty() || description.chars().count() > 255 {
        return Err(bad_body("description"));
    }
    let may = caller.is_admin()
        || (caller.user.id == user && caller.user.roles.contains("system_user_access_token"));
    if !may {
        return Err(no_permission());
    }
    let owner = users::get(store, user).ok_or_else(missing)?;
    let options = options::read(store);
    if !options.enable_user_access_tokens && !owner.is_bot {
        return Err(refuse(
            501,
            "app.user_access_token.disabled",
            "Personal access tokens are disabled on this server. Please contact your system administrator for details.",
        ));
    }
    let expires_at = if options.tokens_end() {
        number(&body, "expires_at")
    } else {
        0
    };
    check_end(&options, expires_at)?;
    let secret = new_id();
    let token = Token {
        id: new_id(),
        user_id: user.to_owned(),
        description: description.to_owned(),
        expires_at,
        key: entry::key(&secret),
    };
    store.put("token", &token.id, &token);
    store.put("token_key", &token.key, &token.id);
    let mut shown = token.shown();
    super::answer::set(&mut shown, "token", json!(secret));
    Ok(Answer::json(200, &shown))
}

pub(super) fn list(caller: &Caller, request: &Request, store: &Store, user: &str) -> Reply {
    caller.must_be(user)?;
    let mut tokens = all_of(store);
    tokens.retain(|token| token.user_id == user);
    Ok(paged(request, tokens.iter().map(Token::shown).collect()))
}

pub(super) fn revoke(caller: &Caller, request: &Request, store: &mut Store) -> Reply {
    let body = body(request)?;
    let id = rules::id_in(&body, "token_id")?;
    let Some(token) = store.get::<Token>("token", id) else {
        return Err(refuse(
            404,
            "app.user_access_token.get_by_user.app_error",
            "We encountered an error getting the personal access token.",
        ));
    };
    caller.must_be(&token.user_id)?;
    take_away(store, &token);
    Ok(done())
}

fn take_away(store: &mut Store, token: &Token) {
    store.remove("token_key", &token.key);
    store.remove("token", &token.id);
}

/// Those of a user who is deleted.
pub(super) fn forget(store: &mut Store, user: &str) {
    for token in all_of(store) {
        if token.user_id == user {
            take_away(store, &token);
        }
    }
}
