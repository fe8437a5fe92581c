#![doc = include_str!("../README.md")]

mod address;
mod advice;
mod aliases;
mod app_passwords;
mod circuit;
mod client;
mod dkim;
mod domains;
mod error;
mod locks;
mod mailboxes;
mod names;
mod rate_limits;
mod status;
mod verdict;

pub use aliases::{Alias, Aliases, NewAlias};
pub use app_passwords::{AppPassword, AppPasswords, CreateAppPassword, Protocol};
pub use client::Client;
pub use dkim::Dkim;
pub use domains::{CreateDomain, Domain, Domains, UpdateDomain};
pub use error::{Code, Error, Limit};
pub use mailboxes::{CreateMailbox, Mailbox, MailboxState, Mailboxes, UpdateMailbox};
pub use rate_limits::{Frame, RateLimit};
pub use status::{Container, PasswordPolicy, Version};
pub use verdict::{Entry, Severity, Verdict};

pub use bheem_http_kit::{
    BuildError, ClientBuilder, Deleted, Effect, ErrorKind, Listed, RetryPolicy, SecretString,
};
