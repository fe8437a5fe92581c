//! Works one leased run: starts what is due, records what ends, until the run settles, must wait, or is lost.
//!
//! Invariants: a step's start is committed before its attempt begins; results and the starts of dependents go into
//! one write; nothing is written or polled after the lease is lost. Steps are tasks of their own, so a slow write
//! never holds up a step, and dropping the runner aborts them.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, debug_span, info, warn};
use uuid::Uuid;

use crate::attempt::{Attempt, Outcome};
use crate::claim::Claimed;
use crate::fence::{Batch, Fence};
use crate::health::{Gate, Peers};
use crate::lease::LeaseClock;
use crate::plan::{Direction, Next};
use crate::progress::{Progress, run_error};
use crate::registry::Definition;
use crate::{Result, RunState, Store, WorkerConfig};

/// How the runner and its run parted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Settled(RunState),
    /// Due again after this time.
    Released(Duration),
    Fenced,
}

/// A run that wakes a moment early would be claimed in vain.
const SKEW: Duration = Duration::from_millis(5);

/// The lease is gone: write nothing more.
pub(crate) struct Lost;

/// What runners of one worker share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) config: WorkerConfig,
    pub(crate) peers: Peers,
    pub(crate) stop: CancellationToken,
}

/// An attempt that has ended, if the lease held that long.
struct Ended {
    at: usize,
    outcome: Option<Outcome>,
    took: Duration,
}

/// Works one leased run.
pub(crate) struct Runner {
    shared: Arc<Shared>,
    definition: Arc<Definition>,
    progress: Progress,
    fence: Fence,
    lease: LeaseClock,
    kind: String,
    subject: Arc<str>,
    params: Arc<serde_json::Value>,
    fruitless_claims: i32,
    is_closing: bool,
    cancel: bool,
    attempts: JoinSet<Ended>,
    stop_at: Option<Instant>,
}

impl Runner {
    /// Takes over a claim that was sent at `sent`.
    pub(crate) fn new(
        shared: Arc<Shared>,
        definition: Arc<Definition>,
        claimed: Claimed,
        sent: Instant,
    ) -> Result<Self> {
        let lease = shared.config.lease;
        shared.peers.refresh(&claimed.peers()?, Instant::now());
        Ok(Self {
            progress: Progress::new(&claimed, Instant::now())?,
            fence: Fence {
                tenant_id: claimed.tenant_id,
                run_id: claimed.id,
                epoch: claimed.lease_epoch,
                lease,
            },
            lease: LeaseClock::new(lease, sent),
            kind: claimed.kind,
            subject: claimed.subject.into(),
            params: Arc::new(claimed.params),
            fruitless_claims: claimed.fruitless_claims,
            is_closing: claimed.is_closing,
            cancel: claimed.cancel_requested,
            attempts: JoinSet::new(),
            stop_at: None,
            definition,
            shared,
        })
    }

    pub(crate) const fn tenant_id(&self) -> Uuid {
        self.fence.tenant_id
    }

    pub(crate) const fn run_id(&self) -> Uuid {
        self.fence.run_id
    }

    pub(crate) fn kind(&self) -> &str {
        &self.kind
    }

    /// Works until the run settles, waits or is lost.
    pub(crate) async fn work(mut self) -> End {
        let end = self.drive().await.unwrap_or_else(|Lost| {
            warn!("lost the lease; dropping the run's tasks");
            metrics::counter!("saga_fenced_total").increment(1);
            End::Fenced
        });
        self.lease.fence();
        self.attempts.shutdown().await;
        if let End::Settled(state) = end {
            metrics::counter!("saga_runs_settled_total", "kind" => self.kind.clone(), "result" => state.as_str())
                .increment(1);
            info!(state = state.as_str(), "run settled");
        }
        end
    }

    async fn drive(&mut self) -> Result<End, Lost> {
        let mut batch = Batch::default();
        if self.fruitless_claims > self.shared.config.max_fruitless_claims
            && let Some(end) = self.give_up(&mut batch).await?
        {
            return Ok(end);
        }
        loop {
            let now = Instant::now();
            if self
                .stop_at
                .is_some_and(|at| at <= now || self.attempts.is_empty())
            {
                return self.release(batch, Duration::ZERO).await;
            }
            let next = if self.stop_at.is_some() {
                Next::Work(Vec::new())
            } else {
                self.progress.next(self.cancel, now)
            };
            match next {
                Next::Work(start) => {
                    if start
                        .iter()
                        .any(|at| batch.concerns(self.progress.name(*at)))
                    {
                        let batch = std::mem::take(&mut batch);
                        self.write(&batch).await?;
                    }
                    let (start, held) = self.pass_gates(start, &mut batch).await;
                    if held && start.is_empty() && self.attempts.is_empty() {
                        continue;
                    }
                    self.begin(start, &mut batch).await?;
                    if held {
                        continue;
                    }
                    self.wait(&mut batch).await?;
                }
                Next::Wait(until) => {
                    // The step's own time was set by a later statement than our clock was read for.
                    let wake_in = until.saturating_duration_since(now) + SKEW;
                    return self.release(batch, wake_in).await;
                }
                Next::TurnBack => {
                    info!("turning back");
                    batch.error = Some(self.progress.reason(self.cancel));
                    batch.state = Some(RunState::Unwinding);
                    self.progress.turn_back();
                }
                Next::Succeeded => return self.settle(batch, RunState::Succeeded).await,
                Next::Undone => return self.settle(batch, RunState::Undone).await,
                Next::Stuck => {
                    batch.error = Some(self.progress.reason(false));
                    return self.settle(batch, RunState::Stuck).await;
                }
            }
        }
    }

