//! Applying the migrations to a template.
//!
//! They are read from their files, the very ones whose hash names the template, rather than from
//! `bheem-persistence`: so the crates below it can be tested with this one, too.

use std::path::Path;

use diesel_async::{AsyncConnection, AsyncMigrationHarness, AsyncPgConnection};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};

use crate::Error;

/// Applies all of `folder`. The harness blocks its thread and needs a runtime of several threads
/// below it, so it gets a thread and a runtime of its own, and the caller waits.
pub(crate) fn run(url: &str, folder: &Path) -> Result<(), Error> {
    std::thread::scope(|scope| {
        let finished = scope.spawn(|| run_blocking(url, folder)).join();
        finished.unwrap_or_else(|_| Err(Error::Migrate("the migrating thread panicked".into())))
    })
}

fn run_blocking(url: &str, folder: &Path) -> Result<(), Error> {
    let migrations =
        FileBasedMigrations::from_path(folder).map_err(|error| Error::Migrate(Box::new(error)))?;
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?
        .block_on(async {
            let connection = AsyncPgConnection::establish(url).await?;
            AsyncMigrationHarness::new(connection)
                .run_pending_migrations(migrations)
                .map(drop)
                .map_err(Error::Migrate)
        })
}
