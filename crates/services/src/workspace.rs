//! What somebody has: the person's own view of a tenant.

use bheem_domain::TenantAccess;
use bheem_identity::AccessClaims;
use bheem_persistence::{Actor, TenantScope, repo::TenantRecord};

use crate::{Error, Result, Services, members::MemberView};

/// A person in one of their tenants.
#[derive(Debug, Clone)]
pub struct OwnWorkspace {
    /// The tenant.
    pub tenant: TenantRecord,
    /// The person there.
    pub member: MemberView,
    /// The right to work there.
    pub scope: TenantScope,
}

impl Services {
    /// The person in the tenant that is named, or else in the open one they joined first; `None` for
    /// somebody who is in none.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the tenant is not theirs, [`Error::Forbidden`] when it is suspended.
    pub async fn own_workspace(
        &self,
        claims: &AccessClaims,
        actor: Actor,
        tenant: Option<&str>,
    ) -> Result<Option<OwnWorkspace>> {
        let segment = if let Some(segment) = tenant {
            segment.to_owned()
        } else {
            let tenants = self.my_tenants(claims).await?;
            let open = tenants.iter().find(|own| own.tenant.is_open());
            match open.or(tenants.first()) {
                Some(membership) => membership.tenant.id.to_string(),
                None => return Ok(None),
            }
        };
        let entry = self.enter_tenant(&segment, claims, actor).await?;
        let Some(scope) = entry.scope() else {
            return Err(match entry.access {
                TenantAccess::Suspended => Error::Forbidden("This workspace is suspended"),
                _ => Error::NotFound("Tenant not found"),
            });
        };
        let scope = scope.clone();
        let member = self.member(&scope, claims.sub).await?;
        Ok(Some(OwnWorkspace {
            tenant: entry.tenant,
            member,
            scope,
        }))
    }
}
