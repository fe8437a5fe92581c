//! Assertions and proofs that were used: each is good once (RFC 7523 section 3, RFC 9449 section 11.1).

use chrono::{DateTime, Utc};
use diesel::sql_types;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::{Result, prepared::prepared};

/// Used assertions, on an open connection.
pub struct UsedAssertions<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> UsedAssertions<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Notes a use; `false` when there was one before. `key` is a hash of kind, owner and `jti`, and
    /// `expires_at` the moment after which the assertion is refused for its age.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert(
        &mut self,
        key: &[u8; 32],
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let rows = prepared(
            diesel::sql_query(
                "INSERT INTO auth.used_assertions AS used (key, expires_at) VALUES ($1, $2) \
             ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at \
             WHERE used.expires_at < $3",
            )
            .bind::<sql_types::Binary, _>(key.as_slice())
            .bind::<sql_types::Timestamptz, _>(expires_at)
            .bind::<sql_types::Timestamptz, _>(now),
        )
        .execute(self.connection)
        .await?;
        Ok(rows == 1)
    }

    /// Deletes up to `limit` notes that lapsed before `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(&mut self, before: DateTime<Utc>, limit: i64) -> Result<usize> {
        Ok(diesel::sql_query(
            "DELETE FROM auth.used_assertions WHERE key IN \
             (SELECT key FROM auth.used_assertions WHERE expires_at < $1 \
              ORDER BY expires_at LIMIT $2)",
        )
        .bind::<sql_types::Timestamptz, _>(before)
        .bind::<sql_types::BigInt, _>(limit)
        .execute(self.connection)
        .await?)
    }
}
