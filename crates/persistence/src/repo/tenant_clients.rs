//! The tenants whose members may sign in to a bound client.

use bheem_domain::TenantId;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::{Result, schema::tenant_clients};

/// Bindings of clients to tenants, on an open connection.
pub struct TenantClients<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> TenantClients<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Lets the members of a tenant sign in to a client.
    ///
    /// # Errors
    /// When the database fails, or shows another tenant.
    pub async fn insert(
        &mut self,
        tenant_id: TenantId,
        client_id: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        diesel::insert_into(tenant_clients::table)
            .values((
                tenant_clients::tenant_id.eq(tenant_id.as_uuid()),
                tenant_clients::client_id.eq(client_id),
                tenant_clients::created_at.eq(now),
            ))
            .on_conflict_do_nothing()
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// Takes every tenant from a client but those named.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_only(&mut self, client_id: &str, tenants: &[TenantId]) -> Result<usize> {
        let tenants = tenants.iter().map(|id| id.as_uuid()).collect::<Vec<_>>();
        Ok(diesel::delete(
            tenant_clients::table
                .filter(tenant_clients::client_id.eq(client_id))
                .filter(tenant_clients::tenant_id.ne_all(tenants)),
        )
        .execute(self.connection)
        .await?)
    }
}
