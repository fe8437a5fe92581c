//! Operations: durable runs as the API shows them.

use bheem_domain::{RunId, TenantAccess};
use bheem_identity::AccessClaims;
use bheem_persistence::{Actor, SystemScope, repo::TenantRef};
use bheem_saga::RunView;
use futures::Stream;

use crate::{Error, Result, Services};

impl Services {
    /// The operation, for an administrator of its tenant.
    ///
    /// # Errors
    /// [`Error::NotFound`] also when it is another tenant's.
    pub async fn operation(
        &self,
        claims: &AccessClaims,
        actor: Actor,
        id: RunId,
    ) -> Result<RunView> {
        let missing = || Error::NotFound("Operation not found");
        let role = self.identity.standing(claims.sub).await?.role;
        let scope = SystemScope::server("read an operation");
        let mut read = self.database.system_read(&scope).await?;
        let run = read.any_run(id).await?.ok_or_else(missing)?;
        if role == bheem_domain::PlatformRole::SuperAdmin {
            return Ok(run);
        }
        let entry = read
            .tenants()
            .enter(
                &TenantRef::Id(run.tenant_id.into()),
                claims.sub,
                role,
                actor,
            )
            .await?
            .ok_or_else(missing)?;
        drop(read);
        self.require_what_tenant_demands(&entry, claims).await?;
        match entry.access {
            TenantAccess::SuperAdmin | TenantAccess::Admin(_) => Ok(run),
            _ => Err(missing()),
        }
    }

    /// The operation each time it changes, until it has settled. The caller has read it with
    /// [`Services::operation`] before.
    pub fn watch_operation(&self, id: RunId) -> impl Stream<Item = Result<RunView>> + Send + use<> {
        use futures::StreamExt;
        self.runs
            .watch(id.as_uuid())
            .map(|view| view.map_err(Error::from))
    }
}
