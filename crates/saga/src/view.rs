//! A run as people and the API see it.

use chrono::{DateTime, Utc};
use diesel::sql_types::{
    BigInt, Bool, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::sql::Statement;
use crate::{Error, Result, RunState, StepState};

/// A run with its steps, at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunView {
    /// The run.
    pub run_id: Uuid,
    /// Whose it is.
    pub tenant_id: Uuid,
    /// Which saga.
    pub kind: String,
    /// Which version of it.
    pub kind_version: i32,
    /// What it is about.
    pub subject: String,
    /// Where it stands.
    pub state: RunState,
    /// Why it is unwinding, undone or stuck.
    pub error: Option<RunError>,
    /// Somebody asked it to stop.
    pub cancel_requested: bool,
    /// A worker is on it.
    pub is_leased: bool,
    /// Nothing happens before, unless a worker is on it.
    pub wake_at: DateTime<Utc>,
    /// When it was enqueued.
    pub created_at: DateTime<Utc>,
    /// When it succeeded or was undone.
    pub finished_at: Option<DateTime<Utc>>,
    /// The steps in the order of their definition.
    pub steps: Vec<StepView>,
}

/// One step of a [`RunView`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepView {
    /// Its name.
    pub name: String,
    /// The steps it waits for.
    pub depends_on: Vec<String>,
    /// Where it stands.
    pub state: StepState,
    /// There is no way back once it is done.
    pub is_pivot: bool,
    /// The last failure, also while it is tried again.
    pub error: Option<StepError>,
    /// Why it was left out.
    pub skip_reason: Option<Value>,
    /// How often it was tried.
    pub attempt: u32,
    /// It is not tried before.
    pub next_at: DateTime<Utc>,
    /// What it left: ids.
    pub output: Option<Value>,
    /// When its last attempt began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it came to its end.
    pub ended_at: Option<DateTime<Utc>>,
}

/// A step's failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepError {
    /// Stable, for programs.
    pub code: String,
    /// For people.
    pub detail: String,
}

/// A run's failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunError {
    /// The step at fault, if one is.
    pub step: Option<String>,
    /// Stable, for programs.
    pub code: String,
    /// For people.
    pub detail: String,
}

impl RunView {
    /// Nothing will happen to it any more.
    #[must_use]
    pub const fn is_terminal(&self) -> bool {
        self.state.is_terminal()
    }

    /// Nothing will happen to it unless a person steps in.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        self.state.is_settled()
    }

    /// A step by name.
    #[must_use]
    pub fn step(&self, name: &str) -> Option<&StepView> {
        self.steps.iter().find(|step| step.name == name)
    }
}

/// Something that happened to a run; for people, recovery never reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Order within the table.
    pub seq: i64,
    /// When, by the database's clock.
    pub at: DateTime<Utc>,
    /// Which lease wrote it.
    pub lease_epoch: i64,
    /// The step, if it was about one.
    pub step: Option<String>,
    /// What happened.
    pub what: String,
    /// Who did it; `None`: a worker.
    pub actor: Option<String>,
    /// More.
    pub detail: Option<Value>,
}

/// Every read of runs has these columns; only what follows differs.
macro_rules! select_runs {
    ($tail:literal) => {
        concat!(
            "
SELECT r.tenant_id, r.id, r.kind, r.kind_version, r.subject, r.state, r.error, r.cancel_requested,
       coalesce(r.lease_until >= clock_timestamp(), false) AS is_leased, r.wake_at, r.created_at, r.finished_at,
       (SELECT jsonb_agg(jsonb_build_object(
            'name', s.name, 'depends_on', s.depends_on, 'state', s.state, 'is_pivot', s.is_pivot, 'error', s.error,
            'skip_reason', s.skip_reason, 'attempt', s.attempt, 'next_at', s.next_at, 'output', s.output,
            'started_at', s.started_at, 'ended_at', s.ended_at) ORDER BY s.position)
        FROM saga.step s WHERE s.tenant_id = r.tenant_id AND s.run_id = r.id) AS steps
FROM saga.run r",
            $tail
        )
    };
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    tenant_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Integer)]
    kind_version: i32,
    #[diesel(sql_type = Text)]
    subject: String,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Nullable<Jsonb>)]
    error: Option<Value>,
    #[diesel(sql_type = Bool)]
    cancel_requested: bool,
    #[diesel(sql_type = Bool)]
    is_leased: bool,
    #[diesel(sql_type = Timestamptz)]
    wake_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    finished_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    steps: Option<Value>,
}

