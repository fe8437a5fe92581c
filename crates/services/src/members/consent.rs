//! A person's own word: invitations are accepted or declined by whoever holds the account, and anybody may leave.

use std::{sync::Arc, time::Duration};

use bheem_domain::AccountId;
use bheem_persistence::{
    Actor, Change, SystemScope, SystemTx, TenantScope,
    repo::{Consent, DueMember, Entity, InvitationRecord, TenantRef},
};
use bheem_provisioning::{Wanted, mail_domains};
use chrono::TimeDelta;
use tokio::sync::Notify;

use super::{
    MemberView,
    manage::{find, require_another_owner, supersede},
};
use crate::{Error, Result, Services};

/// Accepted memberships are looked for this often, should no word of a change come.
const EVERY: Duration = Duration::from_secs(30);
/// What could not be enqueued is tried again after this time.
const LATER: TimeDelta = TimeDelta::seconds(5);

impl Services {
    /// Invitations that wait for this person's answer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn my_invitations(&self, account_id: AccountId) -> Result<Vec<InvitationRecord>> {
        Ok(self.identity.invitations(account_id).await?)
    }

    /// Accepts an invitation, and waits at most `wait` for the services.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the tenant does not ask this person.
    pub async fn accept_invitation(
        &self,
        actor: Actor,
        tenant: &str,
        wait: Duration,
    ) -> Result<MemberView> {
        let (scope, account_id) = self.holder(actor.clone(), tenant).await?;
        if !self
            .identity
            .accept_invitation(actor, scope.tenant_id())
            .await?
        {
            return Err(no_invitation());
        }
        self.provision_accepted().await?;
        let id = self.member(&scope, account_id).await?.member.id;
        self.member_after(&scope, id, wait).await
    }

    /// Declines an invitation.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the tenant does not ask this person.
    pub async fn decline_invitation(&self, actor: Actor, tenant: &str) -> Result<()> {
        let (scope, _) = self.holder(actor.clone(), tenant).await?;
        let declined = self
            .identity
            .decline_invitation(actor, scope.tenant_id())
            .await?;
        declined.then_some(()).ok_or_else(no_invitation)
    }

    /// Leaves a tenant: the membership ends at once, a run takes the services.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the person is not in it; [`Error::Conflict`] for the last owner.
    pub async fn leave_tenant(
        &self,
        actor: Actor,
        tenant: &str,
        wait: Duration,
    ) -> Result<MemberView> {
        let (scope, account_id) = self.holder(actor, tenant).await?;
        let tenant_id = scope.tenant_id();
        let system = SystemScope::person("leave a tenant", scope.actor().clone());
        let mut tx = self.database.system(&system).await?;
        tx.tenant_of(tenant_id).lock().await?;
        let member = find(&mut tx.members_of(tenant_id), account_id).await?;
        require_another_owner(&mut tx.members_of(tenant_id), &member).await?;
        self.end_membership(&mut tx, tenant_id, &member).await?;
        tx.activity(Some(tenant_id))
            .record(
                "user_left",
                Some(Entity::new("tenant_user", member.id)),
                "Person left",
                None,
            )
            .await?;
        tx.commit().await?;
        self.member_after(&scope, member.id, wait).await
    }

    async fn holder(&self, actor: Actor, tenant: &str) -> Result<(TenantScope, AccountId)> {
        let missing = || Error::NotFound("Tenant not found");
        let account_id = actor
            .account_id
            .ok_or(Error::Unauthenticated("Invalid token"))?;
        let tenant = TenantRef::parse(tenant).ok_or_else(missing)?;
        let system = SystemScope::person("answer for oneself in a tenant", actor.clone());
        let scope = self
            .database
            .system_read(&system)
            .await?
            .tenants()
            .holder_scope(&tenant, account_id, actor)
            .await?
            .ok_or_else(missing)?;
        Ok((scope, account_id))
    }

    /// Enqueues the runs of memberships that were accepted; answers how many. Any number of replicas may do
    /// so.
    ///
    /// # Errors
    /// When the database fails; what was not enqueued is found again.
    pub async fn provision_accepted(&self) -> Result<usize> {
        let mut begun = 0;
        loop {
            let scope = SystemScope::server("give accepted members their services");
            let mut tx = self.database.system(&scope).await?;
            let due = tx.invitations().take_due(self.clock.now()).await?;
            let Some(due) = due else {
                return Ok(begun);
            };
            match self.provision_due(&mut tx, due).await {
                Ok(()) => {
                    tx.commit().await?;
                    begun += 1;
                }
                Err(error) => {
                    // The transaction is gone, and with it what it took.
                    drop(tx);
                    tracing::warn!(%error, member.id = %due.member_id, "an accepted member waits for their services");
                    self.postpone(due).await?;
                }
            }
        }
    }

    async fn provision_due(&self, tx: &mut SystemTx, due: DueMember) -> Result<()> {
        let DueMember {
            tenant_id,
            member_id,
        } = due;
        let member = tx.members_of(tenant_id).find(member_id).await?;
        let Some(member) = member.filter(|member| member.consent == Consent::Given) else {
            return Ok(());
        };
        let account = tx.accounts().find(member.user_id).await?;
        let account = account.ok_or(Error::NotFound("User not found"))?;
        let domains = tx.domains_of(tenant_id).list().await?;
        let wanted = Wanted {
            mailbox: member.wants_mailbox,
            invitation: false,
        };
        let run = self.planner.provision_member(
            tenant_id,
            &member,
            &account,
            wanted,
            &mail_domains(&domains),
            member.invited_by,
        )?;
        supersede(tx, &member, &run).await
    }

    async fn postpone(&self, due: DueMember) -> Result<()> {
        let scope = SystemScope::server("try later to give a member their services");
        let mut tx = self.database.system(&scope).await?;
        let until = self.clock.now() + LATER;
        tx.invitations().postpone(due, until).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Enqueues such runs as soon as somebody accepts on any page of any replica, until the future is dropped.
    pub async fn watch_accepted(&self) {
        let accepted = Arc::new(Notify::new());
        let teller = Arc::clone(&accepted);
        self.identity.revocations().subscribe(move |change| {
            if matches!(change, Change::Account(_)) {
                teller.notify_one();
            }
        });
        loop {
            if let Err(error) = self.provision_accepted().await {
                tracing::warn!(%error, "accepted memberships could not be looked for");
            }
            let _elapsed = tokio::time::timeout(EVERY, accepted.notified()).await;
        }
    }
}

fn no_invitation() -> Error {
    Error::NotFound("There is no invitation of this tenant")
}
