//! What the credentials that provisioning makes are sealed for: whoever opens them must say the same.

use bheem_domain::{AccountId, MemberId, TenantId};
use bheem_vault::Context;

/// The peer of mail, in the tables of credentials and runs. Credentials are kept under the mailbox's address.
pub const MAILCOW: &str = "mailcow";
/// The peer of files and calendars. Credentials are kept under the user id, which is the account's id.
pub const NEXTCLOUD: &str = "nextcloud";
/// The peer of messages.
pub const NOTIFY: &str = "notify";

/// An app password of a member's mailbox.
#[must_use]
pub fn mailbox_app_password(tenant_id: TenantId, member_id: MemberId) -> Context<'static> {
    Context::new("mailcow.app_password")
        .in_tenant(tenant_id)
        .of(member_id)
}

/// The password of an account at Nextcloud, which is the same in every tenant.
#[must_use]
pub fn nextcloud_password(account_id: AccountId) -> Context<'static> {
    Context::new("nextcloud.password").of(account_id)
}