    /// Too many workers died with this run: go no further that way.
    async fn give_up(&mut self, batch: &mut Batch) -> Result<Option<End>, Lost> {
        let claims = self.fruitless_claims;
        warn!(claims, "claims of this run lead nowhere; giving up");
        batch.error = Some(run_error(
            None,
            "fruitless",
            &format!("{claims} claims without progress"),
        ));
        if self.progress.can_turn_back() {
            batch.state = Some(RunState::Unwinding);
            self.progress.turn_back();
            return Ok(None);
        }
        let batch = std::mem::take(batch);
        self.settle(batch, RunState::Stuck).await.map(Some)
    }

    /// Sorts out steps whose peer is not to be called now; says whether there were any.
    async fn pass_gates(&mut self, start: Vec<usize>, batch: &mut Batch) -> (Vec<usize>, bool) {
        let mut free = Vec::new();
        let mut held = false;
        for at in start {
            match self.held_until(at).await {
                None => free.push(at),
                Some(until) => {
                    held = true;
                    batch
                        .changes
                        .extend(self.progress.hold(at, until, Instant::now()));
                }
            }
        }
        (free, held)
    }

    async fn held_until(&self, at: usize) -> Option<Instant> {
        let peer = self.peer_of(at)?;
        let peers = &self.shared.peers;
        match peers.gate(peer, Instant::now()) {
            Gate::Closed => None,
            Gate::Open(until) if !self.is_closing => Some(until),
            Gate::Open(until) => {
                let config = &self.shared.config;
                let (window, pause) = (config.probe_window, config.closing_pause);
                let asked = self.shared.store.try_early_probe(peer, window, pause).await;
                match asked {
                    Ok(true) => None,
                    Ok(false) => Some(until.min(Instant::now() + pause)),
                    Err(error) => {
                        warn!(peer, error = %error, "asking for the probe of a peer");
                        Some(until.min(Instant::now() + pause))
                    }
                }
            }
            Gate::HalfOpen => {
                let window = self.shared.config.probe_window;
                match self.shared.store.try_probe(peer, window).await {
                    Ok(true) => None,
                    Ok(false) => Some(Instant::now() + self.shared.config.circuit.base),
                    Err(error) => {
                        warn!(peer, error = %error, "asking for the probe of a peer");
                        Some(Instant::now() + self.shared.config.circuit.base)
                    }
                }
            }
        }
    }

