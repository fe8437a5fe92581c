//! What a piece of work writes to the log.

use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::instrument::WithSubscriber as _;
use tracing_subscriber::fmt::format::FmtSpan;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs `work` and returns its output with everything it logged, down to `TRACE`.
pub async fn captured_log<F: Future>(work: F) -> (F::Output, String) {
    let log = Captured::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_writer(move || writer.clone())
        .finish();
    let output = work.with_subscriber(subscriber).await;
    let bytes = log.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    (output, String::from_utf8_lossy(&bytes).into_owned())
}
