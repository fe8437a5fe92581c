//! The writes of a lease's holder, each conditional on its epoch.
//!
//! One statement records any number of results, marks what starts next, writes the events and, at the end, the run's
//! own fate: a step costs one round trip. See the [claim](crate::claim) for why the epoch and not the expiry counts.

use std::time::Duration;

use diesel::sql_types::Bool;
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::sql::Statement;
use crate::{Error, Result, RunState, Store};

/// Which lease writes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fence {
    pub(crate) tenant_id: Uuid,
    pub(crate) run_id: Uuid,
    pub(crate) epoch: i64,
    pub(crate) lease: Duration,
}

/// What becomes of one step.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Change {
    pub(crate) name: String,
    pub(crate) state: &'static str,
    /// Raises the attempts of doing.
    pub(crate) begins: bool,
    /// Raises the attempts of undoing.
    pub(crate) begins_undo: bool,
    pub(crate) ends: bool,
    pub(crate) failures: u32,
    pub(crate) delay_ms: Option<i64>,
    /// From now.
    pub(crate) deadline_ms: Option<i64>,
    pub(crate) output: Option<Value>,
    pub(crate) error: Option<Value>,
    /// For the event.
    pub(crate) what: &'static str,
}

/// What becomes of the run.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) changes: Vec<Change>,
    pub(crate) state: Option<RunState>,
    pub(crate) error: Option<Value>,
    /// A step came to its end: the claim was not in vain.
    pub(crate) is_progress: bool,
    /// Gives the lease up and sleeps this long.
    pub(crate) release: Option<Duration>,
    /// A request to cancel was taken into account; one that was not wakes the run at once.
    pub(crate) is_cancel_known: bool,
}

impl Batch {
    /// A statement changes a row once: a second change of the same step needs a batch of its own.
    pub(crate) fn concerns(&self, step: &str) -> bool {
        self.changes.iter().any(|change| change.name == step)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.state.is_none() && self.release.is_none()
    }
}

const ADVANCE: &str = "
WITH fence AS MATERIALIZED (
  SELECT r.tenant_id, r.id, clock_timestamp() AS at FROM saga.run r
  WHERE r.tenant_id = $1 AND r.id = $2 AND r.lease_epoch = $3 AND r.lease_owner IS NOT NULL
  FOR NO KEY UPDATE
), change AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($4) AS c(
    name text, state text, begins boolean, begins_undo boolean, ends boolean, failures integer, delay_ms bigint,
    deadline_ms bigint, output jsonb, error jsonb, what text)
), stepped AS (
  UPDATE saga.step s SET
    state = c.state,
    attempt = s.attempt + c.begins::integer,
    undo_attempt = s.undo_attempt + c.begins_undo::integer,
    failures = c.failures,
    next_at = CASE WHEN c.delay_ms IS NULL THEN s.next_at ELSE f.at + c.delay_ms * interval '1 millisecond' END,
    deadline_at = CASE WHEN c.deadline_ms IS NULL THEN s.deadline_at
                       ELSE f.at + c.deadline_ms * interval '1 millisecond' END,
    output = coalesce(nullif(c.output, 'null'), s.output),
    error = CASE WHEN c.state = 'done' THEN NULL ELSE coalesce(nullif(c.error, 'null'), s.error) END,
    started_at = CASE WHEN c.begins OR c.begins_undo THEN f.at ELSE s.started_at END,
    ended_at = CASE WHEN c.ends THEN f.at ELSE s.ended_at END
  FROM fence f, change c
  WHERE s.tenant_id = f.tenant_id AND s.run_id = f.id AND s.name = c.name
), logged AS (
  INSERT INTO saga.event (tenant_id, run_id, lease_epoch, step, what, detail)
  SELECT f.tenant_id, f.id, $3, c.name, c.what, nullif(c.error, 'null') FROM fence f, change c
  UNION ALL
  SELECT f.tenant_id, f.id, $3, NULL, $5, $6 FROM fence f WHERE $5 IS NOT NULL
)
UPDATE saga.run r SET
  state = coalesce($5, r.state),
  stuck_from = CASE WHEN $5 = 'stuck' THEN r.state END,
  error = coalesce($6, r.error),
  finished_at = CASE WHEN $5 IN ('succeeded', 'undone') THEN f.at END,
  fruitless_claims = CASE WHEN $7 OR $8 IS NOT NULL OR $5 IS NOT NULL THEN 0 ELSE r.fruitless_claims END,
  wake_at = CASE WHEN $8 IS NULL THEN r.wake_at WHEN r.cancel_requested AND NOT $10 THEN f.at
                 ELSE f.at + $8 * interval '1 millisecond' END,
  lease_owner = CASE WHEN $8 IS NULL THEN r.lease_owner END,
  lease_until = CASE WHEN $8 IS NULL THEN f.at + $9 * interval '1 millisecond' END
FROM fence f WHERE r.tenant_id = f.tenant_id AND r.id = f.id
RETURNING r.cancel_requested";

const HEARTBEAT: &str = "
UPDATE saga.run SET lease_until = clock_timestamp() + $4 * interval '1 millisecond'
WHERE tenant_id = $1 AND id = $2 AND lease_epoch = $3 AND lease_owner IS NOT NULL
RETURNING cancel_requested";

#[derive(QueryableByName)]
struct Written {
    #[diesel(sql_type = Bool)]
    cancel_requested: bool,
}

impl Store {
    /// Writes a batch if the epoch still holds; `None`: it does not, and nothing was written. Else whether the run is
    /// to be cancelled.
    pub(crate) async fn advance(&self, fence: Fence, batch: &Batch) -> Result<Option<bool>> {
        let changes =
            serde_json::to_value(&batch.changes).map_err(|error| Error::Inconsistent {
                table: "saga.step",
                what: error.to_string(),
            })?;
        let mut conn = self.conn().await?;
        let written: Option<Written> = Statement::new(ADVANCE)
            .bind(fence.tenant_id)
            .bind(fence.run_id)
            .bind(fence.epoch)
            .bind(changes)
            .bind(batch.state.map(|state| state.as_str().to_owned()))
            .bind(batch.error.clone())
            .bind(batch.is_progress)
            .bind(batch.release.map(millis))
            .bind(millis(fence.lease))
            .bind(batch.is_cancel_known)
            .get_result(&mut conn)
            .await
            .optional()?;
        Ok(written.map(|written| written.cancel_requested))
    }

    /// Renews the lease; answers as [`Store::advance`] does.
    pub(crate) async fn heartbeat(&self, fence: Fence) -> Result<Option<bool>> {
        let mut conn = self.conn().await?;
        let written: Option<Written> = Statement::new(HEARTBEAT)
            .bind(fence.tenant_id)
            .bind(fence.run_id)
            .bind(fence.epoch)
            .bind(millis(fence.lease))
            .get_result(&mut conn)
            .await
            .optional()?;
        Ok(written.map(|written| written.cancel_requested))
    }
}

/// Whole milliseconds, as the statements take them.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 1_000_000)
}