    fn peer_of(&self, at: usize) -> Option<&'static str> {
        self.definition.step(self.progress.name(at))?.peer()
    }

    /// Marks steps started, commits that with whatever else is in the batch, and starts them.
    async fn begin(&mut self, start: Vec<usize>, batch: &mut Batch) -> Result<(), Lost> {
        let now = Instant::now();
        for at in &start {
            let deadline = self
                .definition
                .step(self.progress.name(*at))
                .map_or(Duration::ZERO, |step| step.policy().deadline);
            batch
                .changes
                .extend(self.progress.begin(*at, deadline, now));
        }
        if !batch.is_empty() {
            let batch = std::mem::take(batch);
            self.write(&batch).await?;
        }
        for at in start {
            self.launch(at);
        }
        Ok(())
    }

    fn launch(&mut self, at: usize) {
        let name = self.progress.name(at);
        let Some(step) = self.definition.step(name).map(Arc::clone) else {
            let detail = format!("this version of the program has no step {name}");
            self.attempts.spawn(async move {
                Ended {
                    at,
                    outcome: Some(Outcome::Reject(crate::Reject::new("unknown_step", detail))),
                    took: Duration::ZERO,
                }
            });
            return;
        };
        debug!(step = name, peer = step.peer(), "step started");
        let undo = self.progress.direction() == Direction::Unwinding;
        let attempt = Attempt {
            ctx: self.progress.context(
                at,
                self.fence,
                Arc::clone(&self.subject),
                Arc::clone(&self.params),
                self.lease.clone(),
            ),
            permits: step
                .peer()
                .map(|peer| self.shared.peers.permits(peer, self.is_closing)),
            limit: step.policy().timeout,
            undo,
            step,
        };
        let span = debug_span!("saga_step", step = name, undo);
        let guarded = self.lease.guard(attempt.run());
        let attempt = async move {
            let begun = Instant::now();
            let outcome = guarded.await;
            Ended {
                at,
                outcome,
                took: begun.elapsed(),
            }
        };
        self.attempts.spawn(attempt.instrument(span));
    }

    /// Waits for an attempt to end, and keeps the lease meanwhile.
    async fn wait(&mut self, batch: &mut Batch) -> Result<(), Lost> {
        let shared = Arc::clone(&self.shared);
        let beat_at = self.lease.fence_at() - self.lease.heartbeat_every();
        let stop_at = self.stop_at;
        tokio::select! {
            biased;
            () = sleep_until(self.lease.fence_at()) => return Err(Lost),
            () = sleep_until(beat_at) => self.heartbeat().await?,
            Some(ended) = self.attempts.join_next() => {
                let mut next = Some(ended);
                while let Some(ended) = next {
                    if let Ok(ended) = ended {
                        self.ended(ended, batch).await?;
                    }
                    next = self.attempts.try_join_next();
                }
            }
            () = shared.stop.cancelled(), if stop_at.is_none() => {
                self.stop_at = Some(Instant::now() + shared.config.stop_grace);
            }
            () = sleep_until(stop_at.unwrap_or(beat_at)), if stop_at.is_some() => {}
        }
        Ok(())
    }

    async fn ended(&mut self, ended: Ended, batch: &mut Batch) -> Result<(), Lost> {
        let Ended { at, outcome, took } = ended;
        let outcome = outcome.ok_or(Lost)?;
        let peer = self.peer_of(at);
        let policy = self
            .definition
            .step(self.progress.name(at))
            .map(|step| step.policy())
            .unwrap_or_default();
        let held_for = match (&outcome, peer) {
            (Outcome::Retry(retry), Some(peer)) if retry.is_peer_down => {
                Some(self.peer_is_down(peer, retry).await)
            }
            (Outcome::Unknown(_), _) | (_, None) => None,
            (_, Some(peer)) => {
                self.peer_is_well(peer).await;
                None
            }
        };
        let change = self
            .progress
            .end(at, outcome, policy, took, held_for, Instant::now());
        debug!(
            step = change.name,
            peer,
            state = change.state,
            what = change.what,
            "attempt ended"
        );
        batch.is_progress |= change.ends;
        batch.changes.push(change);
        Ok(())
    }

    async fn peer_is_down(&self, peer: &'static str, retry: &crate::Retry) -> Duration {
        let wait = self.shared.config.circuit;
        let opened = self
            .shared
            .store
            .open_circuit(peer, wait, retry.after, &retry.reason)
            .await;
        let open = opened.unwrap_or_else(|error| {
            warn!(peer, error = %error, "opening the circuit of a peer");
            wait.base
        });
        warn!(
            peer,
            open_ms = crate::fence::millis(open),
            reason = retry.reason,
            "peer is down"
        );
        self.shared.peers.opened(peer, Instant::now() + open);
        if self.is_closing {
            open.min(self.shared.config.closing_pause)
        } else {
            open
        }
    }

    async fn peer_is_well(&self, peer: &'static str) {
        if self.shared.peers.closed(peer) {
            info!(peer, "peer is back");
            if let Err(error) = self.shared.store.close_circuit(peer).await {
                warn!(peer, error = %error, "closing the circuit of a peer");
            }
        }
    }

    async fn settle(&mut self, mut batch: Batch, state: RunState) -> Result<End, Lost> {
        batch.state = Some(state);
        batch.release = Some(Duration::ZERO);
        self.write(&batch).await?;
        Ok(End::Settled(state))
    }

    async fn release(&mut self, mut batch: Batch, wake_in: Duration) -> Result<End, Lost> {
        self.attempts.shutdown().await;
        batch.release = Some(wake_in);
        batch.is_cancel_known = self.cancel;
        self.write(&batch).await?;
        let is_cancelled_meanwhile = self.cancel && !batch.is_cancel_known;
        Ok(End::Released(if is_cancelled_meanwhile {
            Duration::ZERO
        } else {
            wake_in
        }))
    }

    async fn heartbeat(&mut self) -> Result<(), Lost> {
        let (store, fence) = (self.shared.store.clone(), self.fence);
        self.insist(|| store.heartbeat(fence)).await
    }

    async fn write(&mut self, batch: &Batch) -> Result<(), Lost> {
        let (store, fence) = (self.shared.store.clone(), self.fence);
        self.insist(|| store.advance(fence, batch)).await?;
        self.shared.store.hub().moved(fence.run_id);
        Ok(())
    }

    /// Repeats a fenced write until the database answers or the lease is over. A repetition whose first try did
    /// arrive writes the same again, or finds the lease given up, which is as good.
    async fn insist<F>(&mut self, write: impl Fn() -> F) -> Result<(), Lost>
    where
        F: Future<Output = Result<Option<bool>>>,
    {
        const PAUSE: Duration = Duration::from_millis(200);
        loop {
            let sent = Instant::now();
            let answer = timeout_at(self.lease.fence_at(), write()).await;
            match answer {
                Err(_) | Ok(Ok(None)) => return Err(Lost),
                Ok(Ok(Some(cancel))) => {
                    self.lease.renewed(sent);
                    self.cancel |= cancel;
                    return Ok(());
                }
                Ok(Err(error)) => {
                    warn!(error = %crate::error::chain(&error), "a write for a leased run failed");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}
