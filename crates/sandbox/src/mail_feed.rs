//! The mailboxes of Mailcow's stand-in, for a mail server beside it.

use tokio::sync::watch;

use crate::{
    PeerHandle,
    mailcow::{self, MailAccount, MailAlias},
};

/// What a mail server beside Mailcow's stand-in must know. Cheap to clone.
#[derive(Debug, Clone)]
pub struct MailFeed(pub(crate) PeerHandle);

impl MailFeed {
    /// The mailboxes that take mail.
    #[must_use]
    pub fn accounts(&self) -> Vec<MailAccount> {
        self.0.peer.read(mailcow::accounts)
    }

    /// The aliases that are on.
    #[must_use]
    pub fn aliases(&self) -> Vec<MailAlias> {
        self.0.peer.read(mailcow::forwards)
    }

    /// Wakes whoever waits when something in the stand-in has changed, be it a mailbox or not.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.peer.changes()
    }
}
