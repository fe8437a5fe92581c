//! The door to a tenant: one query that finds the tenant named in a path and how a person stands to
//! it. The only way from a request to a [`TenantScope`].

use bheem_domain::{
    AccountId, PlatformRole, Slug, TenantAccess, TenantId, access::Standing, tenant_access,
};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::{
    parse,
    tenants::{TenantRecord, TenantRow, Tenants},
};
use crate::{
    Actor, Result, TenantScope,
    schema::{tenant_users, tenants},
};

/// How a path names a tenant: by id or by slug, nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TenantRef {
    /// By id.
    Id(TenantId),
    /// By slug.
    Slug(Slug),
}

impl TenantRef {
    /// Reads a path segment; `None` when it can be neither, so that there is no such tenant.
    #[must_use]
    pub fn parse(segment: &str) -> Option<Self> {
        segment
            .parse()
            .map(Self::Id)
            .ok()
            .or_else(|| Slug::parse(segment).map(Self::Slug).ok())
    }
}

/// A tenant, and what a person may do there.
#[derive(Debug, Clone)]
pub struct TenantEntry {
    /// The tenant.
    pub tenant: TenantRecord,
    /// What is open.
    pub access: TenantAccess,
    scope: TenantScope,
}

impl TenantEntry {
    /// The scope, if the person may work in the tenant at all.
    #[must_use]
    pub fn scope(&self) -> Option<&TenantScope> {
        match self.access {
            TenantAccess::SuperAdmin | TenantAccess::Admin(_) | TenantAccess::Member(_) => {
                Some(&self.scope)
            }
            TenantAccess::Suspended | TenantAccess::Stranger => None,
        }
    }
}

impl Tenants<'_> {
    /// Finds the tenant and decides what the person may do there, as the rows say at this moment.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn enter(
        &mut self,
        tenant: &TenantRef,
        account_id: AccountId,
        platform_role: PlatformRole,
        actor: Actor,
    ) -> Result<Option<TenantEntry>> {
        let Some((row, role)) = find(self.connection(), tenant, account_id).await? else {
            return Ok(None);
        };
        let tenant = TenantRecord::try_from(row)?;
        let tenant_role = role
            .map(|role| parse("workspace.tenant_users", role.parse()))
            .transpose()?;
        let access = tenant_access(Standing {
            platform_role,
            tenant_role,
            is_tenant_open: tenant.is_open(),
        });
        let role = match access {
            TenantAccess::Admin(role) | TenantAccess::Member(role) => Some(role),
            _ => None,
        };
        Ok(Some(TenantEntry {
            scope: TenantScope::checked(tenant.id, actor, role),
            tenant,
            access,
        }))
    }

    /// The scope in which somebody answers an invitation or leaves: there for whoever is invited to the
    /// tenant or a member of it, also while the tenant is suspended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn holder_scope(
        &mut self,
        tenant: &TenantRef,
        account_id: AccountId,
        actor: Actor,
    ) -> Result<Option<TenantScope>> {
        let is_held = tenant_users::is_active.or(tenant_users::consent.eq("pending"));
        let query = tenants::table
            .inner_join(tenant_users::table.on(tenant_users::tenant_id.eq(tenants::id)))
            .filter(tenant_users::user_id.eq(account_id.as_uuid()))
            .filter(is_held)
            .filter(tenants::deleted_at.is_null())
            .select((tenants::id, tenant_users::role))
            .into_boxed();
        let query = match tenant {
            TenantRef::Id(id) => query.filter(tenants::id.eq(id.as_uuid())),
            TenantRef::Slug(slug) => query.filter(tenants::slug.eq(slug.as_str().to_owned())),
        };
        query
            .first::<(uuid::Uuid, String)>(self.connection())
            .await
            .optional()?
            .map(|(id, role)| {
                let role = parse("workspace.tenant_users", role.parse())?;
                Ok(TenantScope::checked(id.into(), actor, Some(role)))
            })
            .transpose()
    }
}

async fn find(
    connection: &mut AsyncPgConnection,
    tenant: &TenantRef,
    account_id: AccountId,
) -> Result<Option<(TenantRow, Option<String>)>> {
    let query = tenants::table
        .left_join(
            tenant_users::table.on(tenant_users::tenant_id
                .eq(tenants::id)
                .and(tenant_users::user_id.eq(account_id.as_uuid()))
                .and(tenant_users::is_active)),
        )
        .filter(tenants::deleted_at.is_null())
        .select((TenantRow::as_select(), tenant_users::role.nullable()));
    Ok(match tenant {
        TenantRef::Id(id) => {
            query
                .filter(tenants::id.eq(id.as_uuid()))
                .first(connection)
                .await
        }
        TenantRef::Slug(slug) => {
            query
                .filter(tenants::slug.eq(slug.as_str()))
                .first(connection)
                .await
        }
    }
    .optional()?)
}
