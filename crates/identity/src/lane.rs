//! A few places to work at, and a bounded queue before them that is fair: whoever asks under one key takes
//! turns with those of other keys, however many of its own it has waiting. When the queue is full, the key
//! with the most waiting gives one up.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;

use crate::{Error, Result};

/// Who is turned away comes back after this time.
const AGAIN: Duration = Duration::from_secs(5);

/// The places and their queue; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Lane {
    state: Arc<Mutex<State>>,
    max_waiting: usize,
}

#[derive(Debug)]
struct State {
    free: usize,
    waiting: BTreeMap<String, VecDeque<oneshot::Sender<Place>>>,
    /// Keys that somebody waits under, the next one first.
    order: VecDeque<String>,
    count: usize,
}

/// The right to work, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    lane: Option<Lane>,
}

impl Lane {
    pub(crate) fn new(places: usize, max_waiting: usize) -> Self {
        Self {
            state: Arc::new(Mutex::new(State {
                free: places.max(1),
                waiting: BTreeMap::new(),
                order: VecDeque::new(),
                count: 0,
            })),
            max_waiting,
        }
    }

    /// Waits for a place.
    pub(crate) async fn enter(&self, key: &str) -> Result<Place> {
        let turn = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.free > 0 {
                state.free -= 1;
                return Ok(self.place());
            }
            if self.max_waiting == 0 {
                return Err(turned_away());
            }
            if state.count >= self.max_waiting && !state.make_room(key) {
                return Err(turned_away());
            }
            state.push(key)
        };
        turn.await.map_err(|_dropped| turned_away())
    }

    fn place(&self) -> Place {
        Place {
            lane: Some(self.clone()),
        }
    }

    /// Hands the place of somebody who is done to the next in turn.
    fn leave(&self) {
        loop {
            let next = {
                let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                let next = state.pop();
                if next.is_none() {
                    state.free += 1;
                }
                next
            };
            let Some(next) = next else { return };
            match next.send(self.place()) {
                Ok(()) => return,
                // They do not wait any more; the place is not to be left twice.
                Err(mut place) => place.lane = None,
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .count
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(lane) = self.lane.take() {
            lane.leave();
        }
    }
}

impl State {
    fn push(&mut self, key: &str) -> oneshot::Receiver<Place> {
        let (sender, receiver) = oneshot::channel();
        let queue = self.waiting.entry(key.to_owned()).or_default();
        if queue.is_empty() {
            self.order.push_back(key.to_owned());
        }
        queue.push_back(sender);
        self.count += 1;
        receiver
    }

    fn pop(&mut self) -> Option<oneshot::Sender<Place>> {
        let key = self.order.pop_front()?;
        let queue = self.waiting.get_mut(&key)?;
        let next = queue.pop_front();
        if queue.is_empty() {
            self.waiting.remove(&key);
        } else {
            self.order.push_back(key);
        }
        self.count = self.count.saturating_sub(usize::from(next.is_some()));
        next
    }

    /// The key with the most waiting gives up the last of them, unless that is the key that asks.
    fn make_room(&mut self, key: &str) -> bool {
        let own = self.waiting.get(key).map_or(0, VecDeque::len);
        let most = self.waiting.values().map(VecDeque::len).max().unwrap_or(0);
        if most <= own + 1 {
            return false;
        }
        let Some(queue) = self.waiting.values_mut().find(|queue| queue.len() == most) else {
            return false;
        };
        // Dropped, which tells whoever waits.
        drop(queue.pop_back());
        self.count = self.count.saturating_sub(1);
        true
    }
}

fn turned_away() -> Error {
    Error::TooMany { retry_after: AGAIN }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_crowd_under_one_key_delays_others_by_one_turn() {
        let lane = Lane::new(1, 100);
        let working = lane.enter("crowd").await.unwrap();
        let mut crowd: Vec<_> = (0..20).map(|_| Box::pin(lane.enter("crowd"))).collect();
        for waiting in &mut crowd {
            assert!(waiting.as_mut().now_or_never().is_none());
        }
        let mut other = Box::pin(lane.enter("other"));
        assert!(other.as_mut().now_or_never().is_none());
        drop(working);
        let first = crowd.remove(0).now_or_never().unwrap().unwrap();
        assert!(other.as_mut().now_or_never().is_none());
        drop(first);
        assert!(other.now_or_never().unwrap().is_ok());
    }

    #[tokio::test]
    async fn a_full_queue_turns_away_whoever_has_the_most_waiting() {
        let lane = Lane::new(1, 4);
        let working = lane.enter("crowd").await.unwrap();
        let mut crowd: Vec<_> = (0..4).map(|_| Box::pin(lane.enter("crowd"))).collect();
        for waiting in &mut crowd {
            assert!(waiting.as_mut().now_or_never().is_none());
        }
        assert!(matches!(
            lane.enter("crowd").now_or_never(),
            Some(Err(Error::TooMany { .. }))
        ));
        let mut other = Box::pin(lane.enter("other"));
        assert!(other.as_mut().now_or_never().is_none());
        let last = crowd.pop().unwrap().now_or_never();
        assert!(matches!(last, Some(Err(Error::TooMany { .. }))));
        drop(working);
        drop(crowd);
        assert!(other.now_or_never().unwrap().is_ok());
    }

    #[tokio::test]
    async fn places_of_those_who_left_are_not_lost() {
        let lane = Lane::new(2, 10);
        for _ in 0..10 {
            let (one, two) = (
                lane.enter("a").await.unwrap(),
                lane.enter("b").await.unwrap(),
            );
            let mut gone: Vec<_> = (0..5).map(|_| Box::pin(lane.enter("a"))).collect();
            for waiting in &mut gone {
                assert!(waiting.as_mut().now_or_never().is_none());
            }
            drop(gone);
            drop((one, two));
        }
        assert_eq!(lane.waiting(), 0);
        let _both = (
            lane.enter("a").now_or_never().unwrap().unwrap(),
            lane.enter("a").now_or_never().unwrap().unwrap(),
        );
        assert!(Box::pin(lane.enter("a")).now_or_never().is_none());
    }
}
