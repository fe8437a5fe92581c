//! Addresses that people of a tenant had before. They go on reaching them, so nobody else is given one.

use bheem_domain::{EmailAddress, MemberId, TenantId};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::parse;
use crate::{Result, schema::former_addresses};

/// Former addresses in one tenant, on an open connection.
pub struct FormerAddresses<'c> {
    connection: &'c mut AsyncPgConnection,
    tenant_id: TenantId,
}

impl<'c> FormerAddresses<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection, tenant_id: TenantId) -> Self {
        Self {
            connection,
            tenant_id,
        }
    }

    /// Those of a member. There are few, so there are no pages.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&mut self, member_id: MemberId) -> Result<Vec<EmailAddress>> {
        former_addresses::table
            .filter(former_addresses::tenant_id.eq(self.tenant_id.as_uuid()))
            .filter(former_addresses::member_id.eq(member_id.as_uuid()))
            .order(former_addresses::address)
            .limit(1_000)
            .select(former_addresses::address)
            .load::<String>(self.connection)
            .await?
            .into_iter()
            .map(|address| parse("workspace.former_addresses", EmailAddress::parse(&address)))
            .collect()
    }

    /// Whose the address was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(&mut self, address: &EmailAddress) -> Result<Option<MemberId>> {
        let found: Option<Uuid> = former_addresses::table
            .find((self.tenant_id.as_uuid(), address.to_string()))
            .select(former_addresses::member_id)
            .first(self.connection)
            .await
            .optional()?;
        Ok(found.map(Into::into))
    }

    /// Keeps an address that a member has no more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert(
        &mut self,
        member_id: MemberId,
        address: &EmailAddress,
        now: DateTime<Utc>,
    ) -> Result<()> {
        diesel::insert_into(former_addresses::table)
            .values((
                former_addresses::tenant_id.eq(self.tenant_id.as_uuid()),
                former_addresses::address.eq(address.to_string()),
                former_addresses::member_id.eq(member_id.as_uuid()),
                former_addresses::created_at.eq(now),
            ))
            .on_conflict_do_nothing()
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// Forgets one, as its owner has it again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove(&mut self, address: &EmailAddress) -> Result<usize> {
        let one = former_addresses::table.find((self.tenant_id.as_uuid(), address.to_string()));
        Ok(diesel::delete(one).execute(self.connection).await?)
    }
}
