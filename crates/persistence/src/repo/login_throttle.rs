//! Counts of failed sign-ins, shared by all replicas.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::{Result, schema::login_throttle};

/// Failures within a window.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
#[diesel(table_name = login_throttle)]
pub struct ThrottleCount {
    /// Hash of what is counted: a name or an address.
    pub key: Vec<u8>,
    /// Failures since the window began.
    pub failures: i32,
    /// When the window began.
    pub window_started_at: DateTime<Utc>,
}

/// Counts, on an open connection.
pub struct LoginThrottle<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> LoginThrottle<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// The counts of these keys, if their windows began after `since`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn counts(
        &mut self,
        keys: &[Vec<u8>],
        since: DateTime<Utc>,
    ) -> Result<Vec<ThrottleCount>> {
        Ok(login_throttle::table
            .filter(login_throttle::key.eq_any(keys))
            .filter(login_throttle::window_started_at.gt(since))
            .load::<(Vec<u8>, i32, DateTime<Utc>)>(self.connection)
            .await?
            .into_iter()
            .map(|(key, failures, window_started_at)| ThrottleCount {
                key,
                failures,
                window_started_at,
            })
            .collect())
    }

    /// Counts one more failure for each key; a window older than `since` starts anew. Answers the
    /// counts with it, so that of many at once each sees another one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_failure(
        &mut self,
        keys: &[Vec<u8>],
        now: DateTime<Utc>,
        since: DateTime<Utc>,
    ) -> Result<Vec<ThrottleCount>> {
        Ok(diesel::sql_query(
            "INSERT INTO auth.login_throttle AS t (key, failures, window_started_at) \
             SELECT k, 1, $2 FROM unnest($1) AS k ORDER BY k \
             ON CONFLICT (key) DO UPDATE SET \
               failures = CASE WHEN t.window_started_at > $3 THEN t.failures + 1 ELSE 1 END, \
               window_started_at = CASE WHEN t.window_started_at > $3 THEN t.window_started_at ELSE $2 END \
             RETURNING key, failures, window_started_at",
        )
        .bind::<diesel::sql_types::Array<diesel::sql_types::Bytea>, _>(keys)
        .bind::<diesel::sql_types::Timestamptz, _>(now)
        .bind::<diesel::sql_types::Timestamptz, _>(since)
        .load(self.connection)
        .await?)
    }

    /// Counts one failure less for each key; the window that it began ends with it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_back(&mut self, keys: &[Vec<u8>]) -> Result<()> {
        diesel::sql_query(
            "WITH gone AS (DELETE FROM auth.login_throttle WHERE key = ANY ($1) AND failures <= 1) \
             UPDATE auth.login_throttle SET failures = failures - 1 WHERE key = ANY ($1) AND failures > 1",
        )
        .bind::<diesel::sql_types::Array<diesel::sql_types::Bytea>, _>(keys)
        .execute(self.connection)
        .await?;
        Ok(())
    }

    /// Forgets the failures of one key, after a success.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clear(&mut self, key: &[u8]) -> Result<()> {
        diesel::delete(login_throttle::table.find(key))
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// Deletes up to `limit` windows that began before `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(&mut self, before: DateTime<Utc>, limit: i64) -> Result<usize> {
        Ok(diesel::sql_query(
            "DELETE FROM auth.login_throttle WHERE key IN \
             (SELECT key FROM auth.login_throttle WHERE window_started_at < $1 \
              ORDER BY window_started_at LIMIT $2)",
        )
        .bind::<diesel::sql_types::Timestamptz, _>(before)
        .bind::<diesel::sql_types::BigInt, _>(limit)
        .execute(self.connection)
        .await?)
    }
}
