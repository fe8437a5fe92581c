//! Claims on domain names, across tenants.

use bheem_domain::{DomainId, DomainName, TenantId};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::{Result, schema::domains};

/// Claims of all tenants, on an open system connection.
pub struct DomainClaims<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> DomainClaims<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Whether any tenant has proven the name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_proven(&mut self, name: &DomainName) -> Result<bool> {
        let proven = domains::table
            .filter(domains::domain.eq(name.as_str()))
            .filter(domains::ownership_verified);
        Ok(diesel::select(diesel::dsl::exists(proven))
            .get_result(self.connection)
            .await?)
    }

    /// Whose domain this is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tenant_of(&mut self, id: DomainId) -> Result<Option<TenantId>> {
        Ok(domains::table
            .filter(domains::id.eq(id.as_uuid()))
            .select(domains::tenant_id)
            .first::<Uuid>(self.connection)
            .await
            .optional()?
            .map(Into::into))
    }

    /// Ends every unproven claim on a name that somebody has proven.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_unproven(&mut self, name: &DomainName) -> Result<usize> {
        Ok(diesel::delete(
            domains::table
                .filter(domains::domain.eq(name.as_str()))
                .filter(domains::ownership_verified.eq(false)),
        )
        .execute(self.connection)
        .await?)
    }

    /// Ends unproven claims that lapsed before `now`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge_lapsed(&mut self, now: DateTime<Utc>) -> Result<usize> {
        Ok(diesel::delete(
            domains::table
                .filter(domains::claim_expires_at.lt(now))
                .filter(domains::ownership_verified.eq(false)),
        )
        .execute(self.connection)
        .await?)
    }
}
