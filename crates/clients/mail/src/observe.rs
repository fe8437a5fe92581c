//! One span and one pair of metrics for each operation, as the HTTP clients have them.

use std::future::Future;

use crate::Error;

/// Does the work and reports how it went.
pub(crate) async fn observe<T>(
    operation: &'static str,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    // The state machines of whole exchanges are large; callers' are to stay small.
    bheem_http_kit::observe("mail", operation, Box::pin(work)).await
}
