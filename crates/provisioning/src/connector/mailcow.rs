//! Mailcow in the words of provisioning: whose an object is, told by its tags.

use bheem_domain::{MemberId, TenantId};
use bheem_http_kit::{Effect, ErrorKind};
use bheem_mailcow::{Client, Domain, Error, Mailbox, MailboxState, UpdateDomain, UpdateMailbox};
use bheem_persistence::repo::MemberRecord;
use bheem_saga::{Failure, Reject, Retry};
use uuid::Uuid;

use super::{database, failed, unanswered};
use crate::{credential, saga::Deps};

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
        return Reject::new("limit_reached", error.advice()).into();
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
    /// There is one whose fields are all empty, so nobody can tell whose it is.
    HalfMade,
}

/// What a person reads about a mailbox of which Mailcow has made only half.
pub(crate) const HALF_MADE: &str =
    "the mail server has the mailbox only half: delete it there, and try again";

/// Looks a member's mailbox up and tells whose it is. Its tag says so. Where somebody has taken the tags away by hand, it is
/// the member's if the workspace keeps an app password for them at this very address, and the domain is the tenant's.
pub(crate) async fn standing(deps: &Deps, member: &MemberRecord) -> Result<Standing, Failure> {
    let mailcow = deps.mailcow()?;
    let address = member.mailbox().to_string();
    let found = match mailcow.mailboxes().find(&address).await {
        Err(Error::HalfMade { .. }) => return Ok(Standing::HalfMade),
        found => found.map_err(|error| unanswered(&error))?,
    };
    let Some(mailbox) = found else {
        return Ok(Standing::Absent);
    };
    let is_ours = match tagged_member(&mailbox.tags) {
        Some(member_id) => member_id == member.id,
        None => {
            is_recorded(deps, member, &address).await?
                && has_tenants_domain(mailcow, member).await?
        }
    };
    Ok(if is_ours {
        Standing::Ours(Box::new(mailbox))
    } else {
        Standing::Foreign
    })
}

async fn is_recorded(deps: &Deps, member: &MemberRecord, address: &str) -> Result<bool, Failure> {
    let mut tx = deps.tenant(member.tenant_id.as_uuid()).await?;
    let kept = tx
        .credentials()
        .find_for_member(member.id, credential::MAILCOW, address)
        .await;
    let kept = kept.map_err(|error| database(&error))?;
    tx.commit().await.map_err(|error| database(&error))?;
    Ok(kept.is_some())
}

async fn has_tenants_domain(mailcow: &Client, member: &MemberRecord) -> Result<bool, Failure> {
    let domain = find_domain(mailcow, member.mailbox().domain().as_str()).await?;
    Ok(domain.is_some_and(|domain| domain.tags.contains(&tenant_tag(member.tenant_id))))
}

/// A domain of this very name; an alias of another is none.
async fn find_domain(mailcow: &Client, name: &str) -> Result<Option<Domain>, Failure> {
    match mailcow.domains().find(name).await {
        Err(Error::AliasDomain { .. }) => Ok(None),
        found => found.map_err(|error| unanswered(&error).into()),
    }
}

/// The domain, if it is the tenant's at this moment: no mailbox is made in one that is somebody else's.
pub(crate) async fn require_domain(
    mailcow: &Client,
    tenant_id: TenantId,
    name: &str,
) -> Result<Domain, Failure> {
    // Its own run sets the domain up.
    let waits = || Failure::from(Retry::because("the mail domain is not set up yet"));
    let domain = find_domain(mailcow, name).await?.ok_or_else(waits)?;
    if domain.tags.contains(&tenant_tag(tenant_id)) {
        return Ok(domain);
    }
    let detail = "the mail server has the domain, and it does not bear the workspace's tag: verify the domain again";
    Err(Reject::new("domain_foreign", detail).into())
}

/// The largest mailbox, in MiB, unless ordinary ones are larger.
const LARGE_MAILBOX: u64 = 10_240;
const MEBIBYTE: i64 = 1_048_576;

/// The largest mailbox that a domain is to allow, in MiB.
pub(crate) fn largest_mailbox(mailbox_mib: u32) -> u64 {
    LARGE_MAILBOX.max(mailbox_mib.into())
}

fn mib(bytes: Option<i64>) -> u64 {
    bytes
        .and_then(|bytes| u64::try_from(bytes / MEBIBYTE).ok())
        .unwrap_or_default()
}

/// Whether a mailbox of the configured size is too large for the domain, as when the size was raised since.
pub(crate) fn is_too_small(domain: &Domain, mailbox_mib: u32) -> bool {
    domain.max_mailbox_quota_bytes.is_some()
        && mib(domain.max_mailbox_quota_bytes) < u64::from(mailbox_mib)
}

/// What makes a domain large enough for mailboxes of the configured size; nothing is made smaller.
pub(crate) fn enlarged(domain: &Domain, mailbox_mib: u32) -> UpdateDomain {
    let largest = largest_mailbox(mailbox_mib).max(mib(domain.max_mailbox_quota_bytes));
    let total = mib(domain.quota_bytes).max(largest);
    UpdateDomain::new().quotas_mib(largest, total)
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
    remove_app_passwords(mailcow, address, |name| name.starts_with(APP_PASSWORD)).await
}

/// Removes the app passwords of a mailbox whose names are meant; a mailbox that is gone has none.
pub(crate) async fn remove_app_passwords(
    mailcow: &Client,
    address: &str,
    is_meant: impl Fn(&str) -> bool,
) -> Result<(), Failure> {
    let app_passwords = mailcow.app_passwords();
    let listed = app_passwords.list(address).await;
    let listed = listed.map_err(|error| unanswered(&error))?;
    if !listed.is_complete() {
        let reason = "the list of app passwords at the mail server cannot be read as a whole";
        return Err(Retry::because(reason).into());
    }
    for one in listed {
        if is_meant(&one.name) {
            let deleted = app_passwords.delete(address, one.id).await;
            deleted.map_err(|error| refused(&error))?;
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
