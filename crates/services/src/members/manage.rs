//! Reading, changing and removing people.

use std::time::Duration;

use bheem_domain::{AccountId, EmailAddress, MemberId, TenantRole, text};
use bheem_persistence::{
    PageRequest, TenantScope, TenantTx,
    repo::{Consent, Entity, MemberChange, MemberRecord},
};
use bheem_provisioning::Wanted;
use serde_json::Value;

use super::{
    MemberView,
    add::{mail_domains, may_grant, not_answered, reactivate, require_seat},
    view::with_runs,
};
use crate::{Error, Result, Services, error::OPERATION_RUNNING, json::storable_object};

/// What to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct UpdateMember {
    /// New name.
    pub name: Option<String>,
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
        let member = find(&mut tx, user).await?;
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
        let change = parse(scope, update)?;
        let changed = self.try_update(scope, user, &change).await;
        let id = match changed {
            Err(error) if change.is_active.is_some() && is_running(&error) => {
                self.end_run(scope, user).await?;
                self.try_update(scope, user, &change).await?
            }
            other => other?,
        };
        self.member_after(scope, id, wait).await
    }

    async fn try_update(
        &self,
        scope: &TenantScope,
        user: AccountId,
        change: &MemberChange,
    ) -> Result<MemberId> {
        let mut tx = self.database.tenant(scope).await?;
        let tenant = tx.tenant().lock().await?;
        let member = find(&mut tx, user).await?;
        require_power_over(scope, &member)?;
        let activation = change
            .is_active
            .filter(|wanted| *wanted != member.is_active);
        if change.is_active == Some(true) && member.consent == Consent::Pending {
            return Err(not_answered());
        }
        let loses_owner =
            activation == Some(false) || change.role.is_some_and(|role| role != TenantRole::Owner);
        if loses_owner {
            require_another_owner(&mut tx, &member).await?;
        }
        let change = MemberChange {
            is_active: activation,
            ..change.clone()
        };
        match activation {
            // Who left or was removed is asked again.
            Some(true) if member.consent == Consent::Ended => {
                require_seat(&tenant)?;
                let change = MemberChange {
                    is_active: None,
                    ..change
                };
                tx.members().update(member.id, &change).await?;
                tx.members()
                    .invite_again(member.id, self.clock.now())
                    .await?;
                self.ask(&mut tx, member.id).await?;
            }
            Some(true) => {
                require_seat(&tenant)?;
                tx.members().update(member.id, &change).await?;
                self.give_back(&mut tx, member.id, user).await?;
            }
            Some(false) => {
                tx.members().update(member.id, &change).await?;
                self.take_away(&mut tx, member.id).await?;
            }
            None => tx.members().update(member.id, &change).await?,
        }
        tx.activity()
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
        let id = match self.try_remove(scope, user).await {
            Err(error) if is_running(&error) => {
                self.end_run(scope, user).await?;
                self.try_remove(scope, user).await?
            }
            other => other?,
        };
        self.member_after(scope, id, wait).await
    }

    async fn try_remove(&self, scope: &TenantScope, user: AccountId) -> Result<MemberId> {
        let mut tx = self.database.tenant(scope).await?;
        tx.tenant().lock().await?;
        let member = find(&mut tx, user).await?;
        require_power_over(scope, &member)?;
        if member.is_active || member.consent == Consent::Pending {
            require_another_owner(&mut tx, &member).await?;
            self.end_membership(&mut tx, &member).await?;
            tx.activity()
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

    /// Ends a membership for good: whoever's account the tenant does not manage is asked again before it opens
    /// anything. What was never answered has no services to take.
    pub(super) async fn end_membership(
        &self,
        tx: &mut TenantTx,
        member: &MemberRecord,
    ) -> Result<()> {
        if member.is_managed {
            let change = MemberChange {
                is_active: Some(false),
                ..MemberChange::default()
            };
            tx.members().update(member.id, &change).await?;
        } else {
            tx.members().end_consent(member.id).await?;
        }
        if member.is_active {
            self.take_away(tx, member.id).await?;
        }
        Ok(())
    }

    /// Ends a run that gives or takes services, so that the opposite can be done: nobody keeps or
    /// misses access because a peer is away. Whatever the run has done, the next one finds. Before
    /// its pivot a run is not ended, as it may yet take everything back itself.
    pub(super) async fn end_run(&self, scope: &TenantScope, user: AccountId) -> Result<()> {
        let member = self.member(scope, user).await?;
        let (true, Some(run)) = (member.member.is_confirmed, member.run) else {
            return Ok(());
        };
        let actor = scope.actor().account_id;
        let actor = actor.map_or_else(|| "server".to_owned(), |account| account.to_string());
        let ended = self
            .runs
            .abandon(run.run_id, "the person's services change again", &actor);
        match ended.await {
            // It has ended by itself.
            Err(bheem_saga::Error::Refused { .. }) => Ok(()),
            other => Ok(other?),
        }
    }

    async fn give_back(&self, tx: &mut TenantTx, id: MemberId, user: AccountId) -> Result<()> {
        let account = tx
            .accounts()
            .lock(user)
            .await?
            .ok_or(Error::NotFound("User not found"))?;
        let account = reactivate(tx, account).await?;
        let domains = tx.domains().list().await?;
        let wanted = Wanted {
            mailbox: true,
            invitation: account.hashed_password.is_none(),
        };
        self.provision(tx, id, &account, wanted, &domains).await
    }

    async fn take_away(&self, tx: &mut TenantTx, id: MemberId) -> Result<()> {
        let member = tx
            .members()
            .find(id)
            .await?
            .ok_or(Error::NotFound("User not found"))?;
        let domains = tx.domains().list().await?;
        let run =
            self.planner
                .deprovision_member(tx.tenant_id(), &member, &mail_domains(&domains))?;
        let enqueued = tx.runs().enqueue(&run).await?;
        tx.members().set_run(id, enqueued.run_id.into()).await?;
        Ok(())
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

pub(super) async fn find(tx: &mut TenantTx, user: AccountId) -> Result<MemberRecord> {
    tx.members()
        .find_by_account(user)
        .await?
        .ok_or(Error::NotFound("User not found"))
}

pub(super) fn is_running(error: &Error) -> bool {
    matches!(error, Error::Conflict { code, .. } if *code == OPERATION_RUNNING)
}

/// An admin has no power over owners.
pub(super) fn require_power_over(scope: &TenantScope, member: &MemberRecord) -> Result<()> {
    may_grant(scope.role(), member.role)
        .map_err(|_error| Error::Forbidden("Only an owner may change an owner"))
}

pub(super) async fn require_another_owner(tx: &mut TenantTx, member: &MemberRecord) -> Result<()> {
    let is_last = member.role == TenantRole::Owner
        && member.is_active
        && tx.members().count_active_owners().await? <= 1;
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
