//! Durable runs as a tenant sees them. Enqueued in the transaction that writes what is wanted.

use std::sync::Arc;

use bheem_domain::{Clock, RunId, TenantId};
use bheem_saga::{Enqueued, NewRun, RunView};
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use crate::{Error, Result, effect::Noted};

/// The runs of one tenant, on an open connection.
pub struct Runs<'c> {
    connection: &'c mut AsyncPgConnection,
    tenant_id: TenantId,
    clock: Arc<dyn Clock>,
    noted: Noted,
}

impl<'c> Runs<'c> {
    pub(crate) fn new(
        connection: &'c mut AsyncPgConnection,
        tenant_id: TenantId,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            connection,
            tenant_id,
            clock,
            noted: Noted::default(),
        }
    }

    /// Says what is enqueued to the transaction, too.
    pub(crate) fn noting(self, noted: Noted) -> Self {
        Self { noted, ..self }
    }

    /// Enqueues a run; it exists when the transaction commits.
    ///
    /// # Errors
    /// [`Error::Saga`], with [`bheem_saga::Error::ActiveRun`] when its subject has one at work.
    pub async fn enqueue(&mut self, run: &NewRun) -> Result<Enqueued> {
        if run.tenant_id != self.tenant_id.as_uuid() {
            return Err(Error::inconsistent(
                "saga.run",
                "the run is of another tenant",
            ));
        }
        let enqueued = bheem_saga::enqueue(self.connection, &*self.clock, run).await?;
        self.noted.run(enqueued.run_id);
        Ok(enqueued)
    }

    /// The run, if it is this tenant's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(&mut self, id: RunId) -> Result<Option<RunView>> {
        let run = bheem_saga::find_run(self.connection, id.as_uuid()).await?;
        Ok(run.filter(|run| run.tenant_id == self.tenant_id.as_uuid()))
    }

    /// Those of the runs that are this tenant's, in one query.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_many(&mut self, ids: &[RunId]) -> Result<Vec<RunView>> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
        let mut runs = bheem_saga::find_runs(self.connection, &ids).await?;
        runs.retain(|run| run.tenant_id == self.tenant_id.as_uuid());
        Ok(runs)
    }
}
