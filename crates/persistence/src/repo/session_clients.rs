//! Relying parties that a session signed in to: they are told when it ends.

use bheem_domain::{AccountId, SessionId};
use chrono::{DateTime, Utc};
use diesel::{prelude::*, query_dsl::methods::FilterDsl};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::{Result, schema::session_clients};

/// A client whose session has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedSession {
    /// The session.
    pub session_id: SessionId,
    /// The client that knows it.
    pub client_id: String,
    /// Whose session it was.
    pub account_id: AccountId,
    /// Whether the client wants to hear of it.
    pub has_back_channel: bool,
}

#[derive(QueryableByName)]
struct EndedRow {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    session_id: Uuid,
    #[diesel(sql_type = diesel::sql_types::Text)]
    client_id: String,
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    account_id: Uuid,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    has_back_channel: bool,
}

/// Relying parties of sessions, on an open connection.
pub struct SessionClients<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> SessionClients<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Notes that a session signed in to a client; that it did so before is no matter, unless the client was
    /// told since that it ended: then it is to be told again.
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
        let noted = diesel::insert_into(session_clients::table)
            .values((
                session_clients::session_id.eq(session_id.as_uuid()),
                session_clients::client_id.eq(client_id),
                session_clients::account_id.eq(account_id.as_uuid()),
                session_clients::created_at.eq(now),
            ))
            .on_conflict((session_clients::session_id, session_clients::client_id))
            .do_update()
            .set((
                session_clients::ended_at.eq(None::<DateTime<Utc>>),
                session_clients::enqueued_at.eq(None::<DateTime<Utc>>),
            ));
        FilterDsl::filter(noted, session_clients::ended_at.is_not_null())
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// Up to `limit` clients of sessions that have ended and of which nobody was told; they count as
    /// told when the transaction commits. Several replicas at once get different ones.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_ended(
        &mut self,
        limit: i64,
        now: DateTime<Utc>,
    ) -> Result<Vec<EndedSession>> {
        let rows: Vec<EndedRow> = diesel::sql_query(
            "WITH due AS MATERIALIZED ( \
               SELECT session_id, client_id FROM auth.session_clients \
               WHERE ended_at IS NOT NULL AND enqueued_at IS NULL \
               ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED) \
             UPDATE auth.session_clients told SET enqueued_at = $1 \
             FROM due JOIN auth.clients client ON client.client_id = due.client_id \
             WHERE told.session_id = due.session_id AND told.client_id = due.client_id \
             RETURNING told.session_id, told.client_id, told.account_id, \
               client.is_active AND client.backchannel_logout_uri IS NOT NULL AS has_back_channel",
        )
        .bind::<diesel::sql_types::Timestamptz, _>(now)
        .bind::<diesel::sql_types::BigInt, _>(limit)
        .load(self.connection)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| EndedSession {
                session_id: row.session_id.into(),
                client_id: row.client_id,
                account_id: row.account_id.into(),
                has_back_channel: row.has_back_channel,
            })
            .collect())
    }
}
