//! What a tenant demands of those who work in it. It binds what is done there, and nothing else.

use bheem_domain::{AccountId, TenantId};
use chrono::{DateTime, Utc};
use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{Bool, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{accounts::Accounts, tenants::Tenant};
use crate::{Result, schema::tenant_users};

#[derive(QueryableByName)]
struct Ended {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

impl Tenant<'_> {
    /// Ends what members granted, with one factor, to the clients that serve this tenant. Answers which
    /// grants ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_weak_grants(&mut self, now: DateTime<Utc>) -> Result<Vec<Uuid>> {
        let tenant_id = self.id().as_uuid();
        let ended: Vec<Ended> = diesel::sql_query(
            "UPDATE auth.grants g SET revoked_at = $1, revoked_reason = 'policy' \
             WHERE g.revoked_at IS NULL AND NOT 'mfa' = ANY (g.amr) \
             AND g.client_id IN (SELECT c.client_id FROM workspace.tenant_clients c WHERE c.tenant_id = $2) \
             AND EXISTS (SELECT FROM workspace.tenant_users m WHERE m.tenant_id = $2 AND m.user_id = g.account_id) \
             RETURNING g.id",
        )
        .bind::<Timestamptz, _>(now)
        .bind::<SqlUuid, _>(tenant_id)
        .load(self.connection())
        .await?;
        Ok(ended.into_iter().map(|ended| ended.id).collect())
    }
}

impl Accounts<'_> {
    /// Whether one of these tenants, in which the person is active, demands a second factor.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn requires_second_factor_in(
        &mut self,
        id: AccountId,
        tenants: &[TenantId],
    ) -> Result<bool> {
        let tenants: Vec<Uuid> = tenants.iter().map(|tenant| tenant.as_uuid()).collect();
        let demanding = tenant_users::table
            .filter(tenant_users::user_id.eq(id.as_uuid()))
            .filter(tenant_users::tenant_id.eq_any(tenants))
            .filter(tenant_users::is_active)
            .filter(sql::<Bool>(
                "(SELECT t.requires_second_factor AND t.deleted_at IS NULL \
                 FROM workspace.tenants t WHERE t.id = tenant_users.tenant_id)",
            ));
        Ok(diesel::select(diesel::dsl::exists(demanding))
            .get_result(self.connection())
            .await?)
    }
}
