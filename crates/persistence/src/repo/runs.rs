//! Durable runs as a tenant sees them. Enqueued in the transaction that writes what is wanted.

use std::{sync::Arc, time::Duration};

use bheem_domain::{Clock, RunId, TenantId};
use bheem_saga::{Children, Enqueued, NewRun, RunView};
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

    /// Enqueues a run in the place of the one that is active for its subject, wherever that stands. For the system's
    /// connections alone.
    ///
    /// # Errors
    /// [`Error::Saga`].
    pub async fn supersede(&mut self, run: &NewRun, reason: &str) -> Result<Enqueued> {
        if run.tenant_id != self.tenant_id.as_uuid() {
            return Err(Error::inconsistent(
                "saga.run",
                "the run is of another tenant",
            ));
        }
        Ok(bheem_saga::supersede(self.connection, &*self.clock, run, reason).await?)
    }

    /// Ends every active run that does not take access away. For the system's connections alone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn supersede_all(&mut self, reason: &str) -> Result<usize> {
        let tenant = self.tenant_id.as_uuid();
        Ok(bheem_saga::supersede_all(self.connection, tenant, None, reason).await?)
    }

    /// Whether requests of a run that was superseded within `horizon` may still be on their way to a peer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_settling(&mut self, subject: &str, horizon: Duration) -> Result<bool> {
        let tenant = self.tenant_id.as_uuid();
        Ok(bheem_saga::is_settling(self.connection, tenant, subject, horizon).await?)
    }

    /// How the runs stand that `parent` has enqueued.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_children(&mut self, parent: RunId) -> Result<Children> {
        let tenant = self.tenant_id.as_uuid();
        Ok(bheem_saga::count_children(self.connection, tenant, parent.as_uuid()).await?)
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
