//! A process's share of the work: claims runs into its slots until it is told to stop. Runs that take access away are
//! claimed first, into slots of their own.
//!
//! The order is: register interest, then look, then wait for a call, a free slot or the poll. A run that is enqueued
//! between looking and waiting is not missed.

use std::sync::Arc;
use std::time::Duration;

use bheem_domain::Clock;
use diesel_async::RunQueryDsl;
use serde_json::json;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, error, info, info_span, warn};
use uuid::Uuid;

use crate::claim::Claimant;
use crate::error::chain;
use crate::health::Peers;
use crate::listen::listen;
use crate::runner::{End, Runner, Shared};
use crate::sql::Statement;
use crate::{Registry, Result, Store, WorkerConfig};

/// How often the worker's row says that it lives.
const SEEN_EVERY: Duration = Duration::from_secs(15);

/// Works runs of the registered kinds.
#[derive(Debug)]
pub struct Worker {
    id: Uuid,
    registry: Registry,
    store: Store,
    config: WorkerConfig,
}

impl Worker {
    /// A worker that has not begun.
    #[must_use]
    pub fn new(store: Store, registry: Registry, config: WorkerConfig, clock: &dyn Clock) -> Self {
        Self {
            id: clock.new_uuid(),
            registry,
            store,
            config,
        }
    }

    /// Its id, the `lease_owner` of the runs it works.
    #[must_use]
    pub const fn id(&self) -> Uuid {
        self.id
    }

    /// Works until `shutdown`; then claims no more, lets steps end within the grace, and gives the leases back, so
    /// that other workers go on at once.
    pub async fn run(self, shutdown: CancellationToken) {
        info!(worker.id = %self.id, slots = self.config.slots, "saga worker started");
        let due = Arc::new(Notify::new());
        let mut listener = JoinSet::new();
        listener.spawn({
            let (store, due) = (self.store.clone(), Arc::clone(&due));
            async move { listen(store, &due).await }
        });
        self.claim_until(&shutdown, &due).await;
        listener.shutdown().await;
        if let Err(error) = self.forget().await {
            warn!(error = chain(&error), "removing the worker's row");
        }
        info!(worker.id = %self.id, "saga worker stopped");
    }

