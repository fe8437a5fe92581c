//! One span and one pair of metrics for each operation, as the HTTP clients have them.

use std::future::Future;

use bheem_http_kit::Failure;

pub(crate) async fn observe<T, E: Failure>(
    operation: &'static str,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    bheem_http_kit::observe("dns", operation, work).await
}
