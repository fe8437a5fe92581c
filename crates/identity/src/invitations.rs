//! Invitations to tenants, answered by their holder. An account that a tenant does not manage is a member
//! of it only by its holder's own word; the services follow in a run that is enqueued where runs are made.

use bheem_domain::{AccountId, TenantId};
use bheem_persistence::{
    Actor, SystemScope,
    repo::{Entity, InvitationRecord},
};

use crate::{Identity, Result};

impl Identity {
    /// Invitations that wait for this person's answer, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn invitations(&self, account_id: AccountId) -> Result<Vec<InvitationRecord>> {
        let scope = Self::scope("list own invitations");
        let mut read = self.database.system_read(&scope).await?;
        Ok(read.invitations().list(account_id).await?)
    }

    /// Accepts an invitation; `false` when there is none, or the tenant is closed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accept_invitation(&self, actor: Actor, tenant_id: TenantId) -> Result<bool> {
        self.answer_invitation(actor, tenant_id, true).await
    }

    /// Declines an invitation; `false` when there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decline_invitation(&self, actor: Actor, tenant_id: TenantId) -> Result<bool> {
        self.answer_invitation(actor, tenant_id, false).await
    }

    async fn answer_invitation(
        &self,
        actor: Actor,
        tenant_id: TenantId,
        accepts: bool,
    ) -> Result<bool> {
        let Some(account_id) = actor.account_id else {
            return Ok(false);
        };
        let scope = SystemScope::person("answer an invitation", actor);
        let now = self.clock.now();
        let mut tx = self.database.system(&scope).await?;
        let mut members = tx.members_of(tenant_id);
        let answered = if accepts {
            members.accept(account_id, now).await?
        } else {
            members.decline(account_id).await?
        };
        let Some(member_id) = answered else {
            return Ok(false);
        };
        let (action, text) = if accepts {
            ("invitation_accepted", "Invitation accepted")
        } else {
            ("invitation_declined", "Invitation declined")
        };
        let entity = Entity::new("tenant_user", member_id);
        tx.activity(Some(tenant_id))
            .record(action, Some(entity), text, None)
            .await?;
        tx.commit().await?;
        Ok(true)
    }
}
