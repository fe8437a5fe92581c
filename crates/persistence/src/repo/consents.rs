//! What people agreed to: the scopes that a client may have without asking again.

use bheem_domain::AccountId;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::{
    Result,
    schema::{clients, consents},
};

/// What somebody agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentRecord {
    /// The client.
    pub client_id: String,
    /// What people see of it.
    pub client_name: String,
    /// What it may have.
    pub scopes: Vec<String>,
    /// When the person first agreed.
    pub created_at: DateTime<Utc>,
    /// When the person last agreed.
    pub updated_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct Ended {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    number: i64,
}

/// What people agreed to, on an open connection.
pub struct Consents<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> Consents<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// The scopes that somebody agreed to for a client; none when nothing was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn scopes(&mut self, account_id: AccountId, client_id: &str) -> Result<Vec<String>> {
        Ok(consents::table
            .find((account_id.as_uuid(), client_id))
            .select(consents::scopes)
            .first(self.connection)
            .await
            .optional()?
            .unwrap_or_default())
    }

    /// Adds scopes to what somebody agreed to.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add(
        &mut self,
        account_id: AccountId,
        client_id: &str,
        scopes: &[String],
        now: DateTime<Utc>,
    ) -> Result<()> {
        diesel::sql_query(
            "INSERT INTO auth.consents AS c (account_id, client_id, scopes, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $4) \
             ON CONFLICT (account_id, client_id) DO UPDATE SET updated_at = $4, \
               scopes = ARRAY(SELECT DISTINCT s FROM unnest(c.scopes || $3) AS s ORDER BY s)",
        )
        .bind::<diesel::sql_types::Uuid, _>(account_id.as_uuid())
        .bind::<diesel::sql_types::Text, _>(client_id)
        .bind::<diesel::sql_types::Array<diesel::sql_types::Text>, _>(scopes)
        .bind::<diesel::sql_types::Timestamptz, _>(now)
        .execute(self.connection)
        .await?;
        Ok(())
    }

    /// Everything that somebody agreed to, by the client's name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&mut self, account_id: AccountId) -> Result<Vec<ConsentRecord>> {
        Ok(consents::table
            .inner_join(clients::table.on(clients::client_id.eq(consents::client_id)))
            .filter(consents::account_id.eq(account_id.as_uuid()))
            .order((clients::name, consents::client_id))
            .limit(1_000)
            .select((
                consents::client_id,
                clients::name,
                consents::scopes,
                consents::created_at,
                consents::updated_at,
            ))
            .load::<(String, String, Vec<String>, DateTime<Utc>, DateTime<Utc>)>(self.connection)
            .await?
            .into_iter()
            .map(
                |(client_id, client_name, scopes, created_at, updated_at)| ConsentRecord {
                    client_id,
                    client_name,
                    scopes,
                    created_at,
                    updated_at,
                },
            )
            .collect())
    }

    /// Takes back what somebody agreed to; what the client was granted ends with it. `false` when
    /// there was nothing to end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn withdraw(
        &mut self,
        account_id: AccountId,
        client_id: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let ended: Ended = diesel::sql_query(
            "WITH agreed AS ( \
               DELETE FROM auth.consents WHERE account_id = $1 AND client_id = $2 RETURNING 1), \
             granted AS ( \
               UPDATE auth.grants SET revoked_at = $3, revoked_reason = 'consent' \
               WHERE account_id = $1 AND client_id = $2 AND revoked_at IS NULL RETURNING 1) \
             SELECT (SELECT count(*) FROM agreed) + (SELECT count(*) FROM granted) AS number",
        )
        .bind::<diesel::sql_types::Uuid, _>(account_id.as_uuid())
        .bind::<diesel::sql_types::Text, _>(client_id)
        .bind::<diesel::sql_types::Timestamptz, _>(now)
        .get_result(self.connection)
        .await?;
        Ok(ended.number > 0)
    }
}
