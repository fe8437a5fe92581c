//! The schema's migrations, embedded in the program.

use diesel_async::{
    AsyncConnection, AsyncMigrationHarness, AsyncPgConnection, SimpleAsyncConnection,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::{Error, Result};

/// Every migration of the product, in order.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

/// Only one process migrates at a time; the others wait here, then find nothing left to do.
const ADVISORY_LOCK: &str = "SELECT pg_advisory_lock(7206551942461837)";

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Applies what is pending, as the role of `url`, which must own the database. Answers the versions
/// that were applied.
///
/// # Errors
/// [`Error::Migration`], naming what failed; migrations before that one stay applied.
pub async fn migrate(url: &str) -> Result<Vec<String>> {
    with_harness(url.to_owned(), |harness| {
        let applied = harness.run_pending_migrations(MIGRATIONS)?;
        Ok(applied.iter().map(ToString::to_string).collect())
    })
    .await
}

/// The versions that [`migrate`] would apply.
///
/// # Errors
/// [`Error::Migration`] when the database cannot be asked.
pub async fn pending_migrations(url: &str) -> Result<Vec<String>> {
    with_harness(url.to_owned(), |harness| {
        let pending = harness.pending_migrations(MIGRATIONS)?;
        Ok(pending.iter().map(|m| m.name().to_string()).collect())
    })
    .await
}

/// Reverts everything, newest first; for tests of the way back.
///
/// # Errors
/// [`Error::Migration`], naming what failed.
pub async fn revert_all(url: &str) -> Result<()> {
    with_harness(url.to_owned(), |harness| {
        harness.revert_all_migrations(MIGRATIONS)?;
        Ok(())
    })
    .await
}

type Harness = AsyncMigrationHarness<AsyncPgConnection>;

/// The harness blocks the thread it runs on and needs a runtime of several threads below it, so it
/// gets a thread and a runtime of its own.
async fn with_harness<T: Send + 'static>(
    url: String,
    work: impl FnOnce(&mut Harness) -> std::result::Result<T, BoxError> + Send + 'static,
) -> Result<T> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    std::thread::Builder::new()
        .name("migrate".to_owned())
        .spawn(move || {
            let _ = sender.send(run_blocking(&url, work));
        })
        .map_err(|error| Error::Migration(Box::new(error)))?;
    receiver
        .await
        .map_err(|error| Error::Migration(Box::new(error)))?
        .map_err(Error::Migration)
}

fn run_blocking<T>(
    url: &str,
    work: impl FnOnce(&mut Harness) -> std::result::Result<T, BoxError>,
) -> std::result::Result<T, BoxError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut connection = AsyncPgConnection::establish(url).await?;
        connection.batch_execute(ADVISORY_LOCK).await?;
        // The lock ends with the session, on every way out of here.
        work(&mut AsyncMigrationHarness::new(connection))
    })
}
