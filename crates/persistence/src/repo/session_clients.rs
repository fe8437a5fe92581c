//! Relying parties that a session signed in to: they are told when it ends.

use bheem_domain::{AccountId, SessionId};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::{Result, schema::session_clients};

/// Relying parties of sessions, on an open connection.
pub struct SessionClients<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> SessionClients<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Notes that a session signed in to a client; that it did so before is no matter.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert(
        &mut self,
        session_id: SessionId,
        client_id: &str,
        account_id: AccountId,
        now: DateTime<Utc>,
    ) -> Result<()> {
        diesel::insert_into(session_clients::table)
            .values((
                session_clients::session_id.eq(session_id.as_uuid()),
                session_clients::client_id.eq(client_id),
                session_clients::account_id.eq(account_id.as_uuid()),
                session_clients::created_at.eq(now),
            ))
            .on_conflict_do_nothing()
            .execute(self.connection)
            .await?;
        Ok(())
    }
}
