//! What a piece of work writes to the log.

use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tracing::Dispatch;
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

/// While a process has a single dispatcher, tracing asks only the current thread's one whether a callsite is of
/// interest, and remembers the answer: a parallel test without a subscriber would silence a callsite for all.
/// A second dispatcher that lives for ever prevents that.
static SPARE: OnceLock<Dispatch> = OnceLock::new();

/// Runs `work` and returns its output with everything it logged, down to `TRACE`.
pub async fn captured_log<F: Future>(work: F) -> (F::Output, String) {
    SPARE.get_or_init(|| Dispatch::new(tracing_subscriber::registry()));
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
