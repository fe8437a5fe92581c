//! The circuit breaker that all workers share through the database.
//!
//! A peer that is down opens its circuit for a time that grows with each failed probe. Meanwhile no worker tries a
//! step of that peer. Afterwards one worker may ask; its success closes the circuit, its failure opens it again. A run
//! that takes access away does not wait that long: it asks every few seconds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use diesel::sql_types::BigInt;
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::RunQueryDsl;
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::fence::millis;
use crate::sql::Statement;
use crate::{Backoff, Result, Store};

/// A failure while the circuit is open changes nothing: only a failed probe makes the wait grow.
const OPEN: &str = "
INSERT INTO saga.peer_health AS h (peer, failures, open_until, reason)
VALUES ($1, 1, clock_timestamp() + greatest($2, $4) * interval '1 millisecond', $5)
ON CONFLICT (peer) DO UPDATE SET
  failures = CASE WHEN h.open_until <= clock_timestamp() THEN h.failures + 1 ELSE h.failures END,
  open_until = CASE WHEN h.open_until <= clock_timestamp()
    THEN clock_timestamp() + greatest(least($2 * power(2, least(h.failures, 31)), $3), $4) * interval '1 millisecond'
    ELSE greatest(h.open_until, clock_timestamp() + $4 * interval '1 millisecond') END,
  probe_until = NULL, reason = excluded.reason, changed_at = clock_timestamp()
RETURNING round(extract(epoch FROM h.open_until - clock_timestamp()) * 1000)::bigint AS open_ms";

const PROBE: &str = "
UPDATE saga.peer_health SET probe_until = clock_timestamp() + $2 * interval '1 millisecond'
WHERE peer = $1 AND open_until <= clock_timestamp() AND (probe_until IS NULL OR probe_until <= clock_timestamp())
RETURNING 0::bigint AS open_ms";

/// The same while the circuit is open, if nobody has heard of the peer for the given time.
const PROBE_EARLY: &str = "
UPDATE saga.peer_health SET probe_until = clock_timestamp() + $2 * interval '1 millisecond'
WHERE peer = $1 AND changed_at <= clock_timestamp() - $3 * interval '1 millisecond'
  AND (probe_until IS NULL OR probe_until <= clock_timestamp())
RETURNING 0::bigint AS open_ms";

/// A peer that is not well.
#[derive(Debug, Clone, Copy, Deserialize, QueryableByName)]
pub(crate) struct PeerState {
    /// Its circuit stays open this long; not positive: somebody may ask.
    #[diesel(sql_type = BigInt)]
    pub(crate) open_ms: i64,
}

impl Store {
    /// The peer is away. Answers how long nobody shall try it.
    pub(crate) async fn open_circuit(
        &self,
        peer: &str,
        wait: Backoff,
        asked: Option<Duration>,
        reason: &str,
    ) -> Result<Duration> {
        let mut conn = self.conn().await?;
        let row: PeerState = Statement::new(OPEN)
            .bind(peer)
            .bind(millis(wait.base))
            .bind(millis(wait.cap))
            .bind(asked.map_or(0, millis))
            .bind(reason.replace('\0', ""))
            .get_result(&mut conn)
            .await?;
        Ok(Duration::from_millis(row.open_ms.try_into().unwrap_or(0)))
    }

    /// May this worker be the one that asks whether the peer is back?
    pub(crate) async fn try_probe(&self, peer: &str, window: Duration) -> Result<bool> {
        let mut conn = self.conn().await?;
        let row: Option<PeerState> = Statement::new(PROBE)
            .bind(peer)
            .bind(millis(window))
            .get_result(&mut conn)
            .await
            .optional()?;
        Ok(row.is_some())
    }

    /// May this worker ask although the circuit is open, as nobody has for `pause`?
    pub(crate) async fn try_early_probe(
        &self,
        peer: &str,
        window: Duration,
        pause: Duration,
    ) -> Result<bool> {
        let mut conn = self.conn().await?;
        let row: Option<PeerState> = Statement::new(PROBE_EARLY)
            .bind(peer)
            .bind(millis(window))
            .bind(millis(pause))
            .get_result(&mut conn)
            .await
            .optional()?;
        Ok(row.is_some())
    }

    /// The peer answered.
    pub(crate) async fn close_circuit(&self, peer: &str) -> Result<()> {
        let mut conn = self.conn().await?;
        Statement::new("DELETE FROM saga.peer_health WHERE peer = $1")
            .bind(peer)
            .execute(&mut conn)
            .await?;
        Ok(())
    }
}

/// May a step of this peer be tried?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// Yes.
    Closed,
    /// Not before this moment.
    Open(Instant),
    /// One may ask: see [`Store::try_probe`].
    HalfOpen,
}

/// What this process knows about the peers, refreshed by every claim.
#[derive(Debug)]
pub(crate) struct Peers {
    unwell: Mutex<HashMap<String, Instant>>,
    limits: Mutex<HashMap<(String, bool), Arc<Semaphore>>>,
    limit_of: HashMap<String, usize>,
    limit: usize,
}

impl Peers {
    pub(crate) fn new(limit: usize, limit_of: HashMap<String, usize>) -> Self {
        Self {
            unwell: Mutex::default(),
            limits: Mutex::default(),
            limit_of,
            limit,
        }
    }

    /// What the database said at `read`.
    pub(crate) fn refresh(&self, peers: &HashMap<String, PeerState>, read: Instant) {
        let mut unwell = self.unwell.lock().unwrap_or_else(PoisonError::into_inner);
        *unwell = peers
            .iter()
            .map(|(peer, state)| {
                let open = Duration::from_millis(state.open_ms.try_into().unwrap_or(0));
                (peer.clone(), read + open)
            })
            .collect();
        metrics::gauge!("saga_circuits_open")
            .set(f64::from(u32::try_from(unwell.len()).unwrap_or(u32::MAX)));
    }

    pub(crate) fn opened(&self, peer: &str, until: Instant) {
        self.unwell
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(peer.to_owned(), until);
    }

    /// Forgets that the peer was unwell; answers whether it was.
    pub(crate) fn closed(&self, peer: &str) -> bool {
        self.unwell
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(peer)
            .is_some()
    }

    pub(crate) fn gate(&self, peer: &str, now: Instant) -> Gate {
        match self
            .unwell
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(peer)
        {
            None => Gate::Closed,
            Some(until) if *until > now => Gate::Open(*until),
            Some(_) => Gate::HalfOpen,
        }
    }

    /// The peer's share of calls at once from this process; runs that take access away have one of their own.
    pub(crate) fn permits(&self, peer: &str, is_closing: bool) -> Arc<Semaphore> {
        let mut limits = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        let limit = self.limit_of.get(peer).copied().unwrap_or(self.limit);
        Arc::clone(
            limits
                .entry((peer.to_owned(), is_closing))
                .or_insert_with(|| Arc::new(Semaphore::new(limit.max(1)))),
        )
    }
}
