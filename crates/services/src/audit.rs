//! The audit of reads by platform administrators. Changes are written with what they change; reads
//! are gathered and written together, so that a list costs no write of its own.

use std::time::Duration;

use bheem_persistence::{Actor, Database, SystemScope};
use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

/// Entries that may wait to be written; beyond, the reader waits for the writer.
const QUEUE: usize = 10_000;
/// Most entries of one statement.
const BATCH: usize = 500;

type Read = (Actor, DateTime<Utc>, String);

/// Takes notes of reads; cheap to clone.
#[derive(Debug, Clone)]
pub struct ReadAudit {
    sender: mpsc::Sender<Read>,
}

/// Writes down what was noted; run it until it ends.
#[derive(Debug)]
pub struct ReadAuditWriter {
    receiver: mpsc::Receiver<Read>,
    database: Database,
}

impl ReadAudit {
    /// The two ends.
    #[must_use]
    pub fn new(database: Database) -> (Self, ReadAuditWriter) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Self { sender }, ReadAuditWriter { receiver, database })
    }

    /// Notes that somebody read something.
    pub async fn note(&self, actor: Actor, at: DateTime<Utc>, what: String) {
        // It is closed only when the server has stopped serving.
        let _ = self.sender.send((actor, at, what)).await;
    }
}

impl ReadAuditWriter {
    /// Writes until every [`ReadAudit`] is gone and the last note is written.
    pub async fn run(mut self) {
        let mut batch = Vec::new();
        while self.receiver.recv_many(&mut batch, BATCH).await > 0 {
            while let Err(error) = self.write(&batch).await {
                tracing::warn!(%error, entries = batch.len(), "cannot write the audit; trying again");
                tokio::time::sleep(Duration::from_secs(1)).await;
                if self.receiver.is_closed() && self.receiver.is_empty() {
                    return;
                }
            }
            batch.clear();
            // Let more come together; the last ones before the end do not wait.
            if !self.receiver.is_closed() {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }

    async fn write(&self, batch: &[Read]) -> bheem_persistence::Result<()> {
        self.database
            .system_read(&SystemScope::server("audit of reads"))
            .await?
            .activity(None)
            .record_reads(batch)
            .await
    }
}
