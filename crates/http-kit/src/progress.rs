//! Time limits of uploads, which are about standing still: a large file takes its time.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

/// When a body was last asked for more.
#[derive(Clone)]
pub(crate) struct Progress(Arc<Mutex<Instant>>);

impl Progress {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    /// The connection took what it was given.
    pub(crate) fn made(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn last(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` until nothing has moved for `limit`; `None` if it was given up.
    pub(crate) async fn watch<F: Future>(&self, limit: Duration, work: F) -> Option<F::Output> {
        self.made();
        let mut work = pin!(work);
        loop {
            let seen = self.last();
            match timeout_at(seen + limit, &mut work).await {
                Ok(output) => return Some(output),
                Err(_elapsed) if self.last() == seen => return None,
                Err(_elapsed) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn work_that_moves_may_take_long_and_work_that_stands_may_not() {
        let limit = Duration::from_secs(10);
        let progress = Progress::new();
        let moving = async {
            for _ in 0..5 {
                tokio::time::sleep(Duration::from_secs(9)).await;
                progress.made();
            }
            "done"
        };
        assert_eq!(progress.watch(limit, moving).await, Some("done"));
        let began = Instant::now();
        let standing = std::future::pending::<()>();
        assert_eq!(progress.watch(limit, standing).await, None);
        assert_eq!(began.elapsed(), limit);
    }
}
