//! The tenants whose members may sign in to a bound client.

use bheem_domain::TenantId;
use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_types};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::exactly_one;
use crate::{Result, schema::tenant_clients};

/// Bindings of clients to tenants, on an open connection.
pub struct TenantClients<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> TenantClients<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Lets the members of a tenant sign in to a client; that they may already is no matter.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] when there is no such tenant to be seen here.
    pub async fn insert(
        &mut self,
        tenant_id: TenantId,
        client_id: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let rows = diesel::sql_query(
            "INSERT INTO workspace.tenant_clients (tenant_id, client_id, created_at) \
             SELECT id, $2, $3 FROM workspace.tenants WHERE id = $1 AND deleted_at IS NULL \
             ON CONFLICT (tenant_id, client_id) DO UPDATE SET client_id = excluded.client_id",
        )
        .bind::<sql_types::Uuid, _>(tenant_id.as_uuid())
        .bind::<sql_types::Text, _>(client_id)
        .bind::<sql_types::Timestamptz, _>(now)
        .execute(self.connection)
        .await?;
        exactly_one("tenant", rows)
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
