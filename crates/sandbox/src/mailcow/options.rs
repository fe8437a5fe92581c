//! How an installation is set up, by `PUT /__sandbox/options`.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    http::{Answer, Request},
    store::Store,
};

const TABLE: &str = "options";
const KEY: &str = "options";

/// See the module.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct MailcowOptions {
    /// The template for domains has no key size and selector: a new domain has no DKIM key.
    pub(super) template_without_dkim: bool,
    /// The key is not allowed from where requests come.
    pub(super) refuses_address: bool,
}

pub(super) fn load(store: &Store) -> MailcowOptions {
    store.get(TABLE, KEY).unwrap_or_default()
}

pub(super) fn control(request: &Request, store: &mut Store) -> Answer {
    match request.method.as_str() {
        "GET" => Answer::json(200, &json!(load(store))),
        "PUT" => match serde_json::from_slice::<MailcowOptions>(&request.body) {
            Ok(options) => {
                store.put(TABLE, KEY, &options);
                Answer::json(200, &json!(options))
            }
            Err(error) => Answer::json(400, &json!({"error": error.to_string()})),
        },
        _ => Answer::empty(405),
    }
}
