//! The app `user_oidc`: one provider, whose tokens are taken as bearer (`--check-bearer=1` with
//! `selfencoded_bearer_validation`) and whose back-channel logouts are heard (behaviour of version 8,
//! 2026-11). Signing in with a browser is not imitated.
//!
//! Keys are those that the provider publishes. They are kept for an hour, as the app does, and read
//! again when a token names one that is not among them.

mod keys;
mod logout;
mod provider;
mod token;
mod users;

pub(super) use keys::{Keys, wanted};
pub(super) use logout::{PATH as LOGOUT_PATH, answer as logout, state};
pub(super) use provider::Provider;
pub(super) use users::answer as users;

use serde_json::Value;

use super::options;
use crate::{http::Request, store::Store};

/// Id of the account that a bearer token stands for; `None` when it stands for none.
pub(super) fn user(store: &Store, request: &Request) -> Option<String> {
    let provider = options::load(store).oidc.filter(|it| it.check_bearer)?;
    let claims = token::verify(&provider, &keys::load(store)?, request.bearer()?)?;
    let subject = claims.get(&provider.mapping_uid).and_then(Value::as_str)?;
    Some(provider.user_id(subject))
}
