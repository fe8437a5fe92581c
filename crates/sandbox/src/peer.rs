//! One stand-in: what it knows, what goes wrong with it, and how it answers.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::watch;

use crate::{
    Error,
    busy::Turn,
    fault::{Fault, Faults, Verdict},
    http::{Answer, Request},
    rate_limit::RateLimit,
    store::{Outgoing, Store},
};

/// The behaviour of one kind of peer.
pub(crate) trait Service: Send + Sync {
    /// Fills an empty store with what a fresh installation has.
    fn seed(&self, store: &mut Store);
    /// Called when a request's head has come, before its body: a turn that lasts until the answer,
    /// or a refusal.
    fn begin(&self, _request: &Request) -> Result<Option<Turn>, Answer> {
        Ok(None)
    }
    /// Where to read what this request cannot be judged without.
    fn wants(&self, _request: &Request, _store: &Store) -> Option<String> {
        None
    }
    /// Keeps what was read there.
    fn learn(&self, _found: Value, _store: &mut Store) {}
    /// Does what a request asks.
    fn answer(&self, request: &Request, store: &mut Store) -> Answer;
    /// Does the first half of what a request asks.
    fn die(&self, _request: &Request, _store: &mut Store) {}
    /// A failure in this peer's own words.
    fn failure(&self, status: u16) -> Answer;
    /// Everything the peer holds, without clear passwords.
    fn state(&self, store: &Store) -> Value;
    /// Control requests of this peer alone; the path is what follows `/__sandbox/`.
    fn control(&self, path: &str, request: &Request, store: &mut Store) -> Option<Answer>;
}

/// See the module.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    service: Box<dyn Service>,
    store: Mutex<Store>,
    faults: Mutex<Faults>,
    rate_limit: Mutex<Option<RateLimit>>,
    changes: watch::Sender<u64>,
}

impl Peer {
    pub(crate) fn new(
        name: &'static str,
        service: Box<dyn Service>,
        mut store: Store,
    ) -> Result<Self, Error> {
        if store.is_empty() {
            service.seed(&mut store);
            store.commit()?;
        }
        Ok(Self {
            name,
            service,
            store: Mutex::new(store),
            faults: Mutex::default(),
            rate_limit: Mutex::default(),
            changes: watch::Sender::default(),
        })
    }

    /// Which faults this request meets; they count as met.
    pub(crate) fn verdict(&self, request: &Request) -> Verdict {
        self.faults_of(&request.method, &request.path)
    }

    pub(crate) fn faults_of(&self, method: &str, path: &str) -> Verdict {
        self.faults().take(method, path)
    }

    pub(crate) fn begin(&self, request: &Request) -> Result<Option<Turn>, Answer> {
        self.service.begin(request)
    }

    /// Where to read what this request cannot be judged without.
    pub(crate) fn wants(&self, request: &Request) -> Option<String> {
        self.service.wants(request, &self.store())
    }

    /// Keeps what was read there.
    pub(crate) fn learn(&self, found: Value) -> Result<(), Error> {
        self.with_store(|store| self.service.learn(found, store))
    }

    /// Does what the request asks and makes it durable.
    pub(crate) fn answer(&self, request: &Request) -> Answer {
        let mut store = self.store();
        let answer = self.service.answer(request, &mut store);
        self.finish(&mut store, answer)
    }

    /// Does half of what the request asks and makes that durable.
    pub(crate) fn die(&self, request: &Request) {
        let mut store = self.store();
        self.service.die(request, &mut store);
        self.finish(&mut store, Answer::empty(200));
    }

    pub(crate) fn failure(&self, status: u16) -> Answer {
        self.service.failure(status)
    }

    pub(crate) fn control(&self, path: &str, request: &Request) -> Option<Answer> {
        let mut store = self.store();
        let answer = self.service.control(path, request, &mut store)?;
        Some(self.finish(&mut store, answer))
    }

    pub(crate) fn state(&self) -> Value {
        self.service.state(&self.store())
    }

    /// The webhooks that what was done calls for.
    pub(crate) fn take_outgoing(&self) -> Vec<Outgoing> {
        self.store().take_outgoing()
    }

    /// Counts what may have been a change.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    pub(crate) fn read<T>(&self, work: impl FnOnce(&Store) -> T) -> T {
        work(&self.store())
    }

    /// Switches a limit of requests on or off.
    pub(crate) fn limit(&self, limit: Option<RateLimit>) {
        *self.rate_limit() = limit;
    }

    /// The refusal of a request beyond the limit.
    pub(crate) fn over_the_limit(&self) -> Option<Answer> {
        let after = self.rate_limit().as_mut()?.take()?;
        let answer = self.service.failure(429);
        Some(answer.with("Retry-After", after.as_secs().max(1).to_string()))
    }

    /// Back to a fresh installation without faults.
    pub(crate) fn reset(&self) -> Result<(), Error> {
        self.faults().clear();
        self.limit(None);
        let mut store = self.store();
        store.clear();
        self.service.seed(&mut store);
        self.commit(&mut store)
    }

    pub(crate) fn add_fault(&self, fault: Fault) {
        self.faults().add(fault);
    }

    pub(crate) fn clear_faults(&self) {
        self.faults().clear();
    }

    pub(crate) fn list_faults(&self) -> Vec<Fault> {
        self.faults().list().to_vec()
    }

    /// Reads or changes the store directly.
    pub(crate) fn with_store<T>(&self, work: impl FnOnce(&mut Store) -> T) -> Result<T, Error> {
        let mut store = self.store();
        let value = work(&mut store);
        self.commit(&mut store)?;
        Ok(value)
    }

    fn finish(&self, store: &mut Store, answer: Answer) -> Answer {
        match self.commit(store) {
            Ok(()) => answer,
            Err(error) => {
                tracing::error!(peer = self.name, %error, "the stand-in lost a change");
                self.service.failure(500)
            }
        }
    }

    fn commit(&self, store: &mut Store) -> Result<(), Error> {
        let has_changed = store.commit()?;
        if has_changed {
            self.changes.send_modify(|count| *count += 1);
        }
        Ok(())
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rate_limit(&self) -> MutexGuard<'_, Option<RateLimit>> {
        self.rate_limit
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
