//! One span and one pair of metrics for each operation, as the HTTP clients have them.

use std::future::Future;
use std::time::Instant;

use bheem_http_kit::{DURATION_METRIC, Failure, REQUESTS_METRIC};
use tracing::{Instrument as _, field::Empty, info_span};

const PEER: &str = "dns";

/// Counts when dropped, so that work that was given up counts, too.
struct Observation {
    operation: &'static str,
    outcome: &'static str,
    span: tracing::Span,
    began_at: Instant,
}

impl Drop for Observation {
    fn drop(&mut self) {
        let labels = [
            ("peer", PEER),
            ("operation", self.operation),
            ("outcome", self.outcome),
        ];
        self.span.record("outcome", self.outcome);
        metrics::counter!(REQUESTS_METRIC, &labels).increment(1);
        metrics::histogram!(DURATION_METRIC, &labels).record(self.began_at.elapsed().as_secs_f64());
    }
}

pub(crate) async fn observe<T, E: Failure>(
    operation: &'static str,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let span = info_span!("peer_call", peer = PEER, operation, outcome = Empty);
    let mut observation = Observation {
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
