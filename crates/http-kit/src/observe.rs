//! One span and one pair of metrics per operation, also for operations that were dropped half way.

use std::future::Future;

use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Instrument as _, Span, info_span};

use crate::Failure;

/// Counter of operations, labelled `peer`, `operation`, `outcome`.
pub const REQUESTS_METRIC: &str = "http_client_requests_total";
/// Histogram of an operation's seconds, retries included, labelled like the counter.
pub const DURATION_METRIC: &str = "http_client_request_duration_seconds";

/// Reports when dropped, so that a cancelled operation is counted too.
struct Observation {
    peer: &'static str,
    operation: &'static str,
    outcome: &'static str,
    span: Span,
    began_at: Instant,
}

impl Drop for Observation {
    fn drop(&mut self) {
        let labels = [
            ("peer", self.peer),
            ("operation", self.operation),
            ("outcome", self.outcome),
        ];
        self.span.record("outcome", self.outcome);
        metrics::counter!(REQUESTS_METRIC, &labels).increment(1);
        metrics::histogram!(DURATION_METRIC, &labels).record(self.began_at.elapsed().as_secs_f64());
    }
}

/// Does the work of an operation in a span and counts it, with how it ended; also when it is given up. The clients of
/// peers that do not speak HTTP call it themselves.
///
/// # Errors
/// Those of the work.
pub async fn observe<T, E, F>(peer: &'static str, operation: &'static str, work: F) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
    E: Failure,
{
    let span = info_span!("peer_call", peer, operation, outcome = Empty);
    let mut observation = Observation {
        peer,
        operation,
        outcome: "cancelled",
        span: span.clone(),
        began_at: Instant::now(),
    };
    let result = work.instrument(span).await;
    observation.outcome = match &result {
        Ok(_) => "ok",
        Err(error) => error.kind().as_str(),
    };
    result
}
