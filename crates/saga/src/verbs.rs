//! What each operator verb does to the rows, inside the verb's transaction, which holds the run.

use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::json;

use crate::operator::Held;
use crate::sql::Statement;
use crate::{Error, Result, RunState};

pub(crate) async fn retry(conn: &mut AsyncPgConnection, run: &Held) -> Result<()> {
    let state = match (run.state, run.stuck_from) {
        (RunState::Stuck, Some(from)) => from,
        (RunState::Forward | RunState::Unwinding, _) => run.state,
        _ => return Err(run.refuse("it is finished")),
    };
    // A failed step goes on as a started one, not as a new one: it may have left something, so it is probed first.
    Statement::new(
        "UPDATE saga.step SET failures = 0, deadline_at = NULL, next_at = clock_timestamp(), ended_at = NULL,
           state = CASE state WHEN 'failed' THEN 'started' WHEN 'undo_failed' THEN 'undo_started' ELSE state END
         WHERE tenant_id = $1 AND run_id = $2 AND (
           state IN ('pending', 'started', 'undo_started', 'undo_failed') OR (state = 'failed' AND $3 = 'forward'))",
    )
    .bind(run.tenant_id)
    .bind(run.run_id)
    .bind(state.as_str())
    .execute(conn)
    .await?;
    restart(conn, run, state).await
}

pub(crate) async fn skip(
    conn: &mut AsyncPgConnection,
    run: &Held,
    step: &str,
    reason: &str,
) -> Result<()> {
    let is_forward = run.state == RunState::Forward
        || (run.state == RunState::Stuck && run.stuck_from == Some(RunState::Forward));
    if !is_forward {
        return Err(run.refuse("only a run that goes forward skips steps"));
    }
    let skipped = Statement::new(
        "UPDATE saga.step SET state = 'skipped', skip_reason = $4, ended_at = clock_timestamp()
         WHERE tenant_id = $1 AND run_id = $2 AND name = $3 AND state IN ('pending', 'started', 'failed')",
    )
    .bind(run.tenant_id)
    .bind(run.run_id)
    .bind(step)
    .bind(json!({"code": "operator", "detail": reason}))
    .execute(conn)
    .await?;
    if skipped == 0 {
        return Err(Error::UnknownStep {
            run_id: run.run_id,
            step: step.to_owned(),
        });
    }
    restart(conn, run, RunState::Forward).await
}

pub(crate) async fn unwind(conn: &mut AsyncPgConnection, run: &Held) -> Result<()> {
    if run.state.is_terminal() {
        return Err(run.refuse("it is finished"));
    }
    Statement::new(
        "UPDATE saga.step SET failures = 0, deadline_at = NULL, next_at = clock_timestamp(),
           state = CASE state WHEN 'undo_failed' THEN 'undo_started' ELSE state END
         WHERE tenant_id = $1 AND run_id = $2",
    )
    .bind(run.tenant_id)
    .bind(run.run_id)
    .execute(conn)
    .await?;
    restart(conn, run, RunState::Unwinding).await
}

pub(crate) async fn abandon(conn: &mut AsyncPgConnection, run: &Held, reason: &str) -> Result<()> {
    if run.state.is_terminal() {
        return Err(run.refuse("it is finished"));
    }
    Statement::new(
        "UPDATE saga.run SET state = 'undone', stuck_from = NULL, finished_at = clock_timestamp(), error = $3,
           lease_epoch = lease_epoch + 1, lease_owner = NULL, lease_until = NULL
         WHERE tenant_id = $1 AND id = $2",
    )
    .bind(run.tenant_id)
    .bind(run.run_id)
    .bind(json!({"step": null, "code": "abandoned", "detail": reason}))
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn cancel(conn: &mut AsyncPgConnection, run: &Held) -> Result<()> {
    if run.state != RunState::Forward {
        return Err(run.refuse("only a run that goes forward is cancelled"));
    }
    if run.is_past_pivot {
        return Err(run.refuse("its pivot is done"));
    }
    Statement::new(
        "UPDATE saga.run SET cancel_requested = true, wake_at = least(wake_at, clock_timestamp())
         WHERE tenant_id = $1 AND id = $2",
    )
    .bind(run.tenant_id)
    .bind(run.run_id)
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes the run due in the given state, under a new epoch: whoever held an expired lease is fenced off.
async fn restart(conn: &mut AsyncPgConnection, run: &Held, state: RunState) -> Result<()> {
    Statement::new(
        "UPDATE saga.run SET state = $3, stuck_from = NULL, fruitless_claims = 0, wake_at = clock_timestamp(),
           error = CASE WHEN $3 = 'forward' THEN NULL ELSE error END,
           lease_epoch = lease_epoch + 1, lease_owner = NULL, lease_until = NULL
         WHERE tenant_id = $1 AND id = $2",
    )
    .bind(run.tenant_id)
    .bind(run.run_id)
    .bind(state.as_str())
    .execute(conn)
    .await?;
    Ok(())
}
