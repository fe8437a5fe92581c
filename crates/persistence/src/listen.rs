//! Hears of changes that other replicas made, as soon as they are committed.

use std::time::Duration;

use bheem_domain::{AccountId, TenantId};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use futures::StreamExt;
use uuid::Uuid;

use crate::{Database, Error, Result};

const LISTEN: &str = "LISTEN session_revoked; LISTEN account_changed; LISTEN tenant_changed; \
                      LISTEN client_changed; LISTEN keys_changed; LISTEN heartbeat";

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// A session, a grant or a token ended before its time; their ids are of one kind.
    Revoked(Uuid),
    /// An account, or what it is in a tenant.
    Account(AccountId),
    /// A tenant.
    Tenant(TenantId),
    /// A relying party, its secrets or its tenants.
    Client(String),
    /// The signing keys.
    Keys,
    /// Anything: it was not listened for a while.
    Unknown,
}

/// A connection of its own that hears each change.
///
/// What changed before it began to listen must be read afterwards; in that order nothing falls
/// between.
pub struct ChangeListener {
    connection: AsyncPgConnection,
}

impl ChangeListener {
    /// Begins to listen.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn begin(database: &Database) -> Result<Self> {
        let unavailable =
            |error: Box<dyn std::error::Error + Send + Sync>| Error::Unavailable(error);
        let mut connection = AsyncPgConnection::establish(database.url())
            .await
            .map_err(|error| unavailable(Box::new(error)))?;
        connection
            .batch_execute(LISTEN)
            .await
            .map_err(|error| unavailable(Box::new(error)))?;
        Ok(Self { connection })
    }

    /// Passes every change to `on_change`, until the connection breaks.
    pub async fn run(&mut self, on_change: impl FnMut(Change)) {
        self.run_until_silent(Duration::MAX, on_change).await;
    }

    /// As [`ChangeListener::run`], and ends also when nothing at all was heard for `silence`: a
    /// network may swallow a connection without a word. Somebody must call [`Database::beat`] more
    /// often than that.
    pub async fn run_until_silent(&mut self, silence: Duration, mut on_change: impl FnMut(Change)) {
        let mut notifications = std::pin::pin!(self.connection.notifications_stream());
        while let Ok(Some(Ok(notification))) =
            tokio::time::timeout(silence, notifications.next()).await
        {
            let (channel, payload) = (notification.channel.as_str(), notification.payload);
            if channel == "heartbeat" {
                continue;
            }
            if let Some(change) = read(channel, &payload) {
                on_change(change);
            } else {
                tracing::warn!(channel, "a notification that cannot be read");
            }
        }
    }
}

fn read(channel: &str, payload: &str) -> Option<Change> {
    let id = || payload.parse::<Uuid>().ok();
    Some(match channel {
        "session_revoked" => Change::Revoked(id()?),
        "account_changed" => Change::Account(id()?.into()),
        "tenant_changed" => Change::Tenant(id()?.into()),
        "client_changed" => Change::Client(payload.to_owned()),
        "keys_changed" => Change::Keys,
        _ => return None,
    })
}
