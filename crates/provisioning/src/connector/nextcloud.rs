//! Nextcloud in the words of provisioning: one user for an account in all tenants, one group for a tenant.

use bheem_domain::{AccountId, TenantId};
use bheem_http_kit::{Created, ErrorKind};
use bheem_nextcloud::{Client, Error};
use bheem_saga::{Failure, Reject, Retry};

use super::{failed, unanswered};
use crate::NextcloudPeer;

/// "A group is missing", when a user is created.
const GROUP_MISSING_ON_CREATE: i64 = 104;
/// "The user is missing", when one is put into a group.
const USER_MISSING_ON_ADD: i64 = 103;

/// The user id of an account. Addresses change, and two tenants may both have a `john`; the id does neither.
pub(crate) fn user_id(account_id: AccountId) -> String {
    account_id.as_uuid().hyphenated().to_string()
}

/// The group of a tenant.
pub(crate) fn group_id(tenant_id: TenantId) -> String {
    format!("tenant-{tenant_id}")
}

/// Whether creating a user failed for want of its group.
pub(crate) fn lacks_group_on_create(error: &Error) -> bool {
    error.kind() == ErrorKind::Invalid && error.code() == Some(GROUP_MISSING_ON_CREATE)
}

/// Makes the tenant's group unless it is there.
pub(crate) async fn ensure_group(ocs: &Client, group: &str, name: &str) -> Result<(), Failure> {
    let created = ocs
        .groups()
        .ensure(group)
        .await
        .map_err(|error| failed(&error))?;
    // The name is for people only: a group without one serves as well.
    if created == Created::Created
        && let Err(error) = ocs.groups().set_display_name(group, name).await
    {
        tracing::warn!(%error, group, "naming a group");
    }
    Ok(())
}

/// Puts a user into the tenant's group, which is made if it is missing.
pub(crate) async fn join_group(
    ocs: &Client,
    user: &str,
    group: &str,
    name: &str,
) -> Result<(), Failure> {
    match ocs.users().add_to_group(user, group).await {
        // Versions differ in how they say that the group is missing.
        Err(Error::NotFound { code, .. }) if code != USER_MISSING_ON_ADD => {
            ensure_group(ocs, group, name).await?;
            ocs.users()
                .add_to_group(user, group)
                .await
                .map_err(|error| failed(&error))
        }
        result => result.map_err(|error| failed(&error)),
    }
}

/// What to make of a failure that one person's calendars gave. That one person is kept out must not look as if
/// Nextcloud were away: a disabled user is answered 503 (2026-11).
pub(crate) async fn personal_failure(
    peer: &NextcloudPeer,
    user: &str,
    error: &bheem_caldav::Error,
) -> Failure {
    match error.kind() {
        ErrorKind::Unauthorized => Reject::new(
            "credentials_refused",
            "Nextcloud refuses the password which the workspace keeps for this account",
        )
        .into(),
        _ if matches!(
            error,
            bheem_caldav::Error::Dav(bheem_webdav::Error::Http(
                bheem_http_kit::Error::Credentials { .. }
            ))
        ) =>
        {
            Reject::new(
                "credentials_refused",
                "Nextcloud has refused the password which the workspace keeps for this account, so it is not sent again",
            )
            .into()
        }
        ErrorKind::NotFound => Retry::because(error.to_string()).into(),
        ErrorKind::Unavailable => match peer.ocs().users().find(user).await {
            Err(error) => unanswered(&error).into(),
            Ok(None) => Reject::new("not_found", "the Nextcloud account is gone").into(),
            Ok(Some(found)) if !found.is_enabled => {
                if let Err(error) = peer.ocs().users().enable(user).await {
                    return failed(&error);
                }
                if let Ok(account_id) = user.parse() {
                    peer.forget_refusals(account_id);
                }
                Retry::because("the Nextcloud account was disabled and is enabled again").into()
            }
            Ok(Some(_)) => failed(error),
        },
        _ => failed(error),
    }
}
