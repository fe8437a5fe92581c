//! Tells waiters in this process that a run moved. A hint only: waiters poll as well, for runs worked elsewhere.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;
use uuid::Uuid;

#[derive(Debug, Default)]
pub(crate) struct Hub {
    runs: Mutex<HashMap<Uuid, watch::Sender<u64>>>,
}

impl Hub {
    /// Registers interest; do so before looking at the run, or a change may slip between.
    pub(crate) fn subscribe(&self, run_id: Uuid) -> watch::Receiver<u64> {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.retain(|_, sender| sender.receiver_count() > 0);
        runs.entry(run_id)
            .or_insert_with(|| watch::Sender::new(0))
            .subscribe()
    }

    /// The run moved.
    pub(crate) fn moved(&self, run_id: Uuid) {
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = runs.get(&run_id) {
            sender.send_modify(|count| *count = count.wrapping_add(1));
        }
    }
}
