//! Reading, changing and removing people.

use std::time::Duration;

use bheem_domain::{AccountId, EmailAddress, Invalid, MemberId, RunId, TenantId, TenantRole, text};
use bheem_persistence::{
    PageRequest, SystemScope, SystemTx, TenantScope,
    repo::{Consent, Entity, MemberChange, MemberRecord, Members},
};
use bheem_provisioning::{Wanted, domain_names, mail_domains};
use bheem_saga::NewRun;
use serde_json::Value;

use super::{
    MemberView,
    add::{may_grant, not_answered, reactivate, require_seat},
    view::with_runs,
};
use crate::{Error, Result, Services, closing::end_access, json::storable_object};

/// What to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct UpdateMember {
    /// New name.
    pub name: Option<String>,
    /// New address; the one before goes on reaching the person.
    pub email: Option<String>,
    /// New role.
    pub role: Option<TenantRole>,
    /// New private address; an empty one clears it.
    pub personal_email: Option<String>,
    /// New rights, an object.
    pub permissions: Option<Value>,
    /// Give the seat and the services back, or take them.
    pub is_active: Option<bool>,
}

impl Services {
    /// A page of people, in the order they came.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_members(
        &self,
        scope: &TenantScope,
        role: Option<TenantRole>,
        page: &PageRequest,
    ) -> Result<Vec<MemberView>> {
        let mut tx = self.database.tenant(scope).await?;
        let members = tx.members().list(role, page).await?;
        let views = with_runs(&mut tx, members).await?;
        tx.commit().await?;
        Ok(views)
    }

    /// One person.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn member(&self, scope: &TenantScope, user: AccountId) -> Result<MemberView> {
        let mut tx = self.database.tenant(scope).await?;
        let member = find(&mut tx.members(), user).await?;
        let view = with_runs(&mut tx, vec![member]).await?.pop();
        tx.commit().await?;
        view.ok_or(Error::NotFound("User not found"))
    }

    /// Changes a person. Taking the seat away takes the services, giving it back gives them back.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`], [`Error::Forbidden`], [`Error::QuotaExceeded`],
    /// [`Error::Conflict`].
    pub async fn update_member(
        &self,
        scope: &TenantScope,
        user: AccountId,
        update: UpdateMember,
        wait: Duration,
    ) -> Result<MemberView> {
        let email = update
            .email
            .as_deref()
            .map(EmailAddress::parse)
            .transpose()?;
        let change = parse(scope, update)?;
        let (id, renaming) = match (change.is_active, email) {
            (Some(_), Some(_)) => {
                let why = "cannot change together with is_active";
                return Err(Invalid::new("email", why).into());
            }
            (Some(is_active), None) => {
                let id = self.update_seat(scope, user, &change, is_active).await?;
                (id, None)
            }
            (None, email) => {
                self.update_row(scope, user, &change, email.as_ref())
                    .await?
            }
        };
        let mut view = self.member_after(scope, id, wait).await?;
        if let Some(run) = renaming {
            view.changing = Some(self.runs.wait(run.as_uuid(), wait).await?);
        }
        Ok(view)
    }

    async fn update_row(
        &self,
        scope: &TenantScope,
        user: AccountId,
        change: &MemberChange,
        email: Option<&EmailAddress>,
    ) -> Result<(MemberId, Option<RunId>)> {
        let mut tx = self.database.tenant(scope).await?;
        tx.tenant().lock().await?;
        let member = find(&mut tx.members(), user).await?;
        require_power_over(scope, &member)?;
        if change.role.is_some_and(|role| role != TenantRole::Owner) {
            require_another_owner(&mut tx.members(), &member).await?;
        }
        tx.members().update(member.id, change).await?;
        let name = change.name.as_deref().unwrap_or(&member.name);
        let email = email.filter(|email| **email != member.email);
        let renaming = if name != member.name || email.is_some() {
            self.rename(&mut tx, &member, name, email).await?
        } else {
            None
        };
        tx.activity()
            .record(
                "user_updated",
                Some(Entity::new("tenant_user", member.id)),
                "Person changed",
                None,
            )
            .await?;
        tx.commit().await?;
        Ok((member.id, renaming))
    }

    /// Changes that may give or take the seat work across tenants: whether the account stays open depends on its other
    /// seats, and the run that gives or takes services takes the place of one that is at work.
    async fn update_seat(
        &self,
        scope: &TenantScope,
        user: AccountId,
        change: &MemberChange,
        is_active: bool,
    ) -> Result<MemberId> {
        let id = scope.tenant_id();
        let system = SystemScope::person("give or take a seat", scope.actor().clone());
        let mut tx = self.database.system(&system).await?;
        let tenant = tx.tenant_of(id).lock().await?;
        let member = find(&mut tx.members_of(id), user).await?;
        require_power_over(scope, &member)?;
        if !is_active || change.role.is_some_and(|role| role != TenantRole::Owner) {
            require_another_owner(&mut tx.members_of(id), &member).await?;
        }
        if is_active && member.consent == Consent::Pending {
            return Err(not_answered());
        }
        let is_same = member.is_active == is_active;
        // Who left or was removed is asked again.
        let is_asked = is_active && member.consent == Consent::Ended;
        let change = MemberChange {
            is_active: (!is_same && !is_asked).then_some(is_active),
            ..change.clone()
        };
        if !is_same && is_active {
            require_seat(&tenant)?;
        }
        tx.members_of(id).update(member.id, &change).await?;
        match (is_same, is_active) {
            (true, _) => {}
            (false, true) if is_asked => {
                let now = self.clock.now();
                tx.members_of(id).invite_again(member.id, now).await?;
                self.ask_in(&mut tx, id, member.id).await?;
            }
            (false, true) => self.give_back(&mut tx, id, &member).await?,
            (false, false) => self.take_away(&mut tx, id, &member).await?,
        }
        tx.activity(Some(id))
            .record(
                "user_updated",
                Some(Entity::new("tenant_user", member.id)),
                "Person changed",
                None,
            )
            .await?;
        tx.commit().await?;
        Ok(member.id)
    }

    /// Removes a person: the seat is free and the services are disabled; nothing is deleted.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] for the last owner.
    pub async fn remove_member(
        &self,
        scope: &TenantScope,
        user: AccountId,
        wait: Duration,
    ) -> Result<MemberView> {
        let id = self.take_seat(scope, user).await?;
        self.member_after(scope, id, wait).await
    }

    async fn take_seat(&self, scope: &TenantScope, user: AccountId) -> Result<MemberId> {
        let id = scope.tenant_id();
        let system = SystemScope::person("take a seat", scope.actor().clone());
        let mut tx = self.database.system(&system).await?;
        tx.tenant_of(id).lock().await?;
        let member = find(&mut tx.members_of(id), user).await?;
        require_power_over(scope, &member)?;
        if member.is_active || member.consent == Consent::Pending {
            require_another_owner(&mut tx.members_of(id), &member).await?;
            self.end_membership(&mut tx, id, &member).await?;
            tx.activity(Some(id))
                .record(
                    "user_deprovisioned",
                    Some(Entity::new("tenant_user", member.id)),
                    "Person removed",
                    None,
                )
                .await?;
        }
        tx.commit().await?;
        Ok(member.id)
    }

    /// Ends a membership for good: somebody whose account the tenant does not manage is asked again before it opens
    /// anything. What was never answered has no services to take.
    pub(super) async fn end_membership(
        &self,
        tx: &mut SystemTx,
        tenant_id: TenantId,
        member: &MemberRecord,
    ) -> Result<()> {
        if member.is_managed {
            let change = MemberChange {
                is_active: Some(false),
                ..MemberChange::default()
            };
            tx.members_of(tenant_id).update(member.id, &change).await?;
        } else {
            tx.members_of(tenant_id).end_consent(member.id).await?;
        }
        if member.is_active {
            self.take_away(tx, tenant_id, member).await?;
        }
        Ok(())
    }

    pub(super) async fn give_back(
        &self,
        tx: &mut SystemTx,
        tenant_id: TenantId,
        member: &MemberRecord,
    ) -> Result<()> {
        let account = tx
            .accounts()
            .lock(member.user_id)
            .await?
            .ok_or(Error::NotFound("User not found"))?;
        let account = reactivate(&mut tx.accounts(), tenant_id, account).await?;
        let member = find(&mut tx.members_of(tenant_id), member.user_id).await?;
        let domains = mail_domains(&tx.domains_of(tenant_id).list().await?);
        let wanted = Wanted {
            mailbox: member.wants_mailbox,
            invitation: account.hashed_password.is_none(),
        };
        let run = self.planner.provision_member(
            tenant_id,
            &member,
            &account,
            wanted,
            &domains,
            member.invited_by,
        )?;
        supersede(tx, &member, &run).await
    }

    /// Closes our own doors in this very transaction; the run that is enqueued with it closes the peers'. A run that is
    /// at work on the person ends, wherever it stands: nobody keeps access because a peer is away.
    pub(crate) async fn take_away(
        &self,
        tx: &mut SystemTx,
        tenant_id: TenantId,
        member: &MemberRecord,
    ) -> Result<()> {
        if !member.is_confirmed {
            // The run that would have made it final ends here; a removed person is one who was there.
            tx.members_of(tenant_id).confirm(member.id).await?;
        }
        end_access(tx, tenant_id, Some(member.user_id)).await?;
        tx.app_passwords_of(tenant_id)
            .revoke_all(member.id, self.clock.now())
            .await?;
        let member = find(&mut tx.members_of(tenant_id), member.user_id).await?;
        let domains = domain_names(&tx.domains_of(tenant_id).list().await?);
        let run = self
            .planner
            .deprovision_member(tenant_id, &member, &domains)?;
        supersede(tx, &member, &run).await
    }

    /// The person as stored, once their run has settled or `wait` is over.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn member_after(
        &self,
        scope: &TenantScope,
        id: MemberId,
        wait: Duration,
    ) -> Result<MemberView> {
        let mut view = self.member_by_id(scope, id).await?;
        if let (Some(run), Some(member)) = (&view.run, &view.member)
            && !run.is_settled()
            && !wait.is_zero()
        {
            let run = self.runs.wait(run.run_id, wait).await?;
            // A run that was undone has taken the membership along; what was stored then still says
            // who it was about.
            let after = self.member_by_id(scope, id).await?;
            view = MaybeGone {
                member: after.member.or_else(|| Some(member.clone())),
                run: Some(run),
            };
        }
        Ok(MemberView {
            member: view.member.ok_or(Error::NotFound("User not found"))?,
            run: view.run,
            changing: None,
        })
    }

    async fn member_by_id(&self, scope: &TenantScope, id: MemberId) -> Result<MaybeGone> {
        let mut tx = self.database.tenant(scope).await?;
        let member = tx.members().find(id).await?;
        let run = match member.as_ref().and_then(|member| member.run_id) {
            Some(run_id) => tx.runs().find(run_id).await?,
            None => None,
        };
        tx.commit().await?;
        Ok(MaybeGone { member, run })
    }
}

