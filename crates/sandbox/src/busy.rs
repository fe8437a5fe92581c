//! Things that one request at a time may work on.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The names that are being worked on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Busy(Arc<Mutex<BTreeSet<String>>>);

/// Keeps a name busy until dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    busy: Busy,
    name: String,
}

impl Busy {
    /// `None` if somebody works on it already.
    pub(crate) fn take(&self, name: &str) -> Option<Turn> {
        let is_free = self.names().insert(name.to_owned());
        is_free.then(|| Turn {
            busy: self.clone(),
            name: name.to_owned(),
        })
    }

    fn names(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.busy.names().remove(&self.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_free_again_when_the_turn_is_over() {
        let busy = Busy::default();
        let turn = busy.take("a").unwrap();
        assert!(busy.take("a").is_none());
        assert!(busy.take("b").is_some());
        drop(turn);
        assert!(busy.take("a").is_some());
    }
}
