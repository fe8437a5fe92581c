//! Answers kept for requests that carried an `Idempotency-Key`.
//!
//! A key is taken by an attempt, marked by the transaction of the effect, and answered. Who finds it taken by
//! a process that is gone takes it over, unless the effect is there already.

use bheem_vault::Sealed;
use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool, Bytea, Jsonb, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;

use crate::{
    Effect, Error, HeldKey, Result,
    schema::idempotency_keys::{self, dsl},
};

/// An answer to give again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// HTTP status.
    pub status: u16,
    /// Headers worth giving again, as an object of strings.
    pub headers: Value,
    /// The body, which may hold secrets.
    pub body: Sealed,
}

/// What a key stands for at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyState {
    /// Nobody has used it, or the attempt that did is dead and had no effect: go ahead.
    Ours,
    /// Another attempt is at work.
    Busy,
    /// It was used for a different request.
    Mismatch,
    /// It was answered, and this is what it did, if it did anything.
    Answered(KeptAnswer, Option<Effect>),
    /// The attempt has had its effect, and is dead; its answer is lost.
    Committed(Effect),
}

/// A key that is to be taken.
#[derive(Debug, Clone, Copy)]
pub struct TakeKey<'a> {
    /// For which attempt.
    pub key: &'a HeldKey,
    /// What tells the same request from another.
    pub request_hash: &'a [u8],
    /// What stands for this process in the advisory locks.
    pub holder: i64,
    /// The time.
    pub now: DateTime<Utc>,
    /// Whether the request may be carried out once more by an attempt that finds it done and its answer lost.
    pub is_repeatable: bool,
    /// An attempt that has not ended by then is taken for dead, also when its process lives.
    pub locked_until: DateTime<Utc>,
}

#[derive(QueryableByName)]
#[diesel(table_name = idempotency_keys)]
struct Row {
    request_hash: Vec<u8>,
    status: Option<i16>,
    headers: Option<Value>,
    body: Option<Vec<u8>>,
    key_id: Option<String>,
    effect: Option<Value>,
    #[diesel(sql_type = Bool)]
    is_over: bool,
}

/// Kept answers, on an open connection.
pub struct IdempotencyKeys<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> IdempotencyKeys<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Takes the key for this attempt, or says why not. One whose attempt had no effect and is dead is taken
    /// over: its process has lost its lock, or the time of the attempt is over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take(&mut self, wanted: &TakeKey<'_>) -> Result<KeyState> {
        // The lock is shared, so that two who ask do not take each other for the process; it ends with the statement.
        let taken = diesel::sql_query(
            "INSERT INTO auth.idempotency_keys AS k \
               (owner, key, request_hash, attempt, holder, locked_until, created_at) \
             VALUES ($1, $2, $3, $4, $5, $7, $6) \
             ON CONFLICT (owner, key) DO UPDATE \
               SET attempt = $4, holder = $5, locked_until = $7, committed_at = NULL, effect = NULL \
             WHERE k.status IS NULL AND k.request_hash = $3 AND (k.committed_at IS NULL OR $8) \
               AND (k.locked_until < $6 OR pg_try_advisory_xact_lock_shared(k.holder))",
        )
        .bind::<SqlUuid, _>(wanted.key.owner)
        .bind::<Text, _>(&wanted.key.key)
        .bind::<Bytea, _>(wanted.request_hash)
        .bind::<SqlUuid, _>(wanted.key.attempt)
        .bind::<BigInt, _>(wanted.holder)
        .bind::<Timestamptz, _>(wanted.now)
        .bind::<Timestamptz, _>(wanted.locked_until)
        .bind::<Bool, _>(wanted.is_repeatable)
        .execute(self.connection)
        .await?;
        if taken == 1 {
            return Ok(KeyState::Ours);
        }
        let row: Option<Row> = diesel::sql_query(
            "SELECT request_hash, status, headers, body, key_id, effect, \
                    locked_until < $3 OR pg_try_advisory_xact_lock_shared(holder) AS is_over \
             FROM auth.idempotency_keys WHERE owner = $1 AND key = $2",
        )
        .bind::<SqlUuid, _>(wanted.key.owner)
        .bind::<Text, _>(&wanted.key.key)
        .bind::<Timestamptz, _>(wanted.now)
        .get_result(self.connection)
        .await
        .optional()?;
        // Gone since: the other attempt failed and let go. The client tries again.
        row.map_or(Ok(KeyState::Busy), |row| state(row, wanted.request_hash))
    }

    /// Marks the key by the effect of its attempt, in the transaction of the effect. False when another
    /// attempt holds it by now.
    pub(crate) async fn commit(
        &mut self,
        key: &HeldKey,
        effect: &Effect,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let effect = serde_json::to_value(effect)
            .map_err(|error| Error::inconsistent("auth.idempotency_keys", error))?;
        let marked = diesel::sql_query(
            "UPDATE auth.idempotency_keys SET committed_at = $4, effect = $5 \
             WHERE owner = $1 AND key = $2 AND attempt = $3 AND status IS NULL",
        )
        .bind::<SqlUuid, _>(key.owner)
        .bind::<Text, _>(&key.key)
        .bind::<SqlUuid, _>(key.attempt)
        .bind::<Timestamptz, _>(now)
        .bind::<Jsonb, _>(effect)
        .execute(self.connection)
        .await?;
        Ok(marked == 1)
    }

    /// Keeps the answer, if the key is still held by this attempt.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn answer(&mut self, key: &HeldKey, answer: &KeptAnswer) -> Result<()> {
        diesel::update(
            dsl::idempotency_keys
                .find((key.owner, &key.key))
                .filter(dsl::attempt.eq(key.attempt)),
        )
        .set((
            dsl::status.eq(i16::try_from(answer.status).unwrap_or(500)),
            dsl::headers.eq(&answer.headers),
            dsl::body.eq(&answer.body.bytes),
            dsl::key_id.eq(&answer.body.key_id),
        ))
        .execute(self.connection)
        .await?;
        Ok(())
    }

    /// Lets the key go unanswered: the same request may be tried again, unless it had its effect.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release(&mut self, key: &HeldKey) -> Result<()> {
        let held = dsl::idempotency_keys
            .find((key.owner, &key.key))
            .filter(dsl::attempt.eq(key.attempt))
            .filter(dsl::status.is_null());
        let gone = diesel::delete(held.filter(dsl::committed_at.is_null()))
            .execute(self.connection)
            .await?;
        if gone == 0 {
            diesel::update(held)
                .set(dsl::locked_until.eq(dsl::created_at))
                .execute(self.connection)
                .await?;
        }
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
        .bind::<Timestamptz, _>(before)
        .bind::<BigInt, _>(limit)
        .execute(self.connection)
        .await?)
    }
}

fn state(row: Row, request_hash: &[u8]) -> Result<KeyState> {
    if row.request_hash != request_hash {
        return Ok(KeyState::Mismatch);
    }
    let effect: Option<Effect> = row
        .effect
        .map(serde_json::from_value)
        .transpose()
        .map_err(|error| Error::inconsistent("auth.idempotency_keys", error))?;
    if let (Some(status), Some(bytes), Some(key_id)) = (row.status, row.body, row.key_id) {
        let kept = KeptAnswer {
            status: u16::try_from(status).unwrap_or(500),
            headers: row.headers.unwrap_or_default(),
            body: Sealed { key_id, bytes },
        };
        return Ok(KeyState::Answered(kept, effect));
    }
    Ok(match effect {
        Some(effect) if row.is_over => KeyState::Committed(effect),
        _ => KeyState::Busy,
    })
}
