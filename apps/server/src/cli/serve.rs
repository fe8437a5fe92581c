//! `serve` and `migrate`: for real. Never a stand-in, never a default secret.

use std::io::Write;

use crate::{logging, server, settings::Settings, wiring};

pub(super) async fn run(settings: &Settings) -> anyhow::Result<()> {
    logging::start(&settings.log.filter)?;
    settings.check()?;
    if settings.database.migrate {
        for version in wiring::migrate(settings).await? {
            tracing::info!(version, "migrated");
        }
    }
    let running = server::start(settings).await?;
    tracing::info!(address = %running.address, "listening");
    server::until_signal()?.await;
    running.stop().await;
    tracing::info!("stopped");
    Ok(())
}

pub(super) async fn migrate(settings: &Settings) -> anyhow::Result<()> {
    logging::start(&settings.log.filter)?;
    let applied = wiring::migrate(settings).await?;
    let mut out = std::io::stdout();
    for version in &applied {
        writeln!(out, "applied {version}")?;
    }
    if applied.is_empty() {
        writeln!(out, "The database is up to date.")?;
    }
    Ok(())
}
