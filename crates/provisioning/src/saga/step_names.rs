//! The names of the steps, by the service they belong to.

/// The account behind a membership.
pub const ACCOUNT: &str = "account";
/// The membership itself: the point of no return.
pub const MEMBER: &str = "member";
/// The steps of a mailbox, in their order.
pub const MAILBOX: &[&str] = &["mailbox", "mailbox_app_password"];
/// The steps of files and calendars, in their order.
pub const NEXTCLOUD: &[&str] = &["nextcloud_account", "nextcloud_calendar"];
/// The invitation.
pub const INVITATION: &[&str] = &["invitation"];
/// The right to sign in is taken away.
pub const ACCESS: &str = "access";
/// The mailbox is closed.
pub const DEPROVISION_MAILBOX: &[&str] = &["mailbox_disable"];
/// Files and calendars are closed.
pub const DEPROVISION_NEXTCLOUD: &[&str] = &["nextcloud_disable"];
/// A person has another name or address.
pub const RENAMED: &str = "renamed";
/// The steps that tell the mail server of it.
pub const RENAME_MAILBOX: &[&str] = &["mailbox_rename"];
/// The steps that tell files and calendars of it.
pub const RENAME_NEXTCLOUD: &[&str] = &["nextcloud_rename"];
/// Every person of a closed tenant gets a run that takes their services.
pub const ASK_PEOPLE: &str = "people_asked";
/// Every person of a tenant that is open again gets a run that gives them back.
pub const REOPEN_PEOPLE: &str = "people_reopened";
/// Those runs have ended.
pub const PEOPLE: &str = "people";
/// The tenant's domains and names are its own no more.
pub const FREE: &str = "free";
/// The steps that close mail on all domains of a tenant.
pub const TENANT_MAIL: &[&str] = &["mail_domains"];
/// The steps that remove a tenant's group of files and calendars.
pub const TENANT_NEXTCLOUD: &[&str] = &["nextcloud_group"];
/// The domain is still there.
pub const DOMAIN: &str = "domain";
/// The steps of mail on a domain, in their order.
pub const DOMAIN_MAIL: &[&str] = &["mailcow_domain", "dkim", "mail_enabled"];
/// The mail server takes no mail for a domain any more.
pub const DOMAIN_OFF: &str = "domain_off";
/// The steps that close the mail of a domain, in their order.
pub const DOMAIN_MAIL_OFF: &[&str] = &[DOMAIN_OFF, "mailboxes_off"];
/// A domain's row goes.
pub const DOMAIN_ROW: &str = "domain_row";
/// A mail about an account.
pub const MAIL: &str = "mail";
/// A code to a telephone.
pub const SMS: &str = "sms";
