//! Mailboxes as a mail server beside the stand-in needs them. Mailcow's own keeps them in the same database.

use super::{aliases, app_passwords, mailboxes};
use crate::store::Store;

/// A mailbox, and what opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MailAccount {
    /// Its address.
    pub address: String,
    /// Passwords as Dovecot reads them, with their scheme; none when nobody may open it.
    pub password_hashes: Vec<String>,
    /// What it may hold.
    pub quota_bytes: u64,
}

/// An address whose mail goes elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MailAlias {
    /// The address.
    pub address: String,
    /// Where its mail goes.
    pub targets: Vec<String>,
}

/// All mailboxes that take mail. One that is switched off is left out; one without a login has no password.
pub(crate) fn accounts(store: &Store) -> Vec<MailAccount> {
    let mut app_passwords = app_passwords::hashes(store);
    mailboxes::all(store)
        .into_iter()
        .filter(|mailbox| mailbox.active != 0)
        .map(|mailbox| {
            let mut password_hashes = app_passwords.remove(&mailbox.username).unwrap_or_default();
            password_hashes.insert(0, mailbox.password_digest);
            if mailbox.active != 1 {
                password_hashes.clear();
            }
            MailAccount {
                address: mailbox.username,
                password_hashes,
                quota_bytes: u64::try_from(mailbox.quota)
                    .unwrap_or_default()
                    .saturating_mul(1024 * 1024),
            }
        })
        .collect()
}

/// All aliases that are on.
pub(crate) fn forwards(store: &Store) -> Vec<MailAlias> {
    aliases::active(store)
        .into_iter()
        .map(|(address, targets)| MailAlias { address, targets })
        .collect()
}
