//! What is set at Mailgun's, and what the world does with messages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    http::{Answer, Request},
    store::Store,
};

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// The recipient's server takes it.
    Delivered,
    /// It refuses for good, and the address is suppressed.
    Bounced,
    /// It refuses for now.
    Delayed,
    /// Nothing is heard of it.
    Lost,
}

/// Settings.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Options {
    /// Where webhooks go.
    pub(super) webhook_url: Option<String>,
    /// Domains that other accounts have.
    pub(super) domains_of_others: Vec<String>,
    /// How many domains the account may have; 0 for no limit.
    pub(super) domain_limit: usize,
    /// How many messages a day a domain may send whose records were not found.
    pub(super) unverified_daily_limit: usize,
    /// Whether every record counts as published.
    pub(super) finds_all_records: bool,
    /// So many times what was published is not seen yet.
    pub(super) blind_verifications: u64,
    /// Whether new domains have keys that Mailgun changes, unless they say.
    pub(super) automatic_sender_security: bool,
    /// What becomes of messages, by address.
    pub(super) outcomes: BTreeMap<String, Outcome>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            webhook_url: None,
            domains_of_others: Vec::new(),
            domain_limit: 0,
            unverified_daily_limit: 300,
            finds_all_records: false,
            blind_verifications: 0,
            automatic_sender_security: false,
            outcomes: BTreeMap::new(),
        }
    }
}

pub(super) fn read(store: &Store) -> Options {
    store.get("options", "all").unwrap_or_default()
}

/// `GET` and `PUT /__sandbox/options`.
pub(super) fn control(request: &Request, store: &mut Store) -> Answer {
    if request.method == "PUT" {
        match serde_json::from_slice::<Options>(&request.body) {
            Ok(options) => store.put("options", "all", &options),
            Err(error) => return Answer::json(400, &json!({"error": error.to_string()})),
        }
    }
    Answer::json(200, &json!(read(store)))
}
