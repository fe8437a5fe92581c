//! Waiting for news (`IDLE`, RFC 2177).
//!
//! A server may close a connection that waits for half an hour, so the waiting is begun anew before. The connection is
//! one of its own, outside the pool: it is busy for as long as somebody listens.

use std::{fmt, time::Duration};

use futures::{Stream, stream};
use tokio::time::{Instant, timeout_at};

use super::{
    Messages,
    command::Command,
    connection::Connection,
    fetch::rows,
    response::{Response, Untagged},
};
use crate::{
    Error,
    imap::{Flag, Uid},
};

/// RFC 2177 asks for less than 29 minutes.
const RENEW_AFTER: Duration = Duration::from_mins(25);

/// What happened in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdleEvent {
    /// There are so many messages now.
    Exists(u32),
    /// A message was removed.
    Removed,
    /// A message's flags changed.
    Flags {
        /// Which, if the server tells.
        uid: Option<Uid>,
        /// Its flags now.
        flags: Vec<Flag>,
    },
}

/// News of a folder, until it is dropped.
pub struct IdleStream {
    connection: Connection,
    tag: Option<String>,
    renew_at: Instant,
    exists: u32,
}

impl fmt::Debug for IdleStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdleStream").finish_non_exhaustive()
    }
}

const OPERATION: &str = "idle";

impl Messages {
    /// Begins to wait for news. Waits on a connection of its own, one for each call.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if the server does not tell news.
    pub async fn idle(&self) -> Result<IdleStream, Error> {
        let mut connection = self.account.connect(OPERATION).await?;
        if !connection.capabilities.has("IDLE") {
            return Err(Error::Unsupported {
                operation: OPERATION,
                capability: "IDLE",
            });
        }
        let selected = connection
            .select(OPERATION, &self.folder, self.validity)
            .await?;
        let mut stream = IdleStream {
            connection,
            tag: None,
            renew_at: Instant::now(),
            exists: selected.exists,
        };
        stream.begin().await?;
        Ok(stream)
    }
}

impl IdleStream {
    /// How many messages there were last.
    #[must_use]
    pub fn exists(&self) -> u32 {
        self.exists
    }

    async fn begin(&mut self) -> Result<(), Error> {
        let tag = self.connection.begin();
        let mut before = Vec::new();
        let limit = self.connection.timeout;
        let work = async {
            let idle = Command::new("IDLE");
            self.connection
                .send(OPERATION, &tag, &idle, &mut before)
                .await?;
            self.connection
                .wait_to_go_on(OPERATION, &tag, &mut before)
                .await
        };
        limited(limit, work).await?;
        self.tag = Some(tag);
        self.renew_at = Instant::now() + RENEW_AFTER;
        Ok(())
    }

    /// Ends the waiting and begins anew.
    async fn renew(&mut self) -> Result<(), Error> {
        let Some(tag) = self.tag.take() else {
            return self.begin().await;
        };
        let limit = self.connection.timeout;
        let work = async {
            self.connection.wire.write(OPERATION, b"DONE\r\n").await?;
            self.connection.finish(OPERATION, &tag, Vec::new()).await
        };
        limited(limit, work).await?;
        self.begin().await
    }

    /// The next news. After an error there are no more. Dropping the future in between loses nothing but, rarely, one
    /// piece of news and with it the connection.
    ///
    /// # Errors
    /// If the connection broke or the server said good-bye.
    pub async fn next_event(&mut self) -> Result<IdleEvent, Error> {
        loop {
            // What came while the waiting was renewed shows in the count.
            let now = self
                .connection
                .selected
                .as_ref()
                .map_or(self.exists, |open| open.exists);
            if now != self.exists {
                let grew = now > self.exists;
                self.exists = now;
                return Ok(if grew {
                    IdleEvent::Exists(now)
                } else {
                    IdleEvent::Removed
                });
            }
            self.connection.wire.renew_allowance();
            // Only the waiting is cut off, never the reading: half a line would be lost.
            let waiting = self.connection.wire.wait_for_data(OPERATION);
            match timeout_at(self.renew_at, waiting).await {
                Err(_due) => {
                    self.renew().await?;
                    continue;
                }
                Ok(waited) => waited?,
            }
            let limit = self.connection.timeout;
            match limited(limit, self.connection.response(OPERATION)).await? {
                Response::Untagged(item) => {
                    let item = self.connection.note(OPERATION, item)?;
                    if let Some(event) = flags_changed(&item) {
                        return Ok(event);
                    }
                }
                Response::Continue(_) | Response::Tagged(..) => {
                    return Err(Error::protocol(OPERATION, "not news"));
                }
            }
        }
    }

    /// The news as a stream, which ends after an error.
    pub fn into_stream(self) -> impl Stream<Item = Result<IdleEvent, Error>> {
        stream::unfold(Some(self), |listener| async move {
            let mut listener = listener?;
            match listener.next_event().await {
                Ok(event) => Some((Ok(event), Some(listener))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }
}

fn flags_changed(item: &Untagged) -> Option<IdleEvent> {
    let row = rows(std::slice::from_ref(item)).into_iter().next()?;
    row.get("FLAGS")?;
    Some(IdleEvent::Flags {
        uid: row.uid(),
        flags: row.flags().0,
    })
}

async fn limited<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::time::timeout(limit, work)
        .await
        .unwrap_or(Err(Error::Timeout {
            operation: OPERATION,
            effect: bheem_http_kit::Effect::Unknown,
        }))
}
