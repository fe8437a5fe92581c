//! Authorization requests that were pushed (RFC 9126), or wait for a person.

use bheem_domain::{AccountId, SessionId};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use crate::{Result, schema::authorization_requests};

/// A request that is to be kept.
#[derive(Clone)]
pub struct NewAuthorizationRequest {
    /// Its id.
    pub id: Uuid,
    /// SHA-256 of the random part of its `request_uri`, or of what the pages carry.
    pub token_hash: [u8; 32],
    /// The client it is of.
    pub client_id: String,
    /// Whether the client pushed it.
    pub is_pushed: bool,
    /// What was validated.
    pub parameters: Value,
    /// The browser it belongs to.
    pub browser_hash: Option<[u8; 32]>,
    /// Now.
    pub created_at: DateTime<Utc>,
    /// When it lapses.
    pub expires_at: DateTime<Utc>,
}

/// A request that is kept.
#[derive(Clone)]
pub struct AuthorizationRequestRecord {
    /// Its id.
    pub id: Uuid,
    /// The client it is of.
    pub client_id: String,
    /// What was validated.
    pub parameters: Value,
    /// The browser it belongs to, once one has shown it.
    pub browser_hash: Option<Vec<u8>>,
    /// The session that the person chose for it.
    pub selected_session_id: Option<SessionId>,
    /// Who agreed to it.
    pub consented_account_id: Option<AccountId>,
    /// When it came.
    pub created_at: DateTime<Utc>,
}

macro_rules! debug_without_parameters {
    ($($name:ident),*) => {$(
        impl std::fmt::Debug for $name {
            /// Without what was asked for and the hashes.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("id", &self.id)
                    .field("client_id", &self.client_id)
                    .finish_non_exhaustive()
            }
        }
    )*};
}
debug_without_parameters!(NewAuthorizationRequest, AuthorizationRequestRecord);

#[derive(Queryable, Selectable)]
#[diesel(table_name = authorization_requests, check_for_backend(diesel::pg::Pg))]
struct RequestRow {
    id: Uuid,
    client_id: String,
    parameters: Value,
    browser_hash: Option<Vec<u8>>,
    selected_session_id: Option<Uuid>,
    consented_account_id: Option<Uuid>,
    created_at: DateTime<Utc>,
}

impl From<RequestRow> for AuthorizationRequestRecord {
    fn from(row: RequestRow) -> Self {
        Self {
            id: row.id,
            client_id: row.client_id,
            parameters: row.parameters,
            browser_hash: row.browser_hash,
            selected_session_id: row.selected_session_id.map(Into::into),
            consented_account_id: row.consented_account_id.map(Into::into),
            created_at: row.created_at,
        }
    }
}

/// Authorization requests that were pushed, or wait for a person, on an open connection.
pub struct AuthorizationRequests<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> AuthorizationRequests<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Keeps a request.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert(&mut self, new: &NewAuthorizationRequest) -> Result<()> {
        diesel::insert_into(authorization_requests::table)
            .values((
                authorization_requests::id.eq(new.id),
                authorization_requests::token_hash.eq(new.token_hash.as_slice()),
                authorization_requests::client_id.eq(&new.client_id),
                authorization_requests::is_pushed.eq(new.is_pushed),
                authorization_requests::parameters.eq(&new.parameters),
                authorization_requests::browser_hash
                    .eq(new.browser_hash.as_ref().map(<[u8; 32]>::as_slice)),
                authorization_requests::created_at.eq(new.created_at),
                authorization_requests::expires_at.eq(new.expires_at),
            ))
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// A request that waits for a person, if it is neither used nor lapsed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_waiting(
        &mut self,
        token_hash: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Option<AuthorizationRequestRecord>> {
        Ok(authorization_requests::table
            .filter(authorization_requests::token_hash.eq(token_hash.as_slice()))
            .filter(authorization_requests::is_pushed.eq(false))
            .filter(authorization_requests::used_at.is_null())
            .filter(authorization_requests::expires_at.gt(now))
            .select(RequestRow::as_select())
            .first(self.connection)
            .await
            .optional()?
            .map(Into::into))
    }

    /// Uses up what a client pushed. Of many at once, one gets it (RFC 9126 section 7.3).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_pushed(
        &mut self,
        token_hash: &[u8; 32],
        client_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<AuthorizationRequestRecord>> {
        Ok(diesel::update(
            authorization_requests::table
                .filter(authorization_requests::token_hash.eq(token_hash.as_slice()))
                .filter(authorization_requests::client_id.eq(client_id))
                .filter(authorization_requests::is_pushed)
                .filter(authorization_requests::used_at.is_null())
                .filter(authorization_requests::expires_at.gt(now)),
        )
        .set(authorization_requests::used_at.eq(now))
        .returning(RequestRow::as_returning())
        .get_result(self.connection)
        .await
        .optional()?
        .map(Into::into))
    }

    /// Gives a request to the browser that shows it first; `false` when it has one already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn bind(&mut self, id: Uuid, browser_hash: &[u8; 32]) -> Result<bool> {
        let rows = diesel::update(
            authorization_requests::table
                .filter(authorization_requests::id.eq(id))
                .filter(authorization_requests::browser_hash.is_null()),
        )
        .set(authorization_requests::browser_hash.eq(browser_hash.as_slice()))
        .execute(self.connection)
        .await?;
        Ok(rows == 1)
    }

    /// Notes which session the person chose.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn select_session(&mut self, id: Uuid, session_id: SessionId) -> Result<()> {
        diesel::update(authorization_requests::table.find(id))
            .set(authorization_requests::selected_session_id.eq(session_id.as_uuid()))
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// Notes who agreed to this very request.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_consent(&mut self, id: Uuid, account_id: AccountId) -> Result<()> {
        diesel::update(authorization_requests::table.find(id))
            .set(authorization_requests::consented_account_id.eq(account_id.as_uuid()))
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// Uses a request up. Of many at once, one is told `true`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take(&mut self, id: Uuid, now: DateTime<Utc>) -> Result<bool> {
        let rows = diesel::update(
            authorization_requests::table
                .filter(authorization_requests::id.eq(id))
                .filter(authorization_requests::used_at.is_null())
                .filter(authorization_requests::expires_at.gt(now)),
        )
        .set(authorization_requests::used_at.eq(now))
        .execute(self.connection)
        .await?;
        Ok(rows == 1)
    }

    /// Deletes up to `limit` requests that lapsed before `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(&mut self, before: DateTime<Utc>, limit: i64) -> Result<usize> {
        Ok(diesel::sql_query(
            "DELETE FROM auth.authorization_requests WHERE id IN \
             (SELECT id FROM auth.authorization_requests WHERE expires_at < $1 \
              ORDER BY expires_at LIMIT $2)",
        )
        .bind::<diesel::sql_types::Timestamptz, _>(before)
        .bind::<diesel::sql_types::BigInt, _>(limit)
        .execute(self.connection)
        .await?)
    }
}
