//! A peer in memory that keeps what it was told and can be told to fail.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bheem_saga::{Apply, Probe, Reject, Retry, Undo};
use tokio::sync::{Barrier, Notify};
use uuid::Uuid;

#[derive(Debug, Clone)]
pub enum Fault {
    /// Nothing happens; try again.
    Fail,
    /// The whole peer is away.
    Down,
    /// Never.
    Reject,
    /// Nothing happens and no answer comes.
    Hang,
    /// It happens and the answer is lost.
    Lose,
    /// It happens and no answer comes.
    ApplyThenHang,
    /// The step's own code panics.
    Panic,
    /// Ask again much later.
    After(Duration),
    /// Goes on when as many as the barrier wants are here.
    Meet(Arc<Barrier>),
    /// The thing is there and belongs to somebody else.
    Foreign,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    pub step: String,
    pub tenant: Uuid,
    pub run: Uuid,
}

#[derive(Debug, Default)]
struct Inner {
    objects: BTreeMap<Uuid, Object>,
    /// Times something was made that was there already.
    repeats: usize,
    once: HashMap<(String, String), VecDeque<Fault>>,
    always: HashMap<(String, String), Fault>,
    calls: Vec<(String, String, Uuid)>,
    running: HashMap<Uuid, usize>,
    in_step: HashMap<String, usize>,
    most_in_step: HashMap<String, usize>,
    most_running: HashMap<Uuid, usize>,
}

#[derive(Debug, Default)]
pub struct Peer {
    inner: Mutex<Inner>,
    limit: Mutex<Option<Duration>>,
    called: Notify,
}

/// Who calls.
pub struct Call<'a> {
    pub step: &'a str,
    pub tenant: Uuid,
    pub run: Uuid,
    pub key: Uuid,
}

impl Peer {
    /// How long an attempt may take; without this far longer than any that works.
    pub fn limit_attempts(&self, limit: Duration) {
        *self.limit.lock().unwrap() = Some(limit);
    }

    pub fn limit(&self) -> Duration {
        let limit = *self.limit.lock().unwrap();
        limit.unwrap_or(super::PATIENCE)
    }

    /// The next call of the step's operation meets this fault.
    pub fn fault(&self, step: &str, op: &str, fault: Fault) {
        let mut inner = self.inner.lock().unwrap();
        let key = (step.to_owned(), op.to_owned());
        inner.once.entry(key).or_default().push_back(fault);
    }

    /// Every call does, until [`Peer::heal`].
    pub fn always(&self, step: &str, op: &str, fault: Fault) {
        let mut inner = self.inner.lock().unwrap();
        inner.always.insert((step.to_owned(), op.to_owned()), fault);
    }

    pub fn heal(&self) {
        self.inner.lock().unwrap().always.clear();
    }

    /// Steps of which something is there.
    pub fn holds(&self) -> Vec<String> {
        let inner = self.inner.lock().unwrap();
        let mut steps: Vec<_> = inner.objects.values().map(|o| o.step.clone()).collect();
        steps.sort();
        steps
    }

    pub fn repeats(&self) -> usize {
        self.inner.lock().unwrap().repeats
    }

    /// Calls as `step.op`, in order.
    pub fn calls(&self) -> Vec<String> {
        let inner = self.inner.lock().unwrap();
        inner
            .calls
            .iter()
            .map(|(step, op, _)| format!("{step}.{op}"))
            .collect()
    }

    /// Tenants in the order of their calls.
    pub fn served(&self) -> Vec<Uuid> {
        let inner = self.inner.lock().unwrap();
        inner.calls.iter().map(|(_, _, tenant)| *tenant).collect()
    }

    pub fn most_running(&self) -> HashMap<Uuid, usize> {
        self.inner.lock().unwrap().most_running.clone()
    }

    /// The most applies of a step that ran at once.
    pub fn most_of(&self, step: &str) -> usize {
        let inner = self.inner.lock().unwrap();
        inner.most_in_step.get(step).copied().unwrap_or_default()
    }

    /// Waits until the step's operation was called.
    pub async fn reached(&self, step: &str, op: &str) {
        let call = format!("{step}.{op}");
        loop {
            let called = self.called.notified();
            tokio::pin!(called);
            called.as_mut().enable();
            if self.calls().contains(&call) {
                return;
            }
            called.await;
        }
    }

