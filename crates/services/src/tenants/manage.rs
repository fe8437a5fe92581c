//! Reading, changing and deleting tenants.

use bheem_domain::{Invalid, PlanCode, TenantAccess, text};
use bheem_identity::{AAL2, AccessClaims};
use bheem_persistence::{
    Actor, PageRequest, SystemScope, TenantScope,
    repo::{
        Entity, Membership, PlanRecord, TenantChange, TenantEntry, TenantFilter, TenantRecord,
        TenantRef,
    },
};
use serde_json::Value;

use crate::{Error, Result, Services, json::storable_object};

/// What to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct UpdateTenant {
    /// New name.
    pub name: Option<String>,
    /// New free text; `Some(None)` clears it.
    pub domain: Option<Option<String>>,
    /// New plan; for platform administrators.
    pub plan: Option<String>,
    /// Open or closed; for platform administrators.
    pub is_active: Option<bool>,
    /// Suspended or not; for platform administrators.
    pub is_suspended: Option<bool>,
    /// Why it is suspended.
    pub suspended_reason: Option<String>,
    /// New settings.
    pub settings: Option<Value>,
    /// Whether its members must sign in with two factors.
    pub requires_second_factor: Option<bool>,
}

impl Services {
    /// Finds a tenant by id or slug and decides what the person may do in it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none; [`Error::ProofRequired`] when the tenant demands more of
    /// its members' sign-in than there was.
    pub async fn enter_tenant(
        &self,
        segment: &str,
        claims: &AccessClaims,
        actor: Actor,
    ) -> Result<TenantEntry> {
        let missing = Error::NotFound("Tenant not found");
        let Some(tenant) = TenantRef::parse(segment) else {
            return Err(missing);
        };
        let role = self.identity.standing(claims.sub).await?.role;
        let entry = self
            .database
            .system_read(&SystemScope::server("enter a tenant"))
            .await?
            .tenants()
            .enter(&tenant, claims.sub, role, actor)
            .await?
            .ok_or(missing)?;
        self.require_what_tenant_demands(&entry, claims).await?;
        Ok(entry)
    }

    /// What a tenant demands of a sign-in binds what is done in it: whoever has signed in with less is
    /// asked for more here, and nowhere else.
    pub(crate) async fn require_what_tenant_demands(
        &self,
        entry: &TenantEntry,
        claims: &AccessClaims,
    ) -> Result<()> {
        let is_member = matches!(
            entry.access,
            TenantAccess::Admin(_) | TenantAccess::Member(_)
        );
        let is_enough = claims.acr == AAL2 || !entry.tenant.requires_second_factor;
        if is_enough || !is_member {
            return Ok(());
        }
        let factors = self.identity.factors(claims.sub).await?;
        Err(if factors.any() {
            let methods = factors.methods();
            bheem_identity::Error::SecondFactorRequired { methods }.into()
        } else {
            bheem_identity::Error::EnrolmentRequired.into()
        })
    }

    /// A page of all tenants, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_tenants(
        &self,
        scope: &SystemScope,
        filter: &TenantFilter,
        page: &PageRequest,
    ) -> Result<Vec<TenantRecord>> {
        Ok(self
            .database
            .system_read(scope)
            .await?
            .tenants()
            .list(filter, page)
            .await?)
    }

    /// The tenants somebody is a member of.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn my_tenants(&self, claims: &AccessClaims) -> Result<Vec<Membership>> {
        Ok(self
            .database
            .system_read(&SystemScope::server("list own tenants"))
            .await?
            .tenants()
            .memberships(claims.sub)
            .await?)
    }

    /// Plans on offer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn plans(&self) -> Result<Vec<PlanRecord>> {
        Ok(self
            .database
            .system_read(&SystemScope::server("list plans"))
            .await?
            .plans()
            .list()
            .await?)
    }

    /// Changes a tenant. Plan and state are for platform administrators, who come without a role in
    /// the tenant.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Forbidden`].
    pub async fn update_tenant(
        &self,
        scope: &TenantScope,
        update: UpdateTenant,
    ) -> Result<TenantRecord> {
        let is_platform = scope.role().is_none();
        let is_reserved = update.plan.is_some()
            || update.is_active.is_some()
            || update.is_suspended.is_some()
            || update.suspended_reason.is_some();
        if is_reserved && !is_platform {
            return Err(Error::Forbidden(
                "Only a platform administrator may change the plan or the state of a tenant",
            ));
        }
        if let Some(settings) = &update.settings {
            storable_object("settings", settings)?;
        }
        let reason = update.suspended_reason.as_deref().unwrap_or_default();
        let reason = text::optional("suspended_reason", reason, 1_000)?;
        let mut change = TenantChange {
            name: update
                .name
                .map(|name| text::required("name", &name, 255))
                .transpose()?,
            domain: update
                .domain
                .map(|domain| {
                    domain.map_or(Ok(None), |domain| text::optional("domain", &domain, 255))
                })
                .transpose()?,
            settings: update.settings,
            requires_second_factor: update.requires_second_factor,
            is_active: update.is_active,
            suspension: update
                .is_suspended
                .map(|on| on.then(|| reason.unwrap_or_default())),
            plan: None,
        };
        let mut tx = self.database.tenant(scope).await?;
        if let Some(code) = update.plan {
            let plan = tx
                .plans()
                .find(&PlanCode::parse(&code)?)
                .await?
                .ok_or_else(|| Invalid::new("plan", "is not a plan"))?;
            change.plan = Some((plan.code, plan.quotas));
        }
        let tenant = tx.tenant().update(&change).await?;
        let ended = if change.requires_second_factor == Some(true) {
            tx.tenant().revoke_weak_grants(self.clock.now()).await?
        } else {
            Vec::new()
        };
        tx.activity()
            .record(
                "tenant.updated",
                Some(Entity::new("tenant", tenant.id)),
                "Tenant changed",
                None,
            )
            .await?;
        tx.commit().await?;
        self.identity.forget(ended);
        Ok(tenant)
    }

    /// Deletes a tenant: nobody gets in any more, its slug and its domains are free, its other rows
    /// stay for the audit.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody but platform administrators, [`Error::NotFound`].
    pub async fn delete_tenant(&self, scope: &TenantScope) -> Result<()> {
        if scope.role().is_some() {
            return Err(Error::Forbidden("Platform administrators only"));
        }
        let id = scope.tenant_id();
        // First, so that a deletion which breaks off in between can be asked for again.
        self.remove_domains(scope).await?;
        let system = SystemScope::person("delete a tenant", scope.actor().clone());
        let mut tx = self.database.system(&system).await?;
        tx.tenants().mark_deleted(id, self.clock.now()).await?;
        tx.activity(Some(id))
            .record(
                "tenant.deleted",
                Some(Entity::new("tenant", id)),
                "Tenant deleted",
                None,
            )
            .await?;
        tx.commit().await?;
        Ok(())
    }
}
