//! Tenants that ask somebody to be a member.

use bheem_domain::TenantId;
use bheem_persistence::{Actor, repo::InvitationRecord};

use crate::{
    Provider,
    pages::{
        Page,
        answer::redirect,
        problem::{Problem, Shown},
        strings::{Strings, fill},
        visit::Visit,
    },
};

/// Longest name of a tenant or a person on the page.
const LONGEST_NAME: usize = 80;

pub(super) struct InvitationLine {
    pub(super) tenant_id: String,
    pub(super) name: String,
    pub(super) invited_by: Option<String>,
}

impl InvitationLine {
    pub(super) fn new(invitation: &InvitationRecord, s: &Strings) -> Self {
        let short = |name: &str| name.chars().take(LONGEST_NAME).collect::<String>();
        let invited_by = invitation.invited_by.as_deref();
        Self {
            tenant_id: invitation.tenant_id.to_string(),
            name: short(&invitation.tenant_name),
            invited_by: invited_by.map(|name| fill(s.invited_by, &short(name))),
        }
    }
}

impl Provider {
    pub(super) async fn answer_invitation(&self, page: Page, visit: &mut Visit<'_>) -> Shown {
        let form = visit.form(self)?;
        let signed_in = visit.session.as_ref().ok_or(Problem::Expired)?;
        let tenant_id: Option<TenantId> = form.get("tenant_id").and_then(|id| id.parse().ok());
        let tenant_id = tenant_id.ok_or(Problem::Form)?;
        let client = &visit.request.client;
        let actor = Actor::person(
            signed_in.account.id,
            client.ip,
            client.user_agent.as_deref(),
        );
        let identity = &self.inner.identity;
        if page == Page::AcceptInvitation {
            identity.accept_invitation(actor, tenant_id).await?;
        } else {
            identity.decline_invitation(actor, tenant_id).await?;
        }
        Ok(redirect("/account"))
    }
}
