//! Seeing that sessions have ended, however they did: a trigger of the database notes it in the same
//! transaction, and here a run is begun for each client that is to be told.

use std::{sync::Arc, time::Duration};

use bheem_domain::TenantId;
use bheem_persistence::Change;
use bheem_saga::{DefinitionError, Registry};
use tokio::sync::Notify;

use super::back_channel::{LogoutParams, TellClient};
use crate::{Provider, Result, pages::message::chain};

/// Sessions taken in one transaction.
const BATCH: i64 = 100;
/// It is looked this often, should no word of a change come.
const EVERY: Duration = Duration::from_secs(1);

impl Provider {
    /// Teaches a worker the provider's sagas.
    ///
    /// # Errors
    /// When the registry knows them already.
    pub fn register_sagas(&self, registry: &mut Registry) -> Result<(), DefinitionError> {
        registry.register(&TellClient::new(self.clone()))?;
        Ok(())
    }

    /// Begins a run for each client of a session that has ended. Answers how many.
    ///
    /// # Errors
    /// When the database fails; what was not begun is found again.
    pub async fn enqueue_logouts(&self) -> Result<usize> {
        let mut registry = Registry::new();
        self.register_sagas(&mut registry)
            .map_err(bheem_saga::Error::from)
            .map_err(bheem_persistence::Error::from)?;
        let mut begun = 0;
        loop {
            let scope = Self::scope("tell clients of ended sessions");
            let mut tx = self.inner.database.system(&scope).await?;
            let now = self.inner.clock.now();
            let ended = tx.session_clients().take_ended(BATCH, now).await?;
            let is_last = i64::try_from(ended.len()).is_ok_and(|found| found < BATCH);
            for one in ended.into_iter().filter(|one| one.has_back_channel) {
                let subject = format!("logout:{}:{}", one.session_id, one.client_id);
                let params = LogoutParams {
                    session_id: one.session_id,
                    account_id: one.account_id,
                    client_id: one.client_id,
                };
                let run = registry
                    .new_run::<TellClient>(TellClient::TENANT, subject.clone(), subject, &params)
                    .map_err(bheem_persistence::Error::from)?;
                let lane = TenantId::from(TellClient::TENANT);
                tx.runs_of(lane).enqueue(&run).await?;
                begun += 1;
            }
            tx.commit().await?;
            if is_last {
                return Ok(begun);
            }
        }
    }

    /// Begins such runs again and again, until the future is dropped.
    pub async fn watch_logouts(&self) {
        let ended = Arc::new(Notify::new());
        let teller = Arc::clone(&ended);
        self.inner.identity.revocations().subscribe(move |change| {
            if matches!(change, Change::Revoked(_)) {
                teller.notify_one();
            }
        });
        loop {
            if let Err(error) = self.enqueue_logouts().await {
                tracing::warn!(error = %chain(&error), "cannot begin to tell clients of ended sessions");
            }
            // Without an answer, one look a second; with a word of a change, at once.
            let _elapsed = tokio::time::timeout(EVERY, ended.notified()).await;
        }
    }
}
