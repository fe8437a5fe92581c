//! Health.

use serde_json::json;

use super::reply::{early, json_answer};
use crate::http::Answer;

const CONTAINERS: [&str; 6] = [
    "dovecot-mailcow",
    "mysql-mailcow",
    "nginx-mailcow",
    "postfix-mailcow",
    "redis-mailcow",
    "rspamd-mailcow",
];

pub(super) fn get(what: &str) -> Answer {
    match what {
        "version" => json_answer(200, &json!({"version": "2026-08"})),
        "containers" => {
            let containers = CONTAINERS.map(|name| {
                let state = json!({
                    "type": "info", "container": name, "state": "running", "external": false,
                    "started_at": "2026-11-21T09:00:00.000000000Z", "image": format!("ghcr.io/mailcow/{name}"),
                });
                (name.to_owned(), state)
            });
            json_answer(200, &containers.into_iter().collect())
        }
        _ => early(404, "route not found"),
    }
}
