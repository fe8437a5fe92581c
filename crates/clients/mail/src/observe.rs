//! One span and one pair of metrics per operation, as the HTTP clients have, also for operations that were dropped half
//! way.

use std::future::Future;

use bheem_http_kit::{DURATION_METRIC, REQUESTS_METRIC};
use tokio::time::Instant;
use tracing::{Instrument as _, Span, field::Empty, info_span};

use crate::Error;

const PEER: &str = "mail";

struct Observation {
    operation: &'static str,
    outcome: &'static str,
    span: Span,
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

/// Does the work and reports how it went.
pub(crate) async fn observe<T>(
    operation: &'static str,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let span = info_span!("peer_call", peer = PEER, operation, outcome = Empty);
    let mut observation = Observation {
        operation,
        outcome: "cancelled",
        span: span.clone(),
        began_at: Instant::now(),
    };
    // The state machines of whole exchanges are large; callers' are to stay small.
    let result = Box::pin(work).instrument(span).await;
    observation.outcome = match &result {
        Ok(_) => "ok",
        Err(error) => error.kind().as_str(),
    };
    result
}
