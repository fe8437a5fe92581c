//! Secrets of authenticator apps (RFC 6238); sealed before they come here.

use bheem_domain::AccountId;
use bheem_vault::Sealed;
use chrono::{DateTime, Utc};
use diesel::{prelude::*, upsert::excluded};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::{Result, schema::totp};

/// The authenticator app of an account.
#[derive(Debug, Clone)]
pub struct TotpRecord {
    /// The secret, sealed.
    pub sealed: Sealed,
    /// The last time step that was accepted.
    pub last_step: i64,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When the person first showed that the app works; it counts from then on.
    pub confirmed_at: Option<DateTime<Utc>>,
}

type Row = (String, Vec<u8>, i64, DateTime<Utc>, Option<DateTime<Utc>>);

/// Secrets of authenticator apps, on an open connection.
pub struct TotpSecrets<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> TotpSecrets<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// The account's app, confirmed or not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(&mut self, account_id: AccountId) -> Result<Option<TotpRecord>> {
        let row: Option<Row> = totp::table
            .find(account_id.as_uuid())
            .select((
                totp::key_id,
                totp::sealed,
                totp::last_step,
                totp::created_at,
                totp::confirmed_at,
            ))
            .first(self.connection)
            .await
            .optional()?;
        Ok(row.map(
            |(key_id, bytes, last_step, created_at, confirmed_at)| TotpRecord {
                sealed: Sealed { key_id, bytes },
                last_step,
                created_at,
                confirmed_at,
            },
        ))
    }

    /// Keeps a secret that is yet to be confirmed, in place of another such; `false` when a confirmed
    /// one is there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(
        &mut self,
        account_id: AccountId,
        sealed: &Sealed,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        use diesel::query_dsl::methods::FilterDsl as _;
        let rows = diesel::insert_into(totp::table)
            .values((
                totp::account_id.eq(account_id.as_uuid()),
                totp::key_id.eq(&sealed.key_id),
                totp::sealed.eq(&sealed.bytes),
                totp::created_at.eq(now),
            ))
            .on_conflict(totp::account_id)
            .do_update()
            .set((
                totp::key_id.eq(excluded(totp::key_id)),
                totp::sealed.eq(excluded(totp::sealed)),
                totp::created_at.eq(excluded(totp::created_at)),
                totp::last_step.eq(0_i64),
            ))
            .filter(totp::confirmed_at.is_null())
            .execute(self.connection)
            .await?;
        Ok(rows == 1)
    }

    /// Confirms exactly this secret with the code of `step`, which is used up by that.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn confirm(
        &mut self,
        account_id: AccountId,
        sealed: &Sealed,
        step: i64,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let rows = diesel::update(
            totp::table
                .find(account_id.as_uuid())
                .filter(totp::confirmed_at.is_null())
                .filter(totp::sealed.eq(&sealed.bytes)),
        )
        .set((totp::confirmed_at.eq(now), totp::last_step.eq(step)))
        .execute(self.connection)
        .await?;
        Ok(rows == 1)
    }

    /// Uses the code of `step` up; `false` when it, or a later one, was used before. Of many at once,
    /// one succeeds.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accept(&mut self, account_id: AccountId, step: i64) -> Result<bool> {
        let rows = diesel::update(
            totp::table
                .find(account_id.as_uuid())
                .filter(totp::confirmed_at.is_not_null())
                .filter(totp::last_step.lt(step)),
        )
        .set(totp::last_step.eq(step))
        .execute(self.connection)
        .await?;
        Ok(rows == 1)
    }

    /// Removes the app; `false` when there was none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove(&mut self, account_id: AccountId) -> Result<bool> {
        let rows = diesel::delete(totp::table.find(account_id.as_uuid()))
            .execute(self.connection)
            .await?;
        Ok(rows == 1)
    }
}
