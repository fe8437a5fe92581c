//! How the server is. A task looks once a second; requests read what it saw.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use bheem_identity::Revocations;
use bheem_persistence::Database;

/// Looks this often.
const EVERY: Duration = Duration::from_secs(1);

/// A database that takes longer than this to answer is as good as away.
const PATIENCE: Duration = Duration::from_secs(3);

/// What was last seen; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Health {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    database: AtomicBool,
    revocations: AtomicBool,
    latency_micros: AtomicI64,
    stopping: AtomicBool,
}

/// What is reported.
#[derive(Debug, Clone, Copy)]
pub struct Report {
    /// The database answers.
    pub database: bool,
    /// How long it took to, in milliseconds.
    pub latency_ms: f64,
    /// This process hears of revoked sessions. Without, it asks the database for each token.
    pub revocations: bool,
    /// The server is shutting down.
    pub stopping: bool,
}

impl Report {
    /// Whether requests should come here.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.database && !self.stopping
    }
}

impl Health {
    /// What was last seen.
    #[must_use]
    pub fn report(&self) -> Report {
        let latency = self.inner.latency_micros.load(Ordering::Relaxed);
        Report {
            database: self.inner.database.load(Ordering::Relaxed),
            latency_ms: i32::try_from(latency).map_or(f64::MAX, f64::from) / 1_000.0,
            revocations: self.inner.revocations.load(Ordering::Relaxed),
            stopping: self.inner.stopping.load(Ordering::Relaxed),
        }
    }

    /// From now on the server is not ready any more.
    pub fn stopping(&self) {
        self.inner.stopping.store(true, Ordering::Relaxed);
    }

    /// Looks once.
    pub async fn look(&self, database: &Database, revocations: &Revocations) {
        let before = tokio::time::Instant::now();
        let answers = tokio::time::timeout(PATIENCE, database.ping())
            .await
            .is_ok_and(|pinged| pinged.is_ok());
        let micros = i64::try_from(before.elapsed().as_micros()).unwrap_or(i64::MAX);
        if self.inner.database.swap(answers, Ordering::Relaxed) != answers {
            tracing::info!(answers, "the database");
        }
        self.inner.latency_micros.store(micros, Ordering::Relaxed);
        self.inner
            .revocations
            .store(revocations.is_current(), Ordering::Relaxed);
    }

    /// Looks again and again, until the future is dropped.
    pub async fn watch(&self, database: &Database, revocations: &Revocations) {
        loop {
            self.look(database, revocations).await;
            tokio::time::sleep(EVERY).await;
        }
    }
}