    async fn claim_until(&self, shutdown: &CancellationToken, due: &Notify) {
        let shared = Arc::new(Shared {
            store: self.store.clone(),
            peers: Peers::new(self.config.peer_limit, self.config.peer_limits.clone()),
            config: self.config.clone(),
            stop: shutdown.clone(),
        });
        let lanes = [
            self.lane(true, self.config.closing_slots),
            self.lane(false, self.config.slots),
        ];
        let mut runs: JoinSet<Option<Instant>> = JoinSet::new();
        let mut wakes = Vec::new();
        let mut seen_at: Option<Instant> = None;
        while !shutdown.is_cancelled() {
            let called = due.notified();
            if seen_at.is_none_or(|at| at.elapsed() >= SEEN_EVERY) {
                seen_at = Some(Instant::now());
                if let Err(error) = self.seen().await {
                    warn!(error = chain(&error), "renewing the worker's row");
                }
            }
            for lane in &lanes {
                while !shutdown.is_cancelled()
                    && let Ok(slot) = Arc::clone(&lane.slots).try_acquire_owned()
                {
                    match self.claim_one(&shared, &lane.who).await {
                        Ok(Some(runner)) => spawn(&mut runs, runner, slot),
                        Ok(None) => break,
                        Err(error) => {
                            warn!(error = chain(&error), "claiming a run");
                            break;
                        }
                    }
                }
            }
            let is_free = lanes.iter().any(|lane| lane.slots.available_permits() > 0);
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = called, if is_free => {}
                Some(ended) = runs.join_next() => wakes.extend(ended.ok().flatten()),
                () = sleep(self.pause(&mut wakes)) => {}
            }
            while let Some(ended) = runs.try_join_next() {
                wakes.extend(ended.ok().flatten());
            }
        }
        if let Err(error) = self.draining().await {
            warn!(error = chain(&error), "marking the worker as draining");
        }
        while runs.join_next().await.is_some() {}
    }

    async fn claim_one(&self, shared: &Arc<Shared>, who: &Claimant) -> Result<Option<Runner>> {
        let sent = Instant::now();
        let Some(claimed) = self.store.claim(who).await? else {
            return Ok(None);
        };
        if claimed.is_takeover {
            warn!(tenant.id = %claimed.tenant_id, run.id = %claimed.id, "taking over an expired lease");
            metrics::counter!("saga_leases_expired_total").increment(1);
        }
        let Some(definition) = self
            .registry
            .definition(&claimed.kind, claimed.kind_version)
        else {
            // The claim asks for registered kinds only.
            error!(kind = claimed.kind, "claimed a run of an unknown kind");
            return Ok(None);
        };
        Runner::new(Arc::clone(shared), Arc::clone(definition), claimed, sent).map(Some)
    }

    fn lane(&self, is_closing: bool, slots: usize) -> Lane {
        Lane {
            who: self.claimant(is_closing),
            slots: Arc::new(Semaphore::new(slots)),
        }
    }

    fn claimant(&self, is_closing: bool) -> Claimant {
        let (kinds, versions) = self
            .registry
            .kinds()
            .into_iter()
            .map(|(kind, version)| (kind.to_owned(), version))
            .unzip();
        Claimant {
            worker: self.id,
            kinds,
            versions,
            lease: self.config.lease,
            is_closing,
            default_max_leased: if is_closing {
                self.config.default_max_closing
            } else {
                self.config.default_max_leased
            },
        }
    }

    /// The poll, give or take a tenth, so that workers do not march in step; less if a run that this worker itself
    /// put to sleep is due before.
    fn pause(&self, wakes: &mut Vec<Instant>) -> Duration {
        let now = Instant::now();
        let poll = now + self.config.poll.mul_f64(0.9 + 0.2 * rand::random::<f64>());
        // What is due later than the poll is found by a poll.
        wakes.retain(|at| *at > now && *at < poll);
        wakes
            .iter()
            .min()
            .copied()
            .unwrap_or(poll)
            .saturating_duration_since(now)
    }

    async fn seen(&self) -> Result<()> {
        let mut conn = self.store.conn().await?;
        Statement::new(
            "INSERT INTO saga.worker (id, kinds, version) VALUES ($1, $2, $3)
             ON CONFLICT (id) DO UPDATE SET last_seen_at = clock_timestamp()",
        )
        .bind(self.id)
        .bind(json!(self.registry.kinds()))
        .bind(env!("CARGO_PKG_VERSION"))
        .execute(&mut conn)
        .await?;
        Ok(())
    }

    async fn draining(&self) -> Result<()> {
        let mut conn = self.store.conn().await?;
        Statement::new("UPDATE saga.worker SET draining = true WHERE id = $1")
            .bind(self.id)
            .execute(&mut conn)
            .await?;
        Ok(())
    }

    /// Removes its own row and those of workers that died long ago.
    async fn forget(&self) -> Result<()> {
        let mut conn = self.store.conn().await?;
        Statement::new(
            "DELETE FROM saga.worker WHERE id = $1 OR last_seen_at < clock_timestamp() - interval '1 day'",
        )
        .bind(self.id)
        .execute(&mut conn)
        .await?;
        Ok(())
    }
}

/// Runs of one sort, and the slots for them.
struct Lane {
    who: Claimant,
    slots: Arc<Semaphore>,
}

/// The task answers when the run is due again, if the worker knows; its slot is free when it ends, however it does.
fn spawn(runs: &mut JoinSet<Option<Instant>>, runner: Runner, slot: OwnedSemaphorePermit) {
    let span = info_span!(
        "saga_run",
        tenant.id = %runner.tenant_id(),
        run.id = %runner.run_id(),
        kind = runner.kind()
    );
    runs.spawn(
        async move {
            metrics::gauge!("saga_leases_live").increment(1.0);
            let end = runner.work().await;
            metrics::gauge!("saga_leases_live").decrement(1.0);
            drop(slot);
            match end {
                End::Released(wake_in) => Instant::now().checked_add(wake_in),
                End::Settled(_) | End::Fenced => None,
            }
        }
        .instrument(span),
    );
}
