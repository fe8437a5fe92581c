//! How many requests of one account are answered at once, and how many streams are open.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

/// Counts what is under way, for each key and in all. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Crowd<K: Eq + Hash> {
    counts: Arc<Mutex<Counts<K>>>,
    each: usize,
    all: usize,
}

#[derive(Debug)]
struct Counts<K> {
    by_key: HashMap<K, usize>,
    all: usize,
}

/// One that is under way, until it is dropped.
#[derive(Debug)]
pub struct Place<K: Eq + Hash> {
    crowd: Crowd<K>,
    key: K,
}

impl<K: Eq + Hash + Copy> Crowd<K> {
    /// At most `each` for a key, and `all` together.
    #[must_use]
    pub fn new(each: usize, all: usize) -> Self {
        Self {
            counts: Arc::new(Mutex::new(Counts {
                by_key: HashMap::new(),
                all: 0,
            })),
            each,
            all,
        }
    }

    /// A place, if there is one left.
    #[must_use]
    pub fn enter(&self, key: K) -> Option<Place<K>> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let own = counts.by_key.get(&key).copied().unwrap_or_default();
        if own >= self.each || counts.all >= self.all {
            return None;
        }
        counts.by_key.insert(key, own + 1);
        counts.all += 1;
        drop(counts);
        Some(Place {
            crowd: self.clone(),
            key,
        })
    }
}

impl<K: Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        let counts = &self.crowd.counts;
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all = counts.all.saturating_sub(1);
        if let Some(own) = counts.by_key.get_mut(&self.key) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                counts.by_key.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_own_limit_and_all_have_one() {
        let crowd = Crowd::new(2, 3);
        let one = crowd.enter(1).unwrap();
        let _two = crowd.enter(1).unwrap();
        assert!(crowd.enter(1).is_none());
        let _three = crowd.enter(2).unwrap();
        assert!(crowd.enter(3).is_none(), "all places are taken");
        drop(one);
        assert!(crowd.enter(3).is_some());
        assert!(crowd.enter(1).is_some());
    }
}
