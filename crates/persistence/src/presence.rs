//! Says that this process is alive, to whoever asks the database: a lock on a connection of its own, which
//! ends with the process, however it dies.

use std::time::Duration;

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use futures::StreamExt;

use crate::{Database, Error, Result};

/// After a connection broke, the next one is tried so soon.
const AGAIN: Duration = Duration::from_millis(500);

/// The lock, held.
pub struct Presence {
    connection: AsyncPgConnection,
}

impl std::fmt::Debug for Presence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Presence").finish_non_exhaustive()
    }
}

impl Presence {
    /// Takes the lock of this process.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn begin(database: &Database) -> Result<Self> {
        let mut connection = AsyncPgConnection::establish(database.url())
            .await
            .map_err(|error| Error::Unavailable(Box::new(error)))?;
        connection
            .batch_execute(&format!("SELECT pg_advisory_lock({})", database.holder()))
            .await?;
        Ok(Self { connection })
    }

    /// Holds it until the future is dropped; takes it again when the connection breaks. Meanwhile others may
    /// take what this process holds for abandoned, and find out when they commit.
    pub async fn keep(self, database: &Database) {
        let mut held = Some(self);
        loop {
            if let Some(mut presence) = held.take() {
                let mut notifications = std::pin::pin!(presence.connection.notifications_stream());
                while let Some(Ok(_)) = notifications.next().await {}
            }
            tokio::time::sleep(AGAIN).await;
            match Self::begin(database).await {
                Ok(presence) => held = Some(presence),
                Err(error) => tracing::warn!(%error, "cannot say that this process is alive"),
            }
        }
    }
}
