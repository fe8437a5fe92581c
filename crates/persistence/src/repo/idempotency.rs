//! Answers kept for requests that carried an `Idempotency-Key`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use crate::{Result, schema::idempotency_keys};

/// An answer to give again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// HTTP status.
    pub status: u16,
    /// Headers worth giving again, as an object of strings.
    pub headers: Value,
    /// The body.
    pub body: Vec<u8>,
}

/// What a key stands for at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyState {
    /// Nobody has used it, or the attempt that did is dead: go ahead.
    Ours,
    /// Another attempt is at work.
    Busy,
    /// It was used for a different request.
    Mismatch,
    /// It was answered.
    Answered(KeptAnswer),
}

type Row = (Vec<u8>, Uuid, Option<i16>, Option<Value>, Option<Vec<u8>>);

/// Kept answers, on an open connection.
pub struct IdempotencyKeys<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> IdempotencyKeys<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Takes the key for this attempt, or says why not. An unanswered key whose attempt has let
    /// `locked_until` pass is taken over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take(
        &mut self,
        owner: Uuid,
        key: &str,
        request_hash: &[u8],
        attempt: Uuid,
        now: DateTime<Utc>,
        locked_until: DateTime<Utc>,
    ) -> Result<KeyState> {
        let taken = diesel::sql_query(
            "INSERT INTO auth.idempotency_keys AS k \
               (owner, key, request_hash, attempt, locked_until, created_at) \
             VALUES ($1, $2, $3, $4, $6, $5) \
             ON CONFLICT (owner, key) DO UPDATE SET attempt = $4, locked_until = $6 \
             WHERE k.status IS NULL AND k.locked_until < $5 AND k.request_hash = $3",
        )
        .bind::<diesel::sql_types::Uuid, _>(owner)
        .bind::<diesel::sql_types::Text, _>(key)
        .bind::<diesel::sql_types::Bytea, _>(request_hash)
        .bind::<diesel::sql_types::Uuid, _>(attempt)
        .bind::<diesel::sql_types::Timestamptz, _>(now)
        .bind::<diesel::sql_types::Timestamptz, _>(locked_until)
        .execute(self.connection)
        .await?;
        if taken == 1 {
            return Ok(KeyState::Ours);
        }
        let row: Option<Row> = idempotency_keys::table
            .find((owner, key))
            .select((
                idempotency_keys::request_hash,
                idempotency_keys::attempt,
                idempotency_keys::status,
                idempotency_keys::headers,
                idempotency_keys::body,
            ))
            .first(self.connection)
            .await
            .optional()?;
        Ok(match row {
            Some((hash, ..)) if hash != request_hash => KeyState::Mismatch,
            Some((_, _, Some(status), headers, body)) => KeyState::Answered(KeptAnswer {
                status: u16::try_from(status).unwrap_or(500),
                headers: headers.unwrap_or_default(),
                body: body.unwrap_or_default(),
            }),
            // Gone since: the other attempt failed and let go. The client tries again.
            Some(_) | None => KeyState::Busy,
        })
    }

    /// Keeps the answer, if the key is still held by this attempt.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn answer(
        &mut self,
        owner: Uuid,
        key: &str,
        attempt: Uuid,
        answer: &KeptAnswer,
    ) -> Result<()> {
        diesel::update(
            idempotency_keys::table
                .find((owner, key))
                .filter(idempotency_keys::attempt.eq(attempt)),
        )
        .set((
            idempotency_keys::status.eq(i16::try_from(answer.status).unwrap_or(500)),
            idempotency_keys::headers.eq(&answer.headers),
            idempotency_keys::body.eq(&answer.body),
        ))
        .execute(self.connection)
        .await?;
        Ok(())
    }

    /// Lets the key go unanswered, so that the same request may be tried again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release(&mut self, owner: Uuid, key: &str, attempt: Uuid) -> Result<()> {
        diesel::delete(
            idempotency_keys::table
                .find((owner, key))
                .filter(idempotency_keys::attempt.eq(attempt))
                .filter(idempotency_keys::status.is_null()),
        )
        .execute(self.connection)
        .await?;
        Ok(())
    }

    /// Deletes up to `limit` keys made before `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(&mut self, before: DateTime<Utc>, limit: i64) -> Result<usize> {
        Ok(diesel::sql_query(
            "DELETE FROM auth.idempotency_keys WHERE (owner, key) IN \
             (SELECT owner, key FROM auth.idempotency_keys WHERE created_at < $1 \
              ORDER BY created_at LIMIT $2)",
        )
        .bind::<diesel::sql_types::Timestamptz, _>(before)
        .bind::<diesel::sql_types::BigInt, _>(limit)
        .execute(self.connection)
        .await?)
    }
}
