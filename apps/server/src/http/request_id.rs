//! The id of a request: in the log, in the answer's `X-Request-Id`, and in problems.

use std::cell::RefCell;

use actix_web::http::header::HeaderMap;
use bheem_domain::Clock;

/// The header.
pub const HEADER: &str = "x-request-id";

tokio::task_local! {
    static CURRENT: RefCell<String>;
}

/// The id of the request that is being answered; empty outside of one.
#[must_use]
pub fn current() -> String {
    CURRENT
        .try_with(|id| id.borrow().clone())
        .unwrap_or_default()
}

/// Runs a request under its id.
pub(crate) async fn scope<F: Future>(id: String, request: F) -> F::Output {
    CURRENT.scope(RefCell::new(id), request).await
}

/// The id that a proxy gave, if it looks like one, else a new one.
pub(crate) fn choose(headers: &HeaderMap, clock: &dyn Clock) -> String {
    headers
        .get(HEADER)
        .and_then(|value| value.to_str().ok())
        .filter(|id| {
            (8..=64).contains(&id.len())
                && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
        .map_or_else(|| clock.new_uuid().simple().to_string(), str::to_owned)
}
