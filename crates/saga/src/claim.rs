//! Taking a run: fair between tenants, never more than a lane's cap, never a run twice.
//!
//! # Why three statements
//!
//! One short transaction of separate statements. The first picks a lane and locks its row: all claims for one tenant
//! queue up there (or rather pass by, `SKIP LOCKED`). The second stamps it as served, so that the next claim begins
//! with another tenant. The third counts the live leases *again* and takes the lane's first due run. Under
//! `READ COMMITTED` every statement sees the data as of its own start; the third starts after the lane's lock was
//! obtained, so it sees the leases of whoever held it before. Fused into one statement, the count would come from a
//! snapshot older than the lock, and concurrent claims would exceed the cap.
//!
//! The lane is locked `FOR NO KEY UPDATE`, which does not collide with the `FOR KEY SHARE` of a foreign key check:
//! a tenant that enqueues all the time, in long transactions, still gets served.
//!
//! Runs that take access away ([`Saga::IS_CLOSING`](crate::Saga::IS_CLOSING)) are claimed apart from the others, with a
//! cap of their own in each lane: whatever is being given, and however slowly, what is taken is taken at once.
//!
//! Tenants with active runs are found by a loose index scan (the recursive query): its cost is the number of such
//! tenants, not of their runs, so 20,000 runs of one tenant cost the others nothing.
//!
//! # Why an epoch
//!
//! A lease can be lost without its holder knowing: the process is stopped, the network hangs, the machine swaps.
//! Each claim raises `lease_epoch`, and every later write names the epoch it was granted. A holder that was
//! superseded changes zero rows, whatever it believes about the time. The expiry only decides when others *may* take
//! over; a late result of an epoch that nobody superseded is still welcome.

use std::time::Duration;

use diesel::sql_types::{BigInt, Bool, Integer, Jsonb, Nullable, Text, Uuid as SqlUuid};
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::{AsyncConnection, RunQueryDsl};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::health::PeerState;
use crate::sql::Statement;
use crate::{Error, Result, Store};

const PICK_LANE: &str = "
WITH RECURSIVE busy AS (
  (SELECT tenant_id FROM saga.run WHERE state IN ('forward', 'unwinding') AND is_closing = $4
   ORDER BY tenant_id LIMIT 1)
  UNION ALL
  SELECT (SELECT r.tenant_id FROM saga.run r
          WHERE r.state IN ('forward', 'unwinding') AND r.is_closing = $4 AND r.tenant_id > busy.tenant_id
          ORDER BY r.tenant_id LIMIT 1)
  FROM busy WHERE busy.tenant_id IS NOT NULL
)
SELECT l.tenant_id, coalesce(CASE WHEN $4 THEN l.max_closing ELSE l.max_leased END, $3) AS max_leased
FROM saga.lane l
WHERE l.tenant_id IN (SELECT tenant_id FROM busy WHERE tenant_id IS NOT NULL)
  AND NOT l.paused
  AND EXISTS (SELECT 1 FROM saga.run r
              WHERE r.tenant_id = l.tenant_id AND r.state IN ('forward', 'unwinding') AND r.is_closing = $4
                AND r.wake_at <= clock_timestamp()
                AND (r.lease_until IS NULL OR r.lease_until < clock_timestamp())
                AND (r.kind, r.kind_version) IN (SELECT * FROM unnest($1, $2)))
  AND (SELECT count(*) FROM saga.run r
       WHERE r.tenant_id = l.tenant_id AND r.is_closing = $4 AND r.lease_until >= clock_timestamp())
      < coalesce(CASE WHEN $4 THEN l.max_closing ELSE l.max_leased END, $3)
ORDER BY l.last_served_at, l.tenant_id
LIMIT 1 FOR NO KEY UPDATE OF l SKIP LOCKED";

const STAMP_LANE: &str =
    "UPDATE saga.lane SET last_served_at = clock_timestamp() WHERE tenant_id = $1";

const LEASE: &str = "
WITH due AS MATERIALIZED (
  SELECT r.tenant_id, r.id, r.lease_until IS NOT NULL AS is_takeover FROM saga.run r
  WHERE r.tenant_id = $1 AND r.state IN ('forward', 'unwinding') AND r.is_closing = $7
    AND r.wake_at <= clock_timestamp()
    AND (r.lease_until IS NULL OR r.lease_until < clock_timestamp())
    AND (r.kind, r.kind_version) IN (SELECT * FROM unnest($2, $3))
    AND (SELECT count(*) FROM saga.run o
         WHERE o.tenant_id = $1 AND o.is_closing = $7 AND o.lease_until >= clock_timestamp()) < $4
  ORDER BY r.priority, r.wake_at LIMIT 1 FOR NO KEY UPDATE OF r SKIP LOCKED
)
UPDATE saga.run r
SET lease_epoch = r.lease_epoch + 1, lease_owner = $5,
    lease_until = clock_timestamp() + $6 * interval '1 millisecond', fruitless_claims = r.fruitless_claims + 1
FROM due WHERE r.tenant_id = due.tenant_id AND r.id = due.id
RETURNING r.tenant_id, r.id, r.kind, r.kind_version, r.subject, r.params, r.state, r.cancel_requested,
  r.lease_epoch, r.fruitless_claims, r.is_closing, due.is_takeover,
  (SELECT jsonb_agg(jsonb_build_object(
      'name', s.name, 'depends_on', s.depends_on, 'is_pivot', s.is_pivot, 'state', s.state,
      'effect_key', s.effect_key, 'attempt', s.attempt, 'undo_attempt', s.undo_attempt, 'failures', s.failures,
      'due_ms', round(extract(epoch FROM s.next_at - clock_timestamp()) * 1000)::bigint,
      'deadline_ms', round(extract(epoch FROM s.deadline_at - clock_timestamp()) * 1000)::bigint,
      'output', s.output, 'error', s.error) ORDER BY s.position)
   FROM saga.step s WHERE s.tenant_id = r.tenant_id AND s.run_id = r.id) AS steps,
  (SELECT jsonb_object_agg(p.peer, jsonb_build_object(
      'open_ms', round(extract(epoch FROM p.open_until - clock_timestamp()) * 1000)::bigint))
   FROM saga.peer_health p) AS peers";

