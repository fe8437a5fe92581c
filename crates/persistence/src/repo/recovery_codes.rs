//! Codes for when the second factor is lost. Only their message authentication codes are kept.

use bheem_domain::AccountId;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::{Result, schema::recovery_codes};

/// Codes, on an open connection.
pub struct RecoveryCodes<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> RecoveryCodes<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Hashes of the account's codes that were not used yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unused(&mut self, account_id: AccountId) -> Result<Vec<Vec<u8>>> {
        Ok(recovery_codes::table
            .filter(recovery_codes::account_id.eq(account_id.as_uuid()))
            .filter(recovery_codes::used_at.is_null())
            .select(recovery_codes::code_hash)
            .limit(100)
            .load(self.connection)
            .await?)
    }

    /// Uses a code up; of many at once, one succeeds.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn consume(
        &mut self,
        account_id: AccountId,
        code_hash: &[u8],
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let rows = diesel::update(
            recovery_codes::table
                .find((account_id.as_uuid(), code_hash))
                .filter(recovery_codes::used_at.is_null()),
        )
        .set(recovery_codes::used_at.eq(now))
        .execute(self.connection)
        .await?;
        Ok(rows == 1)
    }

    /// Deletes every code of the account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_all(&mut self, account_id: AccountId) -> Result<()> {
        diesel::delete(
            recovery_codes::table.filter(recovery_codes::account_id.eq(account_id.as_uuid())),
        )
        .execute(self.connection)
        .await?;
        Ok(())
    }

    /// Adds codes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert(
        &mut self,
        account_id: AccountId,
        code_hashes: &[Vec<u8>],
        now: DateTime<Utc>,
    ) -> Result<()> {
        let rows: Vec<_> = code_hashes
            .iter()
            .map(|hash| {
                (
                    recovery_codes::account_id.eq(account_id.as_uuid()),
                    recovery_codes::code_hash.eq(hash),
                    recovery_codes::created_at.eq(now),
                )
            })
            .collect();
        diesel::insert_into(recovery_codes::table)
            .values(&rows)
            .execute(self.connection)
            .await?;
        Ok(())
    }
}
