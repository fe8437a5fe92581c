#![doc = include_str!("../README.md")]

mod address;
mod app_passwords;
mod client;
mod domains;
mod error;
mod locks;
mod mailboxes;
mod status;
mod verdict;

pub use app_passwords::{AppPassword, AppPasswords, CreateAppPassword, Protocol};
pub use client::Client;
pub use domains::{CreateDomain, Domain, Domains, UpdateDomain};
pub use error::{Code, Error, Limit};
pub use mailboxes::{CreateMailbox, Mailbox, MailboxState, Mailboxes, UpdateMailbox};
pub use status::{Dkim, PasswordPolicy, Version};
pub use verdict::{Entry, Severity, Verdict};

pub use bheem_http_kit::{
    BuildError, ClientBuilder, Deleted, Effect, ErrorKind, RetryPolicy, SecretString,
};
