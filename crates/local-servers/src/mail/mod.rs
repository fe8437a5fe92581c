//! A mail server: Dovecot, and Postfix where we are root.
//!
//! Dovecot always runs as one unprivileged account, ours or, when we are root, `mail`, so that it is the same server
//! for everybody. Postfix cannot do that: without root there is neither delivery by SMTP nor submission, and mail comes
//! in by LMTP alone.
//!
//! Nothing leaves the machine: Postfix takes each domain for one of its own and refuses recipients it does not know.

mod account;
mod certificate;
mod dovecot;
mod layout;
mod maps;
mod options;
mod packages;
mod postfix;
mod servers;
mod users;

pub use options::{MailOptions, MailPorts, OAuth};
pub use packages::is_installed;
pub use servers::MailServers;
pub use users::{Alias, MailUser, MailUserPassword, PASSWORDS_PER_USER, is_usable};

pub use crate::error::MissingPackages;
