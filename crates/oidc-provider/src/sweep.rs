//! Deleting what has lapsed, a batch of each kind at a time.

use chrono::TimeDelta;

use crate::{Provider, Result};

impl Provider {
    /// Deletes up to `batch` lapsed rows of each kind; answers how many there were of the fullest.
    /// Whoever gets `batch` back calls again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sweep(&self, batch: i64) -> Result<usize> {
        let now = self.inner.clock.now();
        // A used code is remembered for a day: when it comes again, its tokens end.
        let (day, hour) = (now - TimeDelta::days(1), now - TimeDelta::hours(1));
        let minute = now - TimeDelta::minutes(1);
        let mut read = self
            .inner
            .database
            .system_read(&Self::scope("sweep lapsed rows of the provider"))
            .await?;
        let counts = [
            read.authorization_codes().purge(day, batch).await?,
            read.authorization_requests().purge(hour, batch).await?,
            read.device_codes().purge(hour, batch).await?,
            read.grants().purge(day, batch).await?,
            read.revoked_tokens().purge(hour, batch).await?,
            read.used_assertions().purge(minute, batch).await?,
            read.initial_access_tokens().purge(day, batch).await?,
            read.client_secrets().purge(now, batch).await?,
        ];
        Ok(counts.into_iter().max().unwrap_or(0))
    }
}
