//! Codes sent to a telephone. Each may be tried a few times; the newest alone counts.

use bheem_domain::{AccountId, VerificationCodeId};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::{Result, schema::verification_codes};

/// What codes are for; there is one kind.
const PURPOSE: &str = "verify_phone";

/// A code that was sent, or is about to be.
#[derive(Debug, Clone)]
pub struct VerificationCodeRecord {
    /// Its id, from which the run that sends it derives the code.
    pub id: VerificationCodeId,
    /// Whose.
    pub account_id: AccountId,
    /// The number it goes to.
    pub target: String,
    /// Message authentication code of the code.
    pub code_hash: Vec<u8>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it lapses.
    pub expires_at: DateTime<Utc>,
}

type Row = (Uuid, Uuid, String, Vec<u8>, DateTime<Utc>, DateTime<Utc>);

fn record(row: Row) -> VerificationCodeRecord {
    let (id, account_id, target, code_hash, created_at, expires_at) = row;
    VerificationCodeRecord {
        id: id.into(),
        account_id: account_id.into(),
        target,
        code_hash,
        created_at,
        expires_at,
    }
}

/// Codes, on an open connection.
pub struct VerificationCodes<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> VerificationCodes<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Keeps a code.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert(&mut self, new: &VerificationCodeRecord) -> Result<()> {
        diesel::insert_into(verification_codes::table)
            .values((
                verification_codes::id.eq(new.id.as_uuid()),
                verification_codes::account_id.eq(new.account_id.as_uuid()),
                verification_codes::purpose.eq(PURPOSE),
                verification_codes::target.eq(&new.target),
                verification_codes::code_hash.eq(&new.code_hash),
                verification_codes::created_at.eq(new.created_at),
                verification_codes::expires_at.eq(new.expires_at),
            ))
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// The code, while it can still be used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(
        &mut self,
        id: VerificationCodeId,
        now: DateTime<Utc>,
    ) -> Result<Option<VerificationCodeRecord>> {
        Ok(verification_codes::table
            .find(id.as_uuid())
            .filter(verification_codes::used_at.is_null())
            .filter(verification_codes::expires_at.gt(now))
            .select((
                verification_codes::id,
                verification_codes::account_id,
                verification_codes::target,
                verification_codes::code_hash,
                verification_codes::created_at,
                verification_codes::expires_at,
            ))
            .first::<Row>(self.connection)
            .await
            .optional()?
            .map(record))
    }

    /// When the account's codes since `since` were asked for, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn asked_since(
        &mut self,
        account_id: AccountId,
        since: DateTime<Utc>,
    ) -> Result<Vec<DateTime<Utc>>> {
        Ok(verification_codes::table
            .filter(verification_codes::account_id.eq(account_id.as_uuid()))
            .filter(verification_codes::created_at.gt(since))
            .order(verification_codes::created_at.asc())
            .limit(100)
            .select(verification_codes::created_at)
            .load(self.connection)
            .await?)
    }

    /// Counts one more try of the account's newest code and answers the code, if it lives and has
    /// tries left. A try counts before it is looked at, so of many at once no more pass.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn try_newest(
        &mut self,
        account_id: AccountId,
        max_tries: i32,
        now: DateTime<Utc>,
    ) -> Result<Option<VerificationCodeRecord>> {
        let newest = diesel::alias!(verification_codes as newest);
        let newest = newest
            .filter(
                newest
                    .field(verification_codes::account_id)
                    .eq(account_id.as_uuid()),
            )
            .order((
                newest.field(verification_codes::created_at).desc(),
                newest.field(verification_codes::id).desc(),
            ))
            .limit(1)
            .select(newest.field(verification_codes::id));
        Ok(diesel::update(
            verification_codes::table
                .filter(verification_codes::id.eq_any(newest))
                .filter(verification_codes::used_at.is_null())
                .filter(verification_codes::expires_at.gt(now))
                .filter(verification_codes::failures.lt(max_tries)),
        )
        .set(verification_codes::failures.eq(verification_codes::failures + 1))
        .returning((
            verification_codes::id,
            verification_codes::account_id,
            verification_codes::target,
            verification_codes::code_hash,
            verification_codes::created_at,
            verification_codes::expires_at,
        ))
        .get_result::<Row>(self.connection)
        .await
        .optional()?
        .map(record))
    }

    /// Uses the code up; of many at once, one succeeds.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn consume(&mut self, id: VerificationCodeId, now: DateTime<Utc>) -> Result<bool> {
        let rows = diesel::update(
            verification_codes::table
                .find(id.as_uuid())
                .filter(verification_codes::used_at.is_null()),
        )
        .set(verification_codes::used_at.eq(now))
        .execute(self.connection)
        .await?;
        Ok(rows == 1)
    }

    /// Deletes up to `limit` codes that lapsed before `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(&mut self, before: DateTime<Utc>, limit: i64) -> Result<usize> {
        Ok(diesel::sql_query(
            "DELETE FROM auth.verification_codes WHERE id IN \
             (SELECT id FROM auth.verification_codes WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
        )
        .bind::<diesel::sql_types::Timestamptz, _>(before)
        .bind::<diesel::sql_types::BigInt, _>(limit)
        .execute(self.connection)
        .await?)
    }
}