    fn next_fault(&self, call: &Call<'_>, op: &str) -> Option<Fault> {
        let mut inner = self.inner.lock().unwrap();
        inner
            .calls
            .push((call.step.to_owned(), op.to_owned(), call.tenant));
        let key = (call.step.to_owned(), op.to_owned());
        let fault = inner
            .once
            .get_mut(&key)
            .and_then(VecDeque::pop_front)
            .or_else(|| inner.always.get(&key).cloned());
        drop(inner);
        self.called.notify_waiters();
        fault
    }

    fn make(&self, call: &Call<'_>) {
        let mut inner = self.inner.lock().unwrap();
        let object = Object {
            step: call.step.to_owned(),
            tenant: call.tenant,
            run: call.run,
        };
        if inner.objects.insert(call.key, object).is_some() {
            inner.repeats += 1;
        }
    }

    pub async fn probe(&self, call: Call<'_>) -> Probe<Uuid> {
        match self.next_fault(&call, "probe") {
            Some(Fault::Fail) => return Probe::Retry(Retry::because("probe failed")),
            Some(Fault::Down) => return Probe::Retry(Retry::peer_down("probe failed")),
            Some(Fault::Hang) => std::future::pending().await,
            Some(Fault::Foreign) => return Probe::Foreign("made by hand".to_owned()),
            _ => {}
        }
        let inner = self.inner.lock().unwrap();
        if inner.objects.contains_key(&call.key) {
            Probe::Ours(call.key)
        } else {
            Probe::Absent
        }
    }

    pub async fn apply(&self, call: Call<'_>) -> Apply<Uuid> {
        let _running = Running::enter(self, &call);
        match self.next_fault(&call, "apply") {
            Some(Fault::Fail) => return Apply::Retry(Retry::because("apply failed")),
            Some(Fault::Down) => return Apply::Retry(Retry::peer_down("nobody there")),
            Some(Fault::After(after)) => {
                return Apply::Retry(Retry::because("too many").after(after));
            }
            Some(Fault::Reject) => return Apply::Reject(Reject::new("refused", "will not")),
            Some(Fault::Hang) => std::future::pending().await,
            Some(Fault::Panic) => panic!("the step's own fault"),
            Some(Fault::Lose) => {
                self.make(&call);
                return Apply::Unknown {
                    reason: "the answer was lost".to_owned(),
                };
            }
            Some(Fault::ApplyThenHang) => {
                self.make(&call);
                self.called.notify_waiters();
                std::future::pending::<()>().await;
            }
            Some(Fault::Meet(barrier)) => {
                barrier.wait().await;
            }
            Some(Fault::Foreign) | None => tokio::task::yield_now().await,
        }
        self.make(&call);
        Apply::Done(call.key)
    }

    pub async fn undo(&self, call: Call<'_>) -> Undo {
        match self.next_fault(&call, "undo") {
            Some(Fault::Fail) => return Undo::Retry(Retry::because("undo failed")),
            Some(Fault::Reject) => return Undo::Reject(Reject::new("refused", "cannot be undone")),
            Some(Fault::Hang) => std::future::pending().await,
            _ => {}
        }
        self.inner.lock().unwrap().objects.remove(&call.key);
        Undo::Done
    }
}

/// Counts the applies of a tenant that run at once.
struct Running<'a> {
    peer: &'a Peer,
    tenant: Uuid,
    step: String,
}

impl<'a> Running<'a> {
    fn enter(peer: &'a Peer, call: &Call<'_>) -> Self {
        let (tenant, step) = (call.tenant, call.step.to_owned());
        let mut inner = peer.inner.lock().unwrap();
        let now = inner.running.entry(tenant).or_default();
        *now += 1;
        let now = *now;
        let most = inner.most_running.entry(tenant).or_default();
        *most = now.max(*most);
        let now = inner.in_step.entry(step.clone()).or_default();
        *now += 1;
        let now = *now;
        let most = inner.most_in_step.entry(step.clone()).or_default();
        *most = now.max(*most);
        Self { peer, tenant, step }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut inner = self.peer.inner.lock().unwrap();
        if let Some(now) = inner.running.get_mut(&self.tenant) {
            *now -= 1;
        }
        if let Some(now) = inner.in_step.get_mut(&self.step) {
            *now -= 1;
        }
    }
}