impl TryFrom<Row> for RunView {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let strange = |what: &'static str| {
            move |error: serde_json::Error| Error::Inconsistent {
                table: what,
                what: error.to_string(),
            }
        };
        Ok(Self {
            run_id: row.id,
            tenant_id: row.tenant_id,
            kind: row.kind,
            kind_version: row.kind_version,
            subject: row.subject,
            state: RunState::parse(&row.state)?,
            error: row
                .error
                .map(serde_json::from_value)
                .transpose()
                .map_err(strange("saga.run"))?,
            cancel_requested: row.cancel_requested,
            is_leased: row.is_leased,
            wake_at: row.wake_at,
            created_at: row.created_at,
            finished_at: row.finished_at,
            steps: row
                .steps
                .map(serde_json::from_value)
                .transpose()
                .map_err(strange("saga.step"))?
                .unwrap_or_default(),
        })
    }
}

/// Reads a run as the connection's role may see it: as the application role, only the set tenant's.
///
/// # Errors
///
/// [`Error::Database`] if the statement fails.
pub async fn find_run(conn: &mut AsyncPgConnection, run_id: Uuid) -> Result<Option<RunView>> {
    let row: Option<Row> = Statement::new(select_runs!(" WHERE r.id = $1"))
        .bind(run_id)
        .get_result(conn)
        .await
        .optional()?;
    row.map(RunView::try_from).transpose()
}

/// Reads several runs in one statement, as the connection's role may see them, in no order.
///
/// # Errors
///
/// [`Error::Database`] if the statement fails.
pub async fn find_runs(conn: &mut AsyncPgConnection, run_ids: &[Uuid]) -> Result<Vec<RunView>> {
    let rows: Vec<Row> = Statement::new(select_runs!(" WHERE r.id = ANY($1)"))
        .bind(run_ids.to_vec())
        .load(conn)
        .await?;
    rows.into_iter().map(RunView::try_from).collect()
}

/// Which runs [`Store::list`](crate::Store::list) shows; `None` means any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of one tenant.
    pub tenant_id: Option<Uuid>,
    /// In one state.
    pub state: Option<RunState>,
    /// Of one kind.
    pub kind: Option<String>,
    /// About one subject.
    pub subject: Option<String>,
    /// Older than this run: the last one of the page before.
    pub after: Option<Uuid>,
}

/// The newest runs first.
pub(crate) async fn list(
    conn: &mut AsyncPgConnection,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<RunView>> {
    let rows: Vec<Row> = Statement::new(select_runs!(
        "
WHERE ($1 IS NULL OR r.tenant_id = $1) AND ($2 IS NULL OR r.state = $2) AND ($3 IS NULL OR r.kind = $3)
  AND ($4 IS NULL OR r.subject = $4) AND ($5 IS NULL OR r.id < $5)
ORDER BY r.id DESC LIMIT $6"
    ))
    .bind(filter.tenant_id)
    .bind(filter.state.map(|state| state.as_str().to_owned()))
    .bind(filter.kind.clone())
    .bind(filter.subject.clone())
    .bind(filter.after)
    .bind(limit)
    .load(conn)
    .await?;
    rows.into_iter().map(RunView::try_from).collect()
}

#[derive(QueryableByName)]
struct EventRow {
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Timestamptz)]
    at: DateTime<Utc>,
    #[diesel(sql_type = BigInt)]
    lease_epoch: i64,
    #[diesel(sql_type = Nullable<Text>)]
    step: Option<String>,
    #[diesel(sql_type = Text)]
    what: String,
    #[diesel(sql_type = Nullable<Text>)]
    actor: Option<String>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    detail: Option<Value>,
}

/// What happened to a run, oldest first, as the connection's role may see it.
///
/// # Errors
///
/// [`Error::Database`] if the statement fails.
pub async fn list_events(conn: &mut AsyncPgConnection, run_id: Uuid) -> Result<Vec<Event>> {
    let rows: Vec<EventRow> = Statement::new(
        "SELECT e.seq, e.at, e.lease_epoch, e.step, e.what, e.actor, e.detail
         FROM saga.run r JOIN saga.event e ON e.tenant_id = r.tenant_id AND e.run_id = r.id
         WHERE r.id = $1 ORDER BY e.seq",
    )
    .bind(run_id)
    .load(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Event {
            seq: row.seq,
            at: row.at,
            lease_epoch: row.lease_epoch,
            step: row.step,
            what: row.what,
            actor: row.actor,
            detail: row.detail,
        })
        .collect())
}
