//! Hears of new runs on one connection of its own; comes back with backoff when that connection is lost.
//!
//! Only a hint: a notification that gets lost costs one poll. Not through a transaction-pooling proxy.

use std::time::Duration;

use diesel_async::pooled_connection::deadpool::Object;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures::StreamExt;
use tokio::sync::Notify;
use tracing::{debug, warn};

use crate::error::chain;
use crate::{Backoff, Result, Store};

const RECONNECT: Backoff = Backoff {
    base: Duration::from_millis(200),
    cap: Duration::from_secs(30),
};

/// Listens for ever.
pub(crate) async fn listen(store: Store, due: &Notify) {
    let mut failures = 0;
    loop {
        let error = match open(&store).await {
            Ok(mut conn) => {
                failures = 0;
                // Runs may have come while nobody listened.
                due.notify_one();
                hear(&mut conn, due).await
            }
            Err(error) => chain(&error),
        };
        failures += 1;
        warn!(error, "not listening for new runs; polling goes on");
        tokio::time::sleep(RECONNECT.delay(failures, None, rand::random::<f64>())).await;
    }
}

/// A connection out of the pool, for good: the pool makes another in its place.
async fn open(store: &Store) -> Result<AsyncPgConnection> {
    let mut conn = Object::take(store.conn().await?);
    diesel::sql_query("LISTEN saga_due")
        .execute(&mut conn)
        .await?;
    debug!("listening for new runs");
    Ok(conn)
}

async fn hear(conn: &mut AsyncPgConnection, due: &Notify) -> String {
    let mut calls = std::pin::pin!(conn.notifications_stream());
    loop {
        match calls.next().await {
            Some(Ok(_)) => due.notify_one(),
            Some(Err(error)) => return chain(&error),
            None => return "the connection was closed".to_owned(),
        }
    }
}
