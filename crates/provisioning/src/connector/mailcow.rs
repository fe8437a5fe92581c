//! Mailcow in the words of provisioning: whose an object is, told by its tags.

use bheem_domain::{MemberId, TenantId};
use bheem_http_kit::Effect;
use bheem_mailcow::{Client, Error, Mailbox, MailboxState};
use bheem_saga::{Failure, Reject};
use uuid::Uuid;

use super::{failed, unanswered};

/// The tag of a member's mailbox.
pub(crate) fn member_tag(member_id: MemberId) -> String {
    format!("bheem:{member_id}")
}

/// The tag of a tenant's domain.
pub(crate) fn tenant_tag(tenant_id: TenantId) -> String {
    format!("bheem-tenant:{tenant_id}")
}

/// The tag that tells which step of which run made an object: only that one may take it back.
pub(crate) fn effect_tag(effect_key: Uuid) -> String {
    format!("bheem-effect:{effect_key}")
}

/// The name of the app password with which the workspace acts for a member.
pub(crate) fn app_password_name(member_id: MemberId) -> String {
    format!("bheem-workspace {member_id}")
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
