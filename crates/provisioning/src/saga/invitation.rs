//! The letter that invites somebody to a tenant. It carries a link, never a password.
//!
//! Where the link goes decides who can sign in: it goes to the address that was named when the account was made. A
//! second tenant that invites somebody who has not signed in yet cannot have the link sent elsewhere.

use bheem_domain::{AccountId, EmailAddress, MemberId};
use bheem_notify::WorkspaceInvite;
use bheem_persistence::repo::{AccountRecord, Consent, LinkPurpose, MemberRecord, TenantRecord};
use bheem_saga::{Failure, Reject};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Deps, link::Link, require_active, require_open};
use crate::connector::{
    database,
    notify::{Letter, send},
};

/// Who is invited, and by whom.
pub(crate) struct Invitee {
    pub(crate) tenant_id: Uuid,
    pub(crate) member_id: MemberId,
    pub(crate) account_id: AccountId,
    pub(crate) inviter: Option<AccountId>,
}

/// What a step leaves that has sent an invitation.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct InvitationOutput {
    /// Notify's id of the message.
    pub(crate) message_id: Option<String>,
}

struct Invitation {
    tenant: TenantRecord,
    member: MemberRecord,
    inviter: Option<AccountRecord>,
    deliver_to: EmailAddress,
    url: String,
}

/// Sends the invitation; the same step sends it once.
pub(crate) async fn invite(
    deps: &Deps,
    effect_key: Uuid,
    invitee: &Invitee,
) -> Result<InvitationOutput, Failure> {
    let notify = deps.notify()?;
    let invitation = prepare(deps, effect_key, invitee).await?;
    let from = invitation.inviter.as_ref().map_or_else(
        || invitation.tenant.name.clone(),
        |account| {
            let name = account.full_name.as_ref();
            name.unwrap_or(&account.username).clone()
        },
    );
    let mail = WorkspaceInvite::new(
        &invitation.member.name,
        from,
        &invitation.tenant.name,
        &invitation.url,
    )
    .role(invitation.member.role.as_str())
    .to(invitation.deliver_to.to_string());
    let message_id = send(notify, effect_key, &Letter::Template(mail)).await?;
    Ok(InvitationOutput { message_id })
}

/// Reads whom to invite, and keeps the hash of the link before anybody gets it.
async fn prepare(deps: &Deps, effect_key: Uuid, invitee: &Invitee) -> Result<Invitation, Failure> {
    let mut tx = deps.tenant(invitee.tenant_id).await?;
    let tenant = tx.tenant().get().await;
    let tenant = tenant.map_err(|error| database(&error))?;
    if !tenant.is_open() {
        return Err(Reject::new("tenant_suspended", "the workspace is suspended").into());
    }
    let member = tx.members().find(invitee.member_id).await;
    let member = require_wanted(member.map_err(|error| database(&error))?)?;
    let account = tx.accounts().find(invitee.account_id).await;
    let account = require_open(account.map_err(|error| database(&error))?)?;
    let from = match invitee.inviter {
        Some(id) => tx.accounts().find(id).await,
        None => Ok(None),
    };
    let from = from.map_err(|error| database(&error))?;
    let is_asked = member.consent == Consent::Pending;
    let (deliver_to, url) = if account.hashed_password.is_some() {
        let deliver_to = member.personal_email.clone().filter(|_| !is_asked);
        let deliver_to = deliver_to.unwrap_or_else(|| member.email.clone());
        // Whoever is asked answers on the page of their account.
        let page = if is_asked { "/account" } else { "/login" };
        (deliver_to, deps.config.page(page))
    } else {
        let deliver_to = first_address(&account, &member);
        let link = Link::new(deps, LinkPurpose::SetPassword, effect_key)?;
        let link = if is_asked {
            link.inviting_to(tenant.id)
        } else {
            link
        };
        link.keep(deps, tx.link_tokens(), account.id, &deliver_to)
            .await?;
        (deliver_to, link.url(deps))
    };
    tx.commit().await.map_err(|error| database(&error))?;
    Ok(Invitation {
        tenant,
        member,
        inviter: from,
        deliver_to,
        url,
    })
}

/// A member, or somebody who is asked whether they want to be one.
fn require_wanted(member: Option<MemberRecord>) -> Result<MemberRecord, Failure> {
    match member {
        Some(member) if member.consent == Consent::Pending => Ok(member),
        Some(member) if member.consent == Consent::Ended => {
            Err(Reject::new("invitation_withdrawn", "the invitation was withdrawn").into())
        }
        other => require_active(other),
    }
}

/// Where the account's first link may go.
fn first_address(account: &AccountRecord, member: &MemberRecord) -> EmailAddress {
    let invited_at = account.invitation_email.as_deref();
    invited_at
        .and_then(|text| EmailAddress::parse(text).ok())
        .or_else(|| account.email.clone())
        .unwrap_or_else(|| member.email.clone())
}
