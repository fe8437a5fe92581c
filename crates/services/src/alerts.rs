//! Mails that tell people of sign-ins. A sign-in that is worth one is marked where it is recorded; here
//! each mark becomes a run, in the transaction that takes the mark away, so none is lost or doubled.

use std::time::Duration;

use bheem_domain::EmailAddress;
use bheem_persistence::SystemScope;

use crate::{Result, Services};

/// Marks are looked for this often.
const EVERY: Duration = Duration::from_secs(5);
/// Marks that one transaction takes.
const BATCH: i64 = 50;

impl Services {
    /// Makes runs of marks until the future is dropped. Any number of replicas may do so.
    pub async fn watch_alerts(&self) {
        loop {
            match self.send_alerts().await {
                // There may be more.
                Ok(sent) if sent >= usize::try_from(BATCH).unwrap_or(usize::MAX) => {}
                Ok(_) => tokio::time::sleep(EVERY).await,
                Err(error) => {
                    tracing::warn!(%error, "the alerts of sign-ins could not be looked at");
                    tokio::time::sleep(EVERY).await;
                }
            }
        }
    }

    /// Makes runs of the marks there are, up to a batch of them; answers how many marks there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn send_alerts(&self) -> Result<usize> {
        let scope = SystemScope::server("tell people of sign-ins");
        let mut tx = self.database.system(&scope).await?;
        let due = tx.login_events().due_alerts(BATCH).await?;
        for alert in &due {
            let email = alert.email.as_deref().map(EmailAddress::parse);
            let Some(Ok(email)) = email else {
                continue;
            };
            let event = &alert.event;
            let run = self
                .planner
                .security_alert(event.account_id, event.id, &email)?;
            if let Some(run) = run {
                tx.runs_of(run.tenant_id.into()).enqueue(&run).await?;
            }
        }
        let ids: Vec<_> = due.iter().map(|alert| alert.event.id).collect();
        if !ids.is_empty() {
            let now = self.clock.now();
            tx.login_events().mark_alerted(&ids, now).await?;
        }
        tx.commit().await?;
        Ok(due.len())
    }
}
