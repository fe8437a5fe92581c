//! Housekeeping: what has lapsed is deleted, in small batches until nothing is left. What each table keeps,
//! and for how long, is in `docs/operating.md`.

use std::time::Duration;

use bheem_oidc_provider::Provider;
use bheem_persistence::{Database, SystemScope};
use chrono::TimeDelta;

/// Housekeeping runs this often.
const TIDY_EVERY: Duration = Duration::from_mins(1);
/// Rows deleted by one statement.
const TIDY_BATCH: i64 = 1_000;
/// A device that was not seen for so long is a new one again.
const DEVICES_KEPT: TimeDelta = TimeDelta::days(400);
/// Sign-ins are told of for so long.
const EVENTS_KEPT: TimeDelta = TimeDelta::days(180);
/// Runs that have ended are kept for so long, with their steps and events.
const RUNS_KEPT: TimeDelta = TimeDelta::days(90);
/// Somebody who registered has so long to sign in or to prove the address.
const REGISTRATIONS_KEPT: TimeDelta = TimeDelta::days(7);

/// Deletes what has lapsed, again and again.
pub(crate) async fn tidy(database: &Database, provider: &Provider) {
    loop {
        if let Err(error) = tidy_once(database).await {
            tracing::warn!(%error, "tidying the database");
        }
        if let Err(error) = tidy_provider(provider).await {
            tracing::warn!(%error, "tidying the provider's rows");
        }
        tokio::time::sleep(TIDY_EVERY).await;
    }
}

/// Deletes all rows of the provider that have lapsed.
///
/// # Errors
/// When the database fails.
pub async fn tidy_provider(provider: &Provider) -> bheem_oidc_provider::Result<()> {
    while provider.sweep(TIDY_BATCH).await? > 0 {}
    Ok(())
}

/// Runs a purge until it finds nothing more.
macro_rules! purge {
    ($read:ident.$rows:ident().$purge:ident, $before:expr) => {
        while $read.$rows().$purge($before, TIDY_BATCH).await? > 0 {}
    };
}

/// Deletes all other rows that have lapsed.
///
/// # Errors
/// When the database fails.
pub async fn tidy_once(database: &Database) -> bheem_persistence::Result<()> {
    let now = database.clock().now();
    let (day, week) = (now - TimeDelta::days(1), now - TimeDelta::days(7));
    let mut read = database.system_read(&SystemScope::server("tidy")).await?;
    read.tenants().purge_unconfirmed_members().await?;
    purge!(read.login_throttle().purge, day);
    purge!(read.domain_claims().purge, now);
    purge!(read.sessions().purge, week);
    purge!(read.link_tokens().purge, week);
    purge!(read.idempotency_keys().purge, day);
    purge!(read.resting_names().purge, now);
    purge!(read.webauthn_ceremonies().purge, now);
    // Codes are counted by the hour for a while after they have lapsed.
    purge!(read.verification_codes().purge, day);
    purge!(read.known_devices().purge, now - DEVICES_KEPT);
    purge!(read.login_events().purge, now - EVENTS_KEPT);
    purge!(read.sweeps().purge_runs, now - RUNS_KEPT);
    purge!(read.sweeps().purge_registrations, now - REGISTRATIONS_KEPT);
    purge!(read.sweeps().purge_workers, day);
    Ok(())
}
