#![doc = include_str!("../README.md")]

mod client;
mod cursor;
mod date;
mod domain;
mod domains;
mod error;
mod event;
mod events;
mod form;
mod message;
mod messages;
mod record;
mod suppressions;
mod webhook;

pub use client::{Client, Region};
pub use cursor::Cursor;
pub use domain::{Domain, DomainDetails, DomainState, NewDomain, SpamAction, UpdateDomain};
pub use domains::Domains;
pub use error::Error;
pub use event::{DeliveryStatus, Event, EventKind, Severity};
pub use events::{EventFilter, Events};
pub use message::{Attachment, NewMessage};
pub use messages::{Messages, Queued};
pub use record::{DnsRecord, RecordType, Validity};
pub use suppressions::{Suppression, SuppressionList, Suppressions};
pub use webhook::{Received, WebhookError, Webhooks};

pub use bheem_http_kit::{
    BuildError, ClientBuilder, Deleted, Effect, ErrorKind, Page, PeerText, RetryPolicy,
    SecretString,
};
