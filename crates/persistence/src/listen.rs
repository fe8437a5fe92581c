//! Hears of revoked sessions from other replicas.

use std::time::Duration;

use bheem_domain::SessionId;
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use futures::StreamExt;

use crate::{Database, Error, Result};

/// A connection of its own that hears each revocation as soon as it is committed.
///
/// What was revoked before it began to listen must be read afterwards from
/// [`crate::repo::Sessions::revoked_since`]; in that order nothing falls between.
pub struct RevocationListener {
    connection: AsyncPgConnection,
}

impl RevocationListener {
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
            .batch_execute("LISTEN session_revoked; LISTEN heartbeat")
            .await
            .map_err(|error| unavailable(Box::new(error)))?;
        Ok(Self { connection })
    }

    /// Passes every revocation to `on_revoked`, until the connection breaks.
    pub async fn run(&mut self, on_revoked: impl FnMut(SessionId)) {
        self.run_until_silent(Duration::MAX, on_revoked).await;
    }

    /// As [`RevocationListener::run`], and ends also when nothing at all was heard for `silence`: a
    /// network may swallow a connection without a word. Somebody must call [`Database::beat`] more
    /// often than that.
    pub async fn run_until_silent(
        &mut self,
        silence: Duration,
        mut on_revoked: impl FnMut(SessionId),
    ) {
        let mut notifications = std::pin::pin!(self.connection.notifications_stream());
        while let Ok(Some(Ok(notification))) =
            tokio::time::timeout(silence, notifications.next()).await
        {
            if notification.channel == "heartbeat" {
                continue;
            }
            match notification.payload.parse() {
                Ok(session_id) => on_revoked(session_id),
                Err(error) => tracing::warn!(%error, "a revocation that names no session"),
            }
        }
    }
}