#[derive(QueryableByName)]
struct Lane {
    #[diesel(sql_type = SqlUuid)]
    tenant_id: Uuid,
    #[diesel(sql_type = Integer)]
    max_leased: i32,
}

/// A leased run as the third statement returns it.
#[derive(QueryableByName)]
pub(crate) struct Claimed {
    #[diesel(sql_type = SqlUuid)]
    pub(crate) tenant_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    #[diesel(sql_type = Text)]
    pub(crate) kind: String,
    #[diesel(sql_type = Integer)]
    pub(crate) kind_version: i32,
    #[diesel(sql_type = Text)]
    pub(crate) subject: String,
    #[diesel(sql_type = Jsonb)]
    pub(crate) params: Value,
    #[diesel(sql_type = Text)]
    pub(crate) state: String,
    #[diesel(sql_type = Bool)]
    pub(crate) cancel_requested: bool,
    #[diesel(sql_type = BigInt)]
    pub(crate) lease_epoch: i64,
    #[diesel(sql_type = Integer)]
    pub(crate) fruitless_claims: i32,
    #[diesel(sql_type = Bool)]
    pub(crate) is_closing: bool,
    #[diesel(sql_type = Bool)]
    pub(crate) is_takeover: bool,
    #[diesel(sql_type = Nullable<Jsonb>)]
    steps: Option<Value>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    peers: Option<Value>,
}

/// A step of a claimed run. Times are relative to the claim, so that only the database's clock is read.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ClaimedStep {
    pub(crate) name: String,
    pub(crate) depends_on: Vec<String>,
    pub(crate) is_pivot: bool,
    pub(crate) state: String,
    pub(crate) effect_key: Uuid,
    pub(crate) attempt: u32,
    pub(crate) undo_attempt: u32,
    pub(crate) failures: u32,
    pub(crate) due_ms: i64,
    pub(crate) deadline_ms: Option<i64>,
    pub(crate) output: Option<Value>,
    pub(crate) error: Option<Value>,
}

impl Claimed {
    pub(crate) fn steps(&self) -> Result<Vec<ClaimedStep>> {
        read("saga.step", self.steps.clone())
    }

    /// The peers that are not well, by name.
    pub(crate) fn peers(&self) -> Result<std::collections::HashMap<String, PeerState>> {
        read("saga.peer_health", self.peers.clone())
    }
}

fn read<T: serde::de::DeserializeOwned + Default>(
    table: &'static str,
    value: Option<Value>,
) -> Result<T> {
    value.map_or_else(
        || Ok(T::default()),
        |value| {
            serde_json::from_value(value).map_err(|error| Error::Inconsistent {
                table,
                what: error.to_string(),
            })
        },
    )
}

/// What came of looking into one lane.
enum Lease {
    Granted(Box<Claimed>),
    NoneLeft,
    NoLane,
}

/// Who claims, and what.
#[derive(Debug, Clone)]
pub(crate) struct Claimant {
    pub(crate) worker: Uuid,
    pub(crate) kinds: Vec<String>,
    pub(crate) versions: Vec<i32>,
    pub(crate) lease: Duration,
    /// Runs that take access away, or all others.
    pub(crate) is_closing: bool,
    /// The cap of a lane that has none of its own, for such runs.
    pub(crate) default_max_leased: i32,
}

impl Store {
    /// Leases one due run, if there is one.
    pub(crate) async fn claim(&self, who: &Claimant) -> Result<Option<Claimed>> {
        // A rival may have filled the lane's cap just before we got its lock; then other lanes may still have work.
        const LANES: usize = 4;
        for _ in 0..LANES {
            match self.claim_in_one_lane(who).await? {
                Lease::Granted(claimed) => return Ok(Some(*claimed)),
                Lease::NoLane => return Ok(None),
                Lease::NoneLeft => {}
            }
        }
        Ok(None)
    }

    async fn claim_in_one_lane(&self, who: &Claimant) -> Result<Lease> {
        let mut conn = self.conn().await?;
        conn.transaction(async |conn| {
            let lane: Option<Lane> = Statement::new(PICK_LANE)
                .bind(who.kinds.clone())
                .bind(who.versions.clone())
                .bind(who.default_max_leased)
                .bind(who.is_closing)
                .get_result(conn)
                .await
                .optional()?;
            let Some(lane) = lane else {
                return Ok(Lease::NoLane);
            };
            Statement::new(STAMP_LANE)
                .bind(lane.tenant_id)
                .execute(conn)
                .await?;
            let claimed: Option<Claimed> = Statement::new(LEASE)
                .bind(lane.tenant_id)
                .bind(who.kinds.clone())
                .bind(who.versions.clone())
                .bind(lane.max_leased)
                .bind(who.worker)
                .bind(crate::fence::millis(who.lease))
                .bind(who.is_closing)
                .get_result(conn)
                .await
                .optional()?;
            Ok(claimed.map_or(Lease::NoneLeft, |claimed| Lease::Granted(Box::new(claimed))))
        })
        .await
    }
}

#[cfg(test)]
#[path = "claim_tests.rs"]
mod tests;
