//! Back-channel logout (`LoginController::backChannelLogout`).

use serde_json::{Value, json};

use super::{super::options, keys, token};
use crate::{
    http::{Answer, Request},
    store::Store,
};

/// What the provider's identifier follows.
pub(in crate::nextcloud) const PATH: &str = "/index.php/apps/user_oidc/backchannel-logout/";

const TABLE: &str = "oidc_logouts";

/// Ends a session at the provider's word. The same word twice is refused, as its session is gone.
pub(in crate::nextcloud) fn answer(
    identifier: &str,
    request: &Request,
    store: &mut Store,
) -> Answer {
    let provider = options::load(store).oidc;
    let Some(provider) = provider.filter(|it| it.identifier == identifier) else {
        return refusal("Provider not found", 404);
    };
    let (Some(text), Some(keys)) = (request.form("logout_token"), keys::load(store)) else {
        return refusal("Invalid logout token", 400);
    };
    let Some(claims) = token::verify(&provider, &keys, &text) else {
        return refusal("Invalid logout token", 400);
    };
    let text_of = |name| claims.get(name).and_then(Value::as_str);
    let is_logout = claims
        .get("events")
        .and_then(|events| events.get("http://schemas.openid.net/event/backchannel-logout"))
        .is_some();
    if !is_logout || claims.contains_key("nonce") {
        return refusal("Invalid logout token", 400);
    }
    let Some(session) = text_of("sid").or_else(|| text_of("sub")) else {
        return refusal("Neither sid nor sub", 400);
    };
    store.put(
        TABLE,
        session,
        &json!({"sub": text_of("sub"), "sid": text_of("sid")}),
    );
    Answer::json(200, &json!({}))
}

/// The sessions that were ended.
pub(in crate::nextcloud) fn state(store: &Store) -> Value {
    store
        .list::<Value>(TABLE)
        .into_iter()
        .map(|(_, logout)| logout)
        .collect()
}

fn refusal(reason: &str, status: u16) -> Answer {
    Answer::json(
        status,
        &json!({"error": reason, "error_description": reason}),
    )
}
