//! Ending runs that the present wish has overtaken, and what is left of them for a while.

use std::time::Duration;

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::Result;
use crate::fence::millis;
use crate::sql::Statement;

/// The code of a run whose place another one took. An index and the statements here name it.
const END: &str = "
WITH ended AS (
  UPDATE saga.run r SET state = 'undone', stuck_from = NULL, finished_at = clock_timestamp(),
    error = jsonb_build_object('step', NULL, 'code', 'superseded', 'detail', $4),
    lease_epoch = r.lease_epoch + 1, lease_owner = NULL, lease_until = NULL
  WHERE r.tenant_id = $1 AND r.state IN ('forward', 'unwinding', 'stuck')
    AND CASE WHEN $2 IS NULL THEN NOT r.is_closing AND r.id IS DISTINCT FROM $3 ELSE r.id = $2 END
  RETURNING r.tenant_id, r.id, r.lease_epoch
)
INSERT INTO saga.event (tenant_id, run_id, lease_epoch, what, detail)
SELECT tenant_id, id, lease_epoch, 'superseded', jsonb_build_object('reason', $4) FROM ended";

const SETTLING: &str = "
SELECT EXISTS (
  SELECT FROM saga.run r
  WHERE r.tenant_id = $1 AND r.subject = $2 AND r.error ->> 'code' = 'superseded'
    AND r.finished_at > clock_timestamp() - $3 * interval '1 millisecond'
    AND EXISTS (SELECT FROM saga.step s WHERE s.tenant_id = r.tenant_id AND s.run_id = r.id
                AND s.state IN ('started', 'undo_started'))) AS found";

const CHILDREN: &str = "
SELECT count(*) AS total,
       count(*) FILTER (WHERE state IN ('forward', 'unwinding')) AS active,
       count(*) FILTER (WHERE state = 'stuck') AS stuck
FROM saga.run WHERE tenant_id = $1 AND parent_id = $2";

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    found: bool,
}

/// How the runs stand that one run has enqueued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Children {
    /// All of them.
    #[diesel(sql_type = BigInt)]
    pub total: i64,
    /// At work, or waiting for a peer.
    #[diesel(sql_type = BigInt)]
    pub active: i64,
    /// Waiting for a person.
    #[diesel(sql_type = BigInt)]
    pub stuck: i64,
}

impl Children {
    /// Those that have come to an end.
    #[must_use]
    pub const fn ended(&self) -> i64 {
        self.total - self.active - self.stuck
    }
}

/// Ends one run, if it is active.
pub(crate) async fn supersede_run(
    conn: &mut AsyncPgConnection,
    tenant_id: Uuid,
    run_id: Uuid,
    reason: &str,
) -> Result<()> {
    end(conn, tenant_id, Some(run_id), None, reason)
        .await
        .map(drop)
}

/// Ends every active run of a tenant that does not take access away, but for `except`. Answers how many. The
/// connection acts as the system role.
///
/// # Errors
///
/// [`Error::Database`](crate::Error::Database) if the statement fails.
pub async fn supersede_all(
    conn: &mut AsyncPgConnection,
    tenant_id: Uuid,
    except: Option<Uuid>,
    reason: &str,
) -> Result<usize> {
    end(conn, tenant_id, None, except, reason).await
}

async fn end(
    conn: &mut AsyncPgConnection,
    tenant_id: Uuid,
    one: Option<Uuid>,
    except: Option<Uuid>,
    reason: &str,
) -> Result<usize> {
    let ended = Statement::new(END)
        .bind(tenant_id)
        .bind(one)
        .bind(except)
        .bind(reason.replace('\0', ""))
        .execute(conn)
        .await?;
    Ok(ended)
}

/// Whether requests of a superseded run may still be on their way to a peer: one was ended within `horizon` while a
/// step of it was at work.
///
/// # Errors
///
/// [`Error::Database`](crate::Error::Database) if the statement fails.
pub async fn is_settling(
    conn: &mut AsyncPgConnection,
    tenant_id: Uuid,
    subject: &str,
    horizon: Duration,
) -> Result<bool> {
    let row: Found = Statement::new(SETTLING)
        .bind(tenant_id)
        .bind(subject)
        .bind(millis(horizon))
        .get_result(conn)
        .await?;
    Ok(row.found)
}

/// How the runs stand that `parent_id` has enqueued.
///
/// # Errors
///
/// [`Error::Database`](crate::Error::Database) if the statement fails.
pub async fn count_children(
    conn: &mut AsyncPgConnection,
    tenant_id: Uuid,
    parent_id: Uuid,
) -> Result<Children> {
    Ok(Statement::new(CHILDREN)
        .bind(tenant_id)
        .bind(parent_id)
        .get_result(conn)
        .await?)
}
