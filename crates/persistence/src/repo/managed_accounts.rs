//! Accounts that a tenant manages, and the closing of accounts.

use bheem_domain::{AccountId, DomainName, TenantId};
use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{Array, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{accounts::Accounts, exactly_one};
use crate::{Result, schema::users};

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

impl Accounts<'_> {
    /// Makes the account a tenant's: it alone opens, closes and renames it.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
    pub async fn set_managed_by(&mut self, id: AccountId, tenant_id: TenantId) -> Result<()> {
        let rows = diesel::update(users::table.find(id.as_uuid()))
            .set(users::managed_by.eq(tenant_id.as_uuid()))
            .execute(self.connection())
            .await?;
        exactly_one("account", rows)
    }

    /// Closes an account: it may not sign in, and every session, grant and unused link of it ends, so
    /// that none of them lives again when the account is opened. Answers the sessions and grants that
    /// ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close(
        &mut self,
        id: AccountId,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<Uuid>> {
        self.close_many(&[id.as_uuid()], reason, now).await
    }

    /// Closes every account that the tenant manages on the domain, and takes the address, the name and
    /// the password from it: whoever proves the domain next gets fresh accounts. Their
    /// memberships end in every tenant, and the addresses there are kept aside. Answers the sessions and grants that ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_domain(
        &mut self,
        tenant_id: TenantId,
        domain: &DomainName,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<Uuid>> {
        let ids: Vec<Uuid> = diesel::sql_query(
            "SELECT id FROM auth.users WHERE managed_by = $1 \
             AND split_part(lower(email), '@', 2) = $2 ORDER BY id FOR NO KEY UPDATE",
        )
        .bind::<SqlUuid, _>(tenant_id.as_uuid())
        .bind::<Text, _>(domain.as_str())
        .load::<Id>(self.connection())
        .await?
        .into_iter()
        .map(|row| row.id)
        .collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ended = self.close_many(&ids, reason, now).await?;
        diesel::sql_query(
            "UPDATE auth.users SET username = 'former-' || id, shares_name = false, email = NULL, email_verified_at = NULL, \
             invitation_email = NULL, hashed_password = NULL, managed_by = NULL WHERE id = ANY ($1)",
        )
        .bind::<Array<SqlUuid>, _>(&ids)
        .execute(self.connection())
        .await?;
        diesel::sql_query("SELECT auth.end_everything(id, $2, $3) FROM unnest($1) AS id")
            .bind::<Array<SqlUuid>, _>(&ids)
            .bind::<Text, _>(reason)
            .bind::<Timestamptz, _>(now)
            .execute(self.connection())
            .await?;
        diesel::sql_query(
            "UPDATE workspace.tenant_users SET is_active = false, former_email = email, \
             consent = CASE WHEN consent = 'pending' THEN 'ended' ELSE consent END, services_due_at = NULL, \
             email = 'former-' || user_id || '@former.invalid', generation = generation + 1 \
             WHERE user_id = ANY ($1) AND former_email IS NULL",
        )
        .bind::<Array<SqlUuid>, _>(&ids)
        .execute(self.connection())
        .await?;
        Ok(ended)
    }

    pub(super) async fn close_many(
        &mut self,
        ids: &[Uuid],
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<Uuid>> {
        diesel::update(users::table.filter(users::id.eq_any(ids)))
            .set(users::is_active.eq(false))
            .execute(self.connection())
            .await?;
        diesel::sql_query(
            "UPDATE auth.link_tokens SET used_at = $2 WHERE account_id = ANY ($1) AND used_at IS NULL",
        )
        .bind::<Array<SqlUuid>, _>(ids)
        .bind::<Timestamptz, _>(now)
        .execute(self.connection())
        .await?;
        self.end_sessions(ids, reason, now).await
    }

    /// Ends every session and grant of these accounts. Answers them.
    pub(super) async fn end_sessions(
        &mut self,
        ids: &[Uuid],
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<Uuid>> {
        let mut ended = Vec::new();
        for table in ["sessions", "grants"] {
            let rows = diesel::sql_query(format!(
                "UPDATE auth.{table} SET revoked_at = $2, revoked_reason = $3 \
                 WHERE account_id = ANY ($1) AND revoked_at IS NULL RETURNING id"
            ))
            .bind::<Array<SqlUuid>, _>(ids)
            .bind::<Timestamptz, _>(now)
            .bind::<Text, _>(reason)
            .load::<Id>(self.connection())
            .await?;
            ended.extend(rows.into_iter().map(|row| row.id));
        }
        Ok(ended)
    }
}
