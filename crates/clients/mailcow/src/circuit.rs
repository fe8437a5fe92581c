//! No second request with a key that was refused: Mailcow reports each to fail2ban, which bans the address.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long nothing is sent. An administrator who mends the key restarts us, or waits.
const PAUSE: Duration = Duration::from_mins(5);

/// Shared by all clones of a client.
#[derive(Clone, Debug, Default)]
pub(crate) struct Circuit(Arc<Mutex<Option<Instant>>>);

impl Circuit {
    /// Notes that the key was refused.
    pub(crate) fn open(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Forgets that.
    pub(crate) fn close(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(crate) fn is_open(&self) -> bool {
        let refused_at = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        refused_at.is_some_and(|at| at.elapsed() < PAUSE)
    }
}