struct MaybeGone {
    member: Option<MemberRecord>,
    run: Option<bheem_saga::RunView>,
}

pub(super) async fn supersede(
    tx: &mut SystemTx,
    member: &MemberRecord,
    run: &NewRun,
) -> Result<()> {
    let reason = "the person's services change again";
    let tenant_id = member.tenant_id;
    let enqueued = tx.runs_of(tenant_id).supersede(run, reason).await?;
    tx.members_of(tenant_id)
        .set_run(member.id, enqueued.run_id.into())
        .await?;
    Ok(())
}

pub(super) async fn find(members: &mut Members<'_>, user: AccountId) -> Result<MemberRecord> {
    members
        .find_by_account(user)
        .await?
        .ok_or(Error::NotFound("User not found"))
}

/// An admin has no power over owners.
pub(super) fn require_power_over(scope: &TenantScope, member: &MemberRecord) -> Result<()> {
    may_grant(scope.role(), member.role)
        .map_err(|_error| Error::Forbidden("Only an owner may change an owner"))
}

pub(super) async fn require_another_owner(
    members: &mut Members<'_>,
    member: &MemberRecord,
) -> Result<()> {
    let is_last = member.role == TenantRole::Owner
        && member.is_active
        && members.count_active_owners().await? <= 1;
    if is_last {
        return Err(Error::conflict(
            "last_owner",
            "The last owner cannot be removed",
        ));
    }
    Ok(())
}

fn parse(scope: &TenantScope, update: UpdateMember) -> Result<MemberChange> {
    if let Some(role) = update.role {
        may_grant(scope.role(), role)?;
    }
    if let Some(permissions) = &update.permissions {
        storable_object("permissions", permissions)?;
    }
    Ok(MemberChange {
        name: update
            .name
            .map(|name| text::required("name", &name, 255))
            .transpose()?,
        role: update.role,
        personal_email: update
            .personal_email
            .map(|email| {
                (!email.trim().is_empty())
                    .then(|| EmailAddress::parse(&email))
                    .transpose()
                    .map_err(|error| error.in_field("personal_email"))
            })
            .transpose()?,
        permissions: update.permissions,
        is_active: update.is_active,
    })
}
