//! Reading, changing and deleting tenants.

use std::time::Duration;

use bheem_domain::{Invalid, PlanCode, Quotas, RunId, TenantAccess, TenantId, text};
use bheem_identity::{AAL2, AccessClaims};
use bheem_persistence::{
    Actor, PageRequest, SystemScope, SystemTx, TenantScope,
    repo::{
        Activity, Entity, Membership, NameKind, PlanRecord, Plans, TenantChange, TenantEntry,
        TenantFilter, TenantRecord, TenantRef,
    },
};
use bheem_saga::{NewRun, RunView};
use chrono::TimeDelta;
use serde_json::Value;

use crate::{Error, Result, Services, closing::end_access, json::storable_object};

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

/// A tenant, and the run that opens or closes it, if it has just begun.
#[derive(Debug, Clone)]
pub struct TenantView {
    /// The stored row.
    pub tenant: TenantRecord,
    /// How its people's services stand.
    pub run: Option<RunView>,
}

/// The slug of a deleted tenant is given to nobody for this time.
const NAMES_REST: TimeDelta = TimeDelta::days(90);

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

    /// Changes a tenant, and waits at most `wait` for the peers to follow when it is opened or closed. Plan and state
    /// are for platform administrators, who come without a role in the tenant.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Forbidden`].
    pub async fn update_tenant(
        &self,
        scope: &TenantScope,
        update: UpdateTenant,
        wait: Duration,
    ) -> Result<TenantView> {
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
        if change.is_active.is_some() || change.suspension.is_some() {
            return self.change_state(scope, update.plan, change, wait).await;
        }
        let mut tx = self.database.tenant(scope).await?;
        if let Some(code) = update.plan {
            change.plan = Some(plan_of(&mut tx.plans(), &code).await?);
        }
        let tenant = tx.tenant().update(&change).await?;
        let ended = if change.requires_second_factor == Some(true) {
            tx.tenant().revoke_weak_grants(self.clock.now()).await?
        } else {
            Vec::new()
        };
        let activity = tx.activity();
        record(activity, "tenant.updated", &tenant, "Tenant changed").await?;
        tx.commit().await?;
        self.identity.forget(ended);
        Ok(TenantView { tenant, run: None })
    }

    /// Opens or closes a tenant. Closed, it lets nobody in from this transaction on; the run that is enqueued with it
    /// closes people's services at the peers, and one that opens them again takes its place.
    async fn change_state(
        &self,
        scope: &TenantScope,
        plan: Option<String>,
        mut change: TenantChange,
        wait: Duration,
    ) -> Result<TenantView> {
        let id = scope.tenant_id();
        let system = SystemScope::person("open or close a tenant", scope.actor().clone());
        let mut tx = self.database.system(&system).await?;
        if let Some(code) = plan {
            change.plan = Some(plan_of(&mut tx.plans(), &code).await?);
        }
        let before = tx.tenant_of(id).lock().await?;
        let tenant = tx.tenant_of(id).update(&change).await?;
        let occasion = self.clock.new_uuid();
        let run = match (before.is_open(), tenant.is_open()) {
            (true, false) => {
                end_access(&mut tx, id, None).await?;
                Some(self.planner.close_tenant(id, occasion)?)
            }
            (false, true) => Some(self.planner.reopen_tenant(id, occasion)?),
            _ => None,
        };
        let run = match run {
            Some(run) => Some(supersede(&mut tx, id, &run).await?),
            None => None,
        };
        let activity = tx.activity(Some(id));
        record(activity, "tenant.updated", &tenant, "Tenant changed").await?;
        tx.commit().await?;
        let run = self.run_after(run, wait).await?;
        Ok(TenantView { tenant, run })
    }

    /// Deletes a tenant. Nobody gets in from this transaction on, what exists for the tenant alone ends, and its slug
    /// rests. The run that is enqueued with it takes everybody's services, then what the tenant had as a whole, and
    /// frees its domains when their mail is closed. Other rows stay for the audit.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody but platform administrators, [`Error::NotFound`].
    pub async fn delete_tenant(
        &self,
        scope: &TenantScope,
        wait: Duration,
    ) -> Result<Option<RunView>> {
        if scope.role().is_some() {
            return Err(Error::Forbidden("Platform administrators only"));
        }
        let id = scope.tenant_id();
        let now = self.clock.now();
        let system = SystemScope::person("delete a tenant", scope.actor().clone());
        let mut tx = self.database.system(&system).await?;
        let tenant = tx.tenant_of(id).lock().await?;
        tx.tenants().mark_deleted(id, now).await?;
        let rests_until = now + NAMES_REST;
        tx.resting_names()
            .insert(NameKind::Slug, tenant.slug.as_str(), rests_until)
            .await?;
        end_access(&mut tx, id, None).await?;
        tx.closing(id).close_own_clients().await?;
        tx.runs_of(id)
            .supersede_all("the workspace is deleted")
            .await?;
        let run = self.planner.delete_tenant(id)?;
        let run = supersede(&mut tx, id, &run).await?;
        let activity = tx.activity(Some(id));
        record(activity, "tenant.deleted", &tenant, "Tenant deleted").await?;
        tx.commit().await?;
        self.run_after(Some(run), wait).await
    }

    /// The run, once it has settled or `wait` is over.
    async fn run_after(&self, run: Option<RunId>, wait: Duration) -> Result<Option<RunView>> {
        match run {
            Some(run) => Ok(Some(self.runs.wait(run.as_uuid(), wait).await?)),
            None => Ok(None),
        }
    }
}

async fn plan_of(plans: &mut Plans<'_>, code: &str) -> Result<(PlanCode, Quotas)> {
    let plan = plans
        .find(&PlanCode::parse(code)?)
        .await?
        .ok_or_else(|| Invalid::new("plan", "is not a plan"))?;
    Ok((plan.code, plan.quotas))
}

async fn record(
    mut activity: Activity<'_>,
    action: &str,
    tenant: &TenantRecord,
    description: &str,
) -> Result<()> {
    let entity = Entity::new("tenant", tenant.id);
    activity
        .record(action, Some(entity), description, None)
        .await?;
    Ok(())
}

async fn supersede(tx: &mut SystemTx, id: TenantId, run: &NewRun) -> Result<RunId> {
    let reason = "the workspace changes again";
    let enqueued = tx.runs_of(id).supersede(run, reason).await?;
    Ok(enqueued.run_id.into())
}
