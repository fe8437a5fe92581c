//! Hears of moves of runs that somebody watches, wherever they are worked, on one connection of its own.
//!
//! A run says that it is watched (`saga.run.is_watched`) before its watcher looks at it for the first time;
//! from then on each of its changes is notified as it commits. Runs that nobody watches stay silent, as
//! NOTIFY takes a lock at commit.

use std::time::Duration;

use diesel_async::pooled_connection::deadpool::Object;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures::StreamExt;
use tracing::warn;
use uuid::Uuid;

use crate::error::chain;
use crate::hub::Hub;
use crate::sql::Statement;
use crate::{Backoff, Result, Store};

const RECONNECT: Backoff = Backoff {
    base: Duration::from_millis(200),
    cap: Duration::from_secs(30),
};

/// The hub hears as long as this exists.
struct Hearing<'a>(&'a Hub);

impl<'a> Hearing<'a> {
    fn begin(hub: &'a Hub) -> Self {
        hub.set_hearing(true);
        Self(hub)
    }
}

impl Drop for Hearing<'_> {
    fn drop(&mut self) {
        self.0.set_hearing(false);
    }
}

impl Store {
    /// Hears of every move until the future is dropped. While it does, those who watch ask the database
    /// nothing by themselves; while the connection is lost, they look now and then.
    pub async fn hear_moves(&self) {
        let mut failures = 0;
        loop {
            let error = match self.open_ears().await {
                Ok(mut conn) => {
                    failures = 0;
                    self.hear(&mut conn).await
                }
                Err(error) => chain(&error),
            };
            failures += 1;
            warn!(error, "not hearing of moves; watchers look by themselves");
            tokio::time::sleep(RECONNECT.delay(failures, None, rand::random::<f64>())).await;
        }
    }

    /// Whether [`Store::hear_moves`] hears at this moment.
    #[must_use]
    pub fn is_hearing(&self) -> bool {
        *self.hub().hearing().borrow()
    }

    /// How often somebody who watches has looked at a run so far.
    #[must_use]
    pub fn looks(&self) -> u64 {
        self.hub().looks()
    }

    async fn open_ears(&self) -> Result<AsyncPgConnection> {
        let mut conn = Object::take(self.conn().await?);
        diesel::sql_query("LISTEN saga_moved")
            .execute(&mut conn)
            .await?;
        Ok(conn)
    }

    async fn hear(&self, conn: &mut AsyncPgConnection) -> String {
        let mut calls = std::pin::pin!(conn.notifications_stream());
        let _hearing = Hearing::begin(self.hub());
        loop {
            match calls.next().await {
                Some(Ok(call)) => {
                    if let Ok(run_id) = call.payload.parse::<Uuid>() {
                        self.hub().moved(run_id);
                    }
                }
                Some(Err(error)) => return chain(&error),
                None => return "the connection was closed".to_owned(),
            }
        }
    }

    /// From now on the run's changes are notified.
    pub(crate) async fn mark_watched(&self, run_id: Uuid) -> Result<()> {
        let mut conn = self.conn().await?;
        Statement::new("UPDATE saga.run SET is_watched = true WHERE id = $1 AND NOT is_watched")
            .bind(run_id)
            .execute(&mut conn)
            .await?;
        Ok(())
    }
}
