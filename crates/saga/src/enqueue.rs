//! Starting a run inside the caller's own transaction: the row that says what is wanted and the run that will make
//! it so commit together, or neither does.

use bheem_domain::Clock;
use diesel::sql_types::{Bool, Uuid as SqlUuid};
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::end;
use crate::sql::Statement;
use crate::{Enqueued, Error, NewRun, Result};

/// The lane, the run and its steps in one statement. Waits for a rival transaction with the same key or subject.
const INSERT: &str = "
WITH lane AS (
  INSERT INTO saga.lane (tenant_id) VALUES ($1) ON CONFLICT DO NOTHING
), run AS (
  INSERT INTO saga.run (tenant_id, id, kind, kind_version, subject, dedupe_key, params, priority, is_closing, parent_id)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $10, $11)
  ON CONFLICT DO NOTHING
  RETURNING tenant_id, id
), steps AS (
  INSERT INTO saga.step (tenant_id, run_id, name, position, depends_on, is_pivot, state, effect_key, skip_reason)
  SELECT run.tenant_id, run.id, s.name, s.position,
         ARRAY(SELECT jsonb_array_elements_text(s.depends_on)), s.is_pivot,
         CASE WHEN s.skip_reason IS NULL THEN 'pending' ELSE 'skipped' END, s.effect_key, s.skip_reason
  FROM run, jsonb_to_recordset($9) AS s(name text, position integer, depends_on jsonb, is_pivot boolean,
                                        effect_key uuid, skip_reason jsonb)
)
SELECT id FROM run";

const CONFLICT: &str = "
SELECT id, dedupe_key = $2 AS is_same FROM saga.run
WHERE tenant_id = $1
  AND (dedupe_key = $2 OR (subject = $3 AND state IN ('forward', 'unwinding', 'stuck')))
ORDER BY is_same DESC LIMIT 1";

/// The rival run may finish between our two statements; then the insert succeeds on the next turn.
const TURNS: usize = 5;

#[derive(QueryableByName)]
struct Inserted {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

#[derive(QueryableByName)]
struct Rival {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Bool)]
    is_same: bool,
}

/// Enqueues a run on the caller's connection, inside its transaction if it has one.
///
/// The connection acts as the application role with the tenant set, or as the system role. Workers hear of the run
/// when the transaction commits.
///
/// # Errors
///
/// [`Error::Definition`] if the graph is not one, [`Error::ActiveRun`] if another run is active for the subject,
/// [`Error::Database`] if a statement fails.
pub async fn enqueue(
    conn: &mut AsyncPgConnection,
    clock: &dyn Clock,
    run: &NewRun,
) -> Result<Enqueued> {
    insert(conn, clock, run, None).await
}

/// As [`enqueue`], and ends the run that is active for the subject, wherever it stands: nothing of it is undone, as the
/// new run makes of what it finds what is wanted now. A worker that is at work on it writes nothing more, but a request
/// of it may still be on its way to a peer: see [`is_settling`](crate::is_settling).
///
/// The connection acts as the system role.
///
/// # Errors
///
/// As [`enqueue`], but for [`Error::ActiveRun`].
pub async fn supersede(
    conn: &mut AsyncPgConnection,
    clock: &dyn Clock,
    run: &NewRun,
    reason: &str,
) -> Result<Enqueued> {
    insert(conn, clock, run, Some(reason)).await
}

async fn insert(
    conn: &mut AsyncPgConnection,
    clock: &dyn Clock,
    run: &NewRun,
    supersedes: Option<&str>,
) -> Result<Enqueued> {
    run.validate()?;
    let steps = steps_json(clock, run);
    for _ in 0..TURNS {
        let inserted: Option<Inserted> = Statement::new(INSERT)
            .bind(run.tenant_id)
            .bind(clock.new_uuid())
            .bind(run.kind.as_str())
            .bind(run.kind_version)
            .bind(run.subject.as_str())
            .bind(run.dedupe_key.as_str())
            .bind(run.params.clone())
            .bind(run.priority)
            .bind(steps.clone())
            .bind(run.is_closing)
            .bind(run.parent_id)
            .get_result(conn)
            .await
            .optional()?;
        if let Some(Inserted { id }) = inserted {
            metrics::counter!("saga_runs_started_total", "kind" => run.kind.clone()).increment(1);
            return Ok(Enqueued {
                run_id: id,
                existed: false,
            });
        }
        let rival: Option<Rival> = Statement::new(CONFLICT)
            .bind(run.tenant_id)
            .bind(run.dedupe_key.as_str())
            .bind(run.subject.as_str())
            .get_result(conn)
            .await
            .optional()?;
        match rival {
            Some(Rival { id, is_same: true }) => {
                return Ok(Enqueued {
                    run_id: id,
                    existed: true,
                });
            }
            Some(Rival { id, is_same: false }) => match supersedes {
                None => return Err(Error::ActiveRun { run_id: id }),
                Some(reason) => end::supersede_run(conn, run.tenant_id, id, reason).await?,
            },
            None => {}
        }
    }
    Err(Error::Inconsistent {
        table: "saga.run",
        what: format!(
            "subject {:?} conflicts with a run that is not there",
            run.subject
        ),
    })
}

fn steps_json(clock: &dyn Clock, run: &NewRun) -> Value {
    run.steps
        .iter()
        .enumerate()
        .map(|(position, step)| {
            json!({
                "name": step.name,
                "position": position,
                "depends_on": step.depends_on,
                "is_pivot": run.pivot.as_deref() == Some(step.name.as_str()),
                "effect_key": clock.new_uuid(),
                "skip_reason": step.skipped,
            })
        })
        .collect()
}
