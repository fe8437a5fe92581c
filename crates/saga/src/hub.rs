//! Tells waiters in this process that a run moved. While [`crate::Store::hear_moves`] hears of runs that are
//! worked elsewhere too, who watches need not look by itself.

use std::collections::HashMap;
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::watch;
use uuid::Uuid;

#[derive(Debug, Default)]
pub(crate) struct Hub {
    runs: Mutex<HashMap<Uuid, watch::Sender<u64>>>,
    /// Whether every move is heard of, also of runs that are worked elsewhere.
    hearing: watch::Sender<bool>,
    looks: AtomicU64,
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

    /// Says whether every move is heard of from now on. Whatever moved before has to be looked for.
    pub(crate) fn set_hearing(&self, is_hearing: bool) {
        self.hearing.send_replace(is_hearing);
        if is_hearing {
            let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
            for sender in runs.values() {
                sender.send_modify(|count| *count = count.wrapping_add(1));
            }
        }
    }

    pub(crate) fn hearing(&self) -> watch::Receiver<bool> {
        self.hearing.subscribe()
    }

    /// Somebody who watches looked at a run.
    pub(crate) fn looked(&self) {
        self.looks.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn looks(&self) -> u64 {
        self.looks.load(Ordering::Relaxed)
    }

    /// The run moved.
    pub(crate) fn moved(&self, run_id: Uuid) {
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = runs.get(&run_id) {
            sender.send_modify(|count| *count = count.wrapping_add(1));
        }
    }
}
