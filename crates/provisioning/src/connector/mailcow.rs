//! Mailcow in the words of provisioning: whose an object is, told by its tags.

use bheem_domain::{MemberId, TenantId};
use bheem_http_kit::{Effect, ErrorKind};
use bheem_mailcow::{Client, Error, Mailbox, MailboxState, UpdateMailbox};
use bheem_saga::{Failure, Reject};
use uuid::Uuid;

use super::{failed, unanswered};

/// The tag of a member's mailbox.
pub(crate) fn member_tag(member_id: MemberId) -> String {
    format!("{MEMBER_TAG}{member_id}")
}

const TENANT_TAG: &str = "bheem-tenant:";
const MEMBER_TAG: &str = "bheem:";

/// The tag of a tenant's domain.
pub(crate) fn tenant_tag(tenant_id: TenantId) -> String {
    format!("{TENANT_TAG}{tenant_id}")
}

/// The member whose mailbox a mailbox's tag says that it is.
pub(crate) fn tagged_member(tags: &[String]) -> Option<MemberId> {
    tags.iter()
        .find_map(|tag| tag.strip_prefix(MEMBER_TAG)?.parse().ok())
}

/// The tenant that a domain's tag names.
pub(crate) fn tagged_tenant(tags: &[String]) -> Option<TenantId> {
    tags.iter()
        .find_map(|tag| tag.strip_prefix(TENANT_TAG)?.parse().ok())
}

/// The tag that tells which step of which run made an object: only that one may take it back.
pub(crate) fn effect_tag(effect_key: Uuid) -> String {
    format!("bheem-effect:{effect_key}")
}

/// How the names of app passwords begin that the workspace made.
const APP_PASSWORD: &str = "bheem-workspace";

/// The name of the app password with which the workspace acts for a member.
pub(crate) fn app_password_name(member_id: MemberId) -> String {
    format!("{APP_PASSWORD} {member_id}")
}

/// A change that failed; a limit is told apart, because an administrator can do something about it.
pub(crate) fn refused(error: &Error) -> Failure {
    if error.limit().is_some() && error.effect() != Effect::Unknown {
        return Reject::new("limit_reached", error.to_string()).into();
    }
    failed(error)
}

/// How a mailbox of some address stands to a member.
#[derive(Debug)]
pub(crate) enum Standing {
    /// There is none.
    Absent,
    /// The member's own.
    Ours(Box<Mailbox>),
    /// Somebody else's.
    Foreign,
}

/// Looks a mailbox up and tells whose it is.
pub(crate) async fn standing(
    mailcow: &Client,
    address: &str,
    member_id: MemberId,
) -> Result<Standing, Failure> {
    let found = mailcow
        .mailboxes()
        .find(address)
        .await
        .map_err(|error| unanswered(&error))?;
    Ok(match found {
        None => Standing::Absent,
        Some(mailbox) if mailbox.tags.contains(&member_tag(member_id)) => {
            Standing::Ours(Box::new(mailbox))
        }
        Some(_) => Standing::Foreign,
    })
}

/// Neither login nor mail; a mailbox that an administrator merely closed for login is left as it is.
pub(crate) fn is_inactive(mailbox: &Mailbox) -> bool {
    mailbox.state == MailboxState::Inactive
}

/// Closes a mailbox: neither login nor mail, and every app password of it that the workspace made goes.
/// Its contents stay.
pub(crate) async fn close_mailbox(mailcow: &Client, address: &str) -> Result<(), Failure> {
    let closed = UpdateMailbox::new().state(MailboxState::Inactive);
    match mailcow.mailboxes().update(address, &closed).await {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(refused(&error)),
    }
    let app_passwords = mailcow.app_passwords();
    let kept = app_passwords.list(address).await;
    for one in kept.map_err(|error| unanswered(&error))? {
        if one.name.starts_with(APP_PASSWORD) {
            let deleted = app_passwords.delete(address, one.id).await;
            deleted.map_err(|error| failed(&error))?;
        }
    }
    Ok(())
}

/// Moves a closed mailbox out of the way, so that its address can be somebody else's. Its contents stay, and its tag says
/// whose they are.
pub(crate) async fn set_aside(
    mailcow: &Client,
    address: &str,
    member_id: MemberId,
) -> Result<(), Failure> {
    let local_part = format!("closed-{}", member_id.as_uuid().simple());
    if address.starts_with(&local_part) {
        return Ok(());
    }
    match mailcow
        .mailboxes()
        .rename(address, &local_part, false)
        .await
    {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(refused(&error)),
    }
}
