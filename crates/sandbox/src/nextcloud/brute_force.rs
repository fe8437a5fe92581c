//! Protection against guessing: after some refused passwords from an address, nobody at that address is served for a
//! while (`lib/private/Security/Bruteforce/Throttler.php`). Off until switched on, as tests guess.

use super::{accounts, options};
use crate::{
    clock,
    http::{Answer, Request},
    store::Store,
};

const TABLE: &str = "attempt";
const KEY: &str = "refused";
/// Attempts after which the delay is at its maximum, which is answered instead of waited for.
const ATTEMPTS: usize = 10;
/// How long an attempt counts, in seconds.
const COUNTS_FOR: i64 = 1_800;

/// Counts a wrong password; a wrong token does not count. The refusal, if there were too many.
pub(super) fn refusal(request: &Request, store: &mut Store) -> Option<Answer> {
    if !options::load(store).brute_force_protection {
        return None;
    }
    let now = clock::seconds();
    let mut attempts: Vec<i64> = store.get(TABLE, KEY).unwrap_or_default();
    attempts.retain(|then| *then > now - COUNTS_FOR);
    if attempts.len() >= ATTEMPTS {
        let body = serde_json::json!({"message": "Reached maximum delay"});
        return Some(Answer::json(429, &body));
    }
    if request.basic().is_some() && !is_known(request, store) {
        attempts.push(now);
        store.put(TABLE, KEY, &attempts);
    }
    None
}

fn is_known(request: &Request, store: &mut Store) -> bool {
    !matches!(accounts::caller(store, request), accounts::Caller::Unknown)
}
