//! Deleting what is kept for a time only and belongs to several tables.

use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::Result;

/// Sweeps, on an open system connection.
pub struct Sweeps<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> Sweeps<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Deletes up to `limit` runs that ended before `before`, with their steps and events. The latest run of
    /// a person and of a domain stays: it says what they have.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge_runs(&mut self, before: DateTime<Utc>, limit: i64) -> Result<usize> {
        self.purge(
            "DELETE FROM saga.run WHERE (tenant_id, id) IN (
               SELECT r.tenant_id, r.id FROM saga.run r
               WHERE r.finished_at < $1
                 AND NOT EXISTS (SELECT FROM workspace.tenant_users m WHERE m.tenant_id = r.tenant_id AND m.run_id = r.id)
                 AND NOT EXISTS (SELECT FROM workspace.domains d WHERE d.tenant_id = r.tenant_id AND d.run_id = r.id)
               ORDER BY r.finished_at LIMIT $2)",
            before,
            limit,
        )
        .await
    }

    /// Deletes up to `limit` accounts that were registered before `before`, never signed in to, and whose
    /// address nobody proved.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge_registrations(
        &mut self,
        before: DateTime<Utc>,
        limit: i64,
    ) -> Result<usize> {
        self.purge(
            "DELETE FROM auth.users WHERE id IN (
               SELECT u.id FROM auth.users u
               WHERE u.origin = 'registered' AND u.last_login_at IS NULL AND u.email_verified_at IS NULL
                 AND u.created_at < $1
                 AND NOT EXISTS (SELECT FROM workspace.tenant_users m WHERE m.user_id = u.id)
               ORDER BY u.created_at LIMIT $2 FOR UPDATE SKIP LOCKED)
             AND last_login_at IS NULL AND email_verified_at IS NULL",
            before,
            limit,
        )
        .await
    }

    /// Deletes up to `limit` rows of workers that were last seen before `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge_workers(&mut self, before: DateTime<Utc>, limit: i64) -> Result<usize> {
        self.purge(
            "DELETE FROM saga.worker WHERE id IN (
               SELECT id FROM saga.worker WHERE last_seen_at < $1 ORDER BY last_seen_at LIMIT $2)",
            before,
            limit,
        )
        .await
    }

    async fn purge(&mut self, statement: &str, before: DateTime<Utc>, limit: i64) -> Result<usize> {
        Ok(diesel::sql_query(statement)
            .bind::<Timestamptz, _>(before)
            .bind::<BigInt, _>(limit)
            .execute(self.connection)
            .await?)
    }
}
