//! What a person can do about a run. Each verb is one transaction, leaves an event with the actor's name, and raises
//! the epoch, so that a worker which still believes in the run is fenced off.

use diesel::sql_types::{Bool, Nullable, Text, Uuid as SqlUuid};
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use serde_json::json;
use uuid::Uuid;

use crate::sql::Statement;
use crate::verbs;
use crate::view::{Event, Filter, RunView, find_run, list, list_events};
use crate::{Error, Result, RunState, Store};

/// Most runs on a page.
const MAX_PAGE: i64 = 100;

/// What a person wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb<'a> {
    Retry,
    Skip { step: &'a str, reason: &'a str },
    Unwind,
    Abandon { reason: &'a str },
    Cancel,
}

impl Verb<'_> {
    const fn event(self) -> &'static str {
        match self {
            Self::Retry => "operator_retry",
            Self::Skip { .. } => "operator_skip",
            Self::Unwind => "operator_unwind",
            Self::Abandon { .. } => "operator_abandon",
            Self::Cancel => "operator_cancel",
        }
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    tenant_id: Uuid,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Nullable<Text>)]
    stuck_from: Option<String>,
    #[diesel(sql_type = Bool)]
    is_leased: bool,
    #[diesel(sql_type = Bool)]
    is_past_pivot: bool,
}

/// A run that the verb's transaction holds.
pub(crate) struct Held {
    pub(crate) tenant_id: Uuid,
    pub(crate) run_id: Uuid,
    pub(crate) state: RunState,
    pub(crate) stuck_from: Option<RunState>,
    pub(crate) is_leased: bool,
    pub(crate) is_past_pivot: bool,
}

impl Held {
    pub(crate) fn refuse(&self, why: &'static str) -> Error {
        Error::Refused {
            run_id: self.run_id,
            state: self.state,
            why,
        }
    }
}

impl Store {
    /// A page of runs, the newest first; `limit` is at most 100.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if the statement fails.
    pub async fn list(&self, filter: &Filter, limit: i64) -> Result<Vec<RunView>> {
        let mut conn = self.conn().await?;
        list(&mut conn, filter, limit.clamp(1, MAX_PAGE)).await
    }

    /// A run with everything that happened to it.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownRun`] if there is no such run.
    pub async fn show(&self, run_id: Uuid) -> Result<(RunView, Vec<Event>)> {
        let mut conn = self.conn().await?;
        let view = find_run(&mut conn, run_id)
            .await?
            .ok_or(Error::UnknownRun { run_id })?;
        let events = list_events(&mut conn, run_id).await?;
        Ok((view, events))
    }

    /// Tries again: failed steps start afresh with a new deadline, waiting ones at once; a stuck run goes on the way
    /// it went.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if the run is finished, [`Error::Busy`] if a worker is on it.
    pub async fn retry(&self, run_id: Uuid, actor: &str) -> Result<()> {
        self.act(run_id, Verb::Retry, actor).await
    }

    /// Leaves a step out that failed or has not begun: its dependents go on as if it were done.
    ///
    /// # Errors
    ///
    /// [`Error::ReasonRequired`] without a reason, [`Error::UnknownStep`] if the run has no such step that could be
    /// left out, [`Error::Refused`] if the run does not go forward, [`Error::Busy`] if a worker is on it.
    pub async fn skip(&self, run_id: Uuid, step: &str, reason: &str, actor: &str) -> Result<()> {
        let reason = required(reason)?;
        self.act(run_id, Verb::Skip { step, reason }, actor).await
    }

    /// Undoes the run. A person may do so even after the pivot, where the program never would.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if the run is finished, [`Error::Busy`] if a worker is on it.
    pub async fn unwind(&self, run_id: Uuid, actor: &str) -> Result<()> {
        self.act(run_id, Verb::Unwind, actor).await
    }

