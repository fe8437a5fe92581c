//! Who accounts are in the source they are mirrored from. Bound by the source's own id, never by an
//! address.

use bheem_domain::AccountId;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::{Result, schema::external_identities};

/// Bindings, on an open connection.
pub struct ExternalIdentities<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> ExternalIdentities<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// The account of a person in a source.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(&mut self, source: &str, subject: &str) -> Result<Option<AccountId>> {
        Ok(external_identities::table
            .find((source, subject))
            .select(external_identities::account_id)
            .first::<Uuid>(self.connection)
            .await
            .optional()?
            .map(Into::into))
    }

    /// The source and its id of an account that is mirrored.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of_account(&mut self, account_id: AccountId) -> Result<Option<(String, String)>> {
        Ok(external_identities::table
            .filter(external_identities::account_id.eq(account_id.as_uuid()))
            .order(external_identities::created_at.asc())
            .select((external_identities::source, external_identities::subject))
            .first(self.connection)
            .await
            .optional()?)
    }

    /// Binds an account to a person in a source; `false` when that person has an account already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert(
        &mut self,
        source: &str,
        subject: &str,
        account_id: AccountId,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let rows = diesel::insert_into(external_identities::table)
            .values((
                external_identities::source.eq(source),
                external_identities::subject.eq(subject),
                external_identities::account_id.eq(account_id.as_uuid()),
                external_identities::created_at.eq(now),
                external_identities::seen_at.eq(now),
            ))
            .on_conflict((external_identities::source, external_identities::subject))
            .do_nothing()
            .execute(self.connection)
            .await?;
        Ok(rows == 1)
    }

    /// Notes that the source has confirmed the person again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_seen(
        &mut self,
        source: &str,
        subject: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        diesel::update(external_identities::table.find((source, subject)))
            .set(external_identities::seen_at.eq(now))
            .execute(self.connection)
            .await?;
        Ok(())
    }
}
