//! What ends when people lose a tenant: sessions and grants that exist for it alone, and accounts that it made.
//!
//! Called in the transaction that takes the seat or closes the tenant, after it did: what counts is what is left.
//! Statements about tenants and statements about accounts stand apart.

use bheem_domain::{AccountId, TenantId};
use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{Array, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::accounts::Accounts;
use crate::{
    Result,
    schema::{tenant_users, users},
};

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

#[derive(QueryableByName)]
struct PairRow {
    #[diesel(sql_type = Text)]
    client_id: String,
    #[diesel(sql_type = SqlUuid)]
    account_id: Uuid,
}

/// Ending access, on an open system connection.
pub struct Closing<'c> {
    connection: &'c mut AsyncPgConnection,
    tenant_id: TenantId,
    now: DateTime<Utc>,
}

impl<'c> Closing<'c> {
    pub(crate) fn new(
        connection: &'c mut AsyncPgConnection,
        tenant_id: TenantId,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            connection,
            tenant_id,
            now,
        }
    }

    /// Holds the accounts of the tenant's people, or of one of them, until the transaction ends, so that nobody is given
    /// a seat elsewhere between counting and closing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hold_accounts(&mut self, only: Option<AccountId>) -> Result<()> {
        let accounts: Vec<Uuid> = match only {
            Some(account) => vec![account.as_uuid()],
            None => {
                tenant_users::table
                    .filter(tenant_users::tenant_id.eq(self.tenant_id.as_uuid()))
                    .select(tenant_users::user_id)
                    .load(self.connection)
                    .await?
            }
        };
        users::table
            .filter(users::id.eq_any(accounts))
            .order(users::id)
            .select(users::id)
            .for_no_key_update()
            .load::<Uuid>(self.connection)
            .await?;
        Ok(())
    }

    /// Ends what people were granted through relying parties that let them in for this tenant, and has those tell
    /// their own sessions' end. Somebody whom another open tenant lets in keeps what he has.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_grants_of_bound_clients(&mut self, only: Option<AccountId>) -> Result<usize> {
        let pairs: Vec<PairRow> = diesel::sql_query(
            "SELECT c.client_id, m.user_id AS account_id \
             FROM workspace.tenant_clients c JOIN workspace.tenant_users m ON m.tenant_id = c.tenant_id \
             WHERE c.tenant_id = $1 AND ($2 IS NULL OR m.user_id = $2) AND NOT EXISTS ( \
               SELECT FROM workspace.tenant_clients o \
               JOIN workspace.tenants t ON t.id = o.tenant_id \
               JOIN workspace.tenant_users s ON s.tenant_id = o.tenant_id AND s.user_id = m.user_id \
               WHERE o.client_id = c.client_id AND s.is_active AND t.deleted_at IS NULL \
                 AND t.is_active AND NOT t.is_suspended)",
        )
        .bind::<SqlUuid, _>(self.tenant_id.as_uuid())
        .bind::<Nullable<SqlUuid>, _>(only.map(AccountId::as_uuid))
        .load(self.connection)
        .await?;
        let (clients, accounts): (Vec<String>, Vec<Uuid>) = pairs
            .into_iter()
            .map(|pair| (pair.client_id, pair.account_id))
            .unzip();
        diesel::sql_query(
            "UPDATE auth.session_clients s SET ended_at = $3 \
             FROM unnest($1, $2) AS pair (client_id, account_id) JOIN auth.clients c USING (client_id) \
             WHERE s.client_id = pair.client_id AND s.account_id = pair.account_id AND s.ended_at IS NULL \
               AND c.is_bound",
        )
        .bind::<Array<Text>, _>(&clients)
        .bind::<Array<SqlUuid>, _>(&accounts)
        .bind::<Timestamptz, _>(self.now)
        .execute(self.connection)
        .await?;
        Ok(diesel::sql_query(
            "UPDATE auth.grants g SET revoked_at = $3, revoked_reason = 'tenant' \
             FROM unnest($1, $2) AS pair (client_id, account_id) JOIN auth.clients c USING (client_id) \
             WHERE g.client_id = pair.client_id AND g.account_id = pair.account_id AND g.revoked_at IS NULL \
               AND c.is_bound",
        )
        .bind::<Array<Text>, _>(&clients)
        .bind::<Array<SqlUuid>, _>(&accounts)
        .bind::<Timestamptz, _>(self.now)
        .execute(self.connection)
        .await?)
    }

    /// Closes accounts that the tenant manages and that have no seat in it any more; what hangs on them ends with them.
    /// Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close_managed_accounts(&mut self, only: Option<AccountId>) -> Result<usize> {
        let ids = self
            .managed("NOT m.is_active OR t.deleted_at IS NOT NULL", only)
            .await?;
        Accounts::new(self.connection)
            .close_many(&ids, "removed", self.now)
            .await?;
        Ok(ids.len())
    }

    /// Ends every session and grant of accounts that the tenant manages while it is closed; they may sign in anew.
    /// Answers how many accounts there are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_sessions_of_managed_accounts(
        &mut self,
        only: Option<AccountId>,
    ) -> Result<usize> {
        let ids = self
            .managed("t.is_suspended OR NOT t.is_active", only)
            .await?;
        Accounts::new(self.connection)
            .end_sessions(&ids, "tenant", self.now)
            .await?;
        Ok(ids.len())
    }

    async fn managed(&mut self, which: &'static str, only: Option<AccountId>) -> Result<Vec<Uuid>> {
        let rows: Vec<Id> = diesel::sql_query(format!(
            "SELECT u.id FROM workspace.tenant_users m JOIN workspace.tenants t ON t.id = m.tenant_id \
             JOIN auth.users u ON u.id = m.user_id \
             WHERE m.tenant_id = $1 AND ($2 IS NULL OR m.user_id = $2) AND u.managed_by = $1 AND u.is_active \
               AND ({which}) ORDER BY u.id"
        ))
        .bind::<SqlUuid, _>(self.tenant_id.as_uuid())
        .bind::<Nullable<SqlUuid>, _>(only.map(AccountId::as_uuid))
        .load(self.connection)
        .await?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }

    /// Switches off the relying parties that are the tenant's own, and ends everything that was granted to them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close_own_clients(&mut self) -> Result<usize> {
        diesel::sql_query(
            "UPDATE auth.grants g SET revoked_at = $2, revoked_reason = 'tenant' FROM auth.clients c \
             WHERE g.client_id = c.client_id AND c.tenant_id = $1 AND g.revoked_at IS NULL",
        )
        .bind::<SqlUuid, _>(self.tenant_id.as_uuid())
        .bind::<Timestamptz, _>(self.now)
        .execute(self.connection)
        .await?;
        diesel::sql_query("DELETE FROM auth.initial_access_tokens WHERE tenant_id = $1")
            .bind::<SqlUuid, _>(self.tenant_id.as_uuid())
            .execute(self.connection)
            .await?;
        Ok(diesel::sql_query(
            "UPDATE auth.clients SET is_active = false, updated_at = $2 WHERE tenant_id = $1 AND is_active",
        )
        .bind::<SqlUuid, _>(self.tenant_id.as_uuid())
        .bind::<Timestamptz, _>(self.now)
        .execute(self.connection)
        .await?)
    }
}