    /// Ends the run as it is; what it left in peers stays there. Frees the subject for another run.
    ///
    /// # Errors
    ///
    /// [`Error::ReasonRequired`] without a reason, [`Error::Refused`] if the run is finished, [`Error::Busy`] if a
    /// worker is on it.
    pub async fn abandon(&self, run_id: Uuid, reason: &str, actor: &str) -> Result<()> {
        let reason = required(reason)?;
        self.act(run_id, Verb::Abandon { reason }, actor).await
    }

    /// Asks the run to stop. Before its pivot it turns back at the next step's border, also while a worker is on it;
    /// after the pivot it goes on to its end.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if the run is not going forward or its pivot is done.
    pub async fn cancel(&self, run_id: Uuid, actor: &str) -> Result<()> {
        self.act(run_id, Verb::Cancel, actor).await
    }

    async fn act(&self, run_id: Uuid, verb: Verb<'_>, actor: &str) -> Result<()> {
        let mut conn = self.conn().await?;
        conn.transaction(async |conn| {
            let run = hold(conn, run_id).await?;
            if run.is_leased && verb != Verb::Cancel {
                return Err(Error::Busy { run_id });
            }
            match verb {
                Verb::Retry => verbs::retry(conn, &run).await?,
                Verb::Skip { step, reason } => verbs::skip(conn, &run, step, reason).await?,
                Verb::Unwind => verbs::unwind(conn, &run).await?,
                Verb::Abandon { reason } => verbs::abandon(conn, &run, reason).await?,
                Verb::Cancel => verbs::cancel(conn, &run).await?,
            }
            audit(conn, &run, verb, actor).await
        })
        .await?;
        self.hub().moved(run_id);
        tracing::info!(run.id = %run_id, verb = verb.event(), actor, "operator acted on a run");
        Ok(())
    }
}

fn required(reason: &str) -> Result<&str> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::ReasonRequired);
    }
    Ok(reason)
}

/// Locks the run until the verb's transaction ends: no claim and no other verb comes between.
async fn hold(conn: &mut AsyncPgConnection, run_id: Uuid) -> Result<Held> {
    let row: Option<Row> = Statement::new(
        "SELECT r.tenant_id, r.state, r.stuck_from, coalesce(r.lease_until >= clock_timestamp(), false) AS is_leased,
           EXISTS (SELECT 1 FROM saga.step s WHERE s.tenant_id = r.tenant_id AND s.run_id = r.id
                   AND s.is_pivot AND s.state = 'done') AS is_past_pivot
         FROM saga.run r WHERE r.id = $1 FOR NO KEY UPDATE",
    )
    .bind(run_id)
    .get_result(conn)
    .await
    .optional()?;
    let row = row.ok_or(Error::UnknownRun { run_id })?;
    Ok(Held {
        tenant_id: row.tenant_id,
        run_id,
        state: RunState::parse(&row.state)?,
        stuck_from: row.stuck_from.as_deref().map(RunState::parse).transpose()?,
        is_leased: row.is_leased,
        is_past_pivot: row.is_past_pivot,
    })
}

/// Writes who did what, and calls the workers.
async fn audit(
    conn: &mut AsyncPgConnection,
    run: &Held,
    verb: Verb<'_>,
    actor: &str,
) -> Result<()> {
    let (step, reason) = match verb {
        Verb::Skip { step, reason } => (Some(step.to_owned()), Some(reason)),
        Verb::Abandon { reason } => (None, Some(reason)),
        Verb::Unwind if run.is_past_pivot => (None, Some("after the pivot")),
        Verb::Retry | Verb::Unwind | Verb::Cancel => (None, None),
    };
    Statement::new(
        "WITH logged AS (
           INSERT INTO saga.event (tenant_id, run_id, lease_epoch, step, what, actor, detail)
           SELECT tenant_id, id, lease_epoch, $3, $4, $5, $6 FROM saga.run WHERE tenant_id = $1 AND id = $2)
         SELECT pg_notify('saga_due', '')",
    )
    .bind(run.tenant_id)
    .bind(run.run_id)
    .bind(step)
    .bind(verb.event())
    .bind(actor)
    .bind(reason.map(|reason| json!({"reason": reason})))
    .execute(conn)
    .await?;
    Ok(())
}
