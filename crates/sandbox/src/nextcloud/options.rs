//! Limits of the real server that would get in the way of most tests: off until switched on by
//! `PUT /__sandbox/options`. And the app `user_oidc`, when it is set up there.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::oidc;
use crate::{
    clock,
    http::{Answer, Request},
    store::Store,
};

const TABLE: &str = "options";
const KEY: &str = "options";
const RATES: &str = "rate";

/// See the module.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct NextcloudOptions {
    /// 50 edits of users in 600 seconds for each caller (`UserRateThrottle`).
    pub(super) edit_rate_limit: bool,
    /// A link or a share by mail must have a password.
    pub(super) enforce_link_password: bool,
    /// The end of an upload in chunks is answered 504, and the file is there only after so many more requests about
    /// the upload; at once when 0.
    pub(super) slow_assembly: u32,
    /// 10 calendars in an hour (429) and 30 in all (403) for each user.
    pub(super) calendar_limits: bool,
    /// Ten refused passwords, and nobody is served for half an hour (429).
    pub(super) brute_force_protection: bool,
    /// The provider of the app `user_oidc`; none when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) oidc: Option<oidc::Provider>,
}

pub(super) fn load(store: &Store) -> NextcloudOptions {
    store.get(TABLE, KEY).unwrap_or_default()
}

pub(super) fn control(request: &Request, store: &mut Store) -> Answer {
    match request.method.as_str() {
        "GET" => Answer::json(200, &json!(load(store))),
        "PUT" => match serde_json::from_slice::<NextcloudOptions>(&request.body) {
            Ok(options) => {
                store.put(TABLE, KEY, &options);
                Answer::json(200, &json!(options))
            }
            Err(error) => Answer::json(400, &json!({"error": error.to_string()})),
        },
        _ => Answer::empty(405),
    }
}

/// Counts one use of `what` by `who`; false if there were `limit` within `seconds` already.
pub(super) fn within_rate(
    store: &mut Store,
    what: &str,
    who: &str,
    limit: usize,
    seconds: i64,
) -> bool {
    let key = format!("{what}/{who}");
    let now = clock::seconds();
    let mut uses: Vec<i64> = store.get(RATES, &key).unwrap_or_default();
    uses.retain(|then| *then > now - seconds);
    let is_within = uses.len() < limit;
    if is_within {
        uses.push(now);
        store.put(RATES, &key, &uses);
    }
    is_within
}
