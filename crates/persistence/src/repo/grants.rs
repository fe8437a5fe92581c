//! Grants: what a person granted a client at one time, and the family of its refresh tokens.
//!
//! A refresh token is a message authentication code over the grant and a generation, so the row needs
//! no copy. Rotating is one statement: of many that come with one generation, one wins.

use bheem_domain::{AccountId, SessionId};
use chrono::{DateTime, Utc};
use diesel::{dsl::exists, prelude::*};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Result,
    prepared::prepared,
    schema::{grants, sessions, users},
};

/// Whether the grant needs no session, or has one that lives. A scalar subquery: of an EXISTS beside an
/// OR, PostgreSQL may make a hash of all living sessions, for one row. No literal SQL: diesel would
/// have such a statement prepared anew each time.
macro_rules! session_lives {
    ($now:expr) => {
        grants::is_offline
            .or(grants::session_id.is_null())
            .or(sessions::table
                .filter(sessions::id.nullable().eq(grants::session_id))
                .filter(sessions::revoked_at.is_null())
                .filter(sessions::expires_at.gt($now))
                .filter(
                    sessions::idle_expires_at
                        .is_null()
                        .or(sessions::idle_expires_at.gt($now)),
                )
                .select(sessions::id)
                .single_value()
                .is_not_null())
    };
}

/// A grant that is to begin.
#[derive(Debug, Clone)]
pub struct NewGrant {
    /// Its id.
    pub id: Uuid,
    /// The client.
    pub client_id: String,
    /// Who granted it.
    pub account_id: AccountId,
    /// In which browser session.
    pub session_id: Option<SessionId>,
    /// Whether it outlives the session.
    pub is_offline: bool,
    /// What was granted.
    pub scopes: Vec<String>,
    /// Audiences that may be asked for.
    pub resources: Vec<String>,
    /// The `claims` parameter.
    pub claims: Option<Value>,
    /// The nonce of the request.
    pub nonce: Option<String>,
    /// Thumbprint of the key that its tokens are bound to.
    pub dpop_jkt: Option<String>,
    /// When the person proved who they are.
    pub authenticated_at: DateTime<Utc>,
    /// How.
    pub amr: Vec<String>,
    /// Now.
    pub created_at: DateTime<Utc>,
    /// When it ends, however often it is refreshed.
    pub expires_at: DateTime<Utc>,
}

/// A grant.
#[derive(Debug, Clone)]
pub struct GrantRecord {
    /// Which.
    pub id: Uuid,
    /// The client.
    pub client_id: String,
    /// Who granted it.
    pub account_id: AccountId,
    /// In which browser session.
    pub session_id: Option<SessionId>,
    /// Whether it outlives the session.
    pub is_offline: bool,
    /// What was granted.
    pub scopes: Vec<String>,
    /// Audiences that may be asked for.
    pub resources: Vec<String>,
    /// The `claims` parameter.
    pub claims: Option<Value>,
    /// The nonce of the request.
    pub nonce: Option<String>,
    /// Thumbprint of the key that its tokens are bound to.
    pub dpop_jkt: Option<String>,
    /// When the person proved who they are.
    pub authenticated_at: DateTime<Utc>,
    /// How.
    pub amr: Vec<String>,
    /// How often it was refreshed; the current refresh token carries this number.
    pub generation: i32,
    /// When it was last refreshed.
    pub rotated_at: Option<DateTime<Utc>>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// When it was ended before its time.
    pub revoked_at: Option<DateTime<Utc>>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = grants, check_for_backend(diesel::pg::Pg))]
struct GrantRow {
    id: Uuid,
    client_id: String,
    account_id: Uuid,
    session_id: Option<Uuid>,
    is_offline: bool,
    scopes: Vec<String>,
    resources: Vec<String>,
    claims: Option<Value>,
    nonce: Option<String>,
    dpop_jkt: Option<String>,
    authenticated_at: DateTime<Utc>,
    amr: Vec<String>,
    generation: i32,
    rotated_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
}

impl From<GrantRow> for GrantRecord {
    fn from(row: GrantRow) -> Self {
        Self {
            id: row.id,
            client_id: row.client_id,
            account_id: row.account_id.into(),
            session_id: row.session_id.map(Into::into),
            is_offline: row.is_offline,
            scopes: row.scopes,
            resources: row.resources,
            claims: row.claims,
            nonce: row.nonce,
            dpop_jkt: row.dpop_jkt,
            authenticated_at: row.authenticated_at,
            amr: row.amr,
            generation: row.generation,
            rotated_at: row.rotated_at,
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
        }
    }
}

/// Grants, on an open connection.
pub struct Grants<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> Grants<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Holds the account until the transaction ends, so that nobody takes its right to sign in
    /// before a grant that is made now can be seen; `false` when it has none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hold_account(&mut self, account_id: AccountId) -> Result<bool> {
        Ok(users::table
            .filter(users::id.eq(account_id.as_uuid()))
            .filter(users::is_active)
            .select(users::id)
            .for_share()
            .first::<Uuid>(self.connection)
            .await
            .optional()?
            .is_some())
    }

    /// Holds a session until the transaction ends, so that nobody ends it before a grant that is made
    /// now can be seen. Answers when it ends by itself; `None` when it has. The account comes first:
    /// who ends all its sessions takes them in that order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hold_session(
        &mut self,
        session_id: SessionId,
        account_id: AccountId,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>> {
        Ok(sessions::table
            .filter(sessions::id.eq(session_id.as_uuid()))
            .filter(sessions::account_id.eq(account_id.as_uuid()))
            .filter(sessions::revoked_at.is_null())
            .filter(sessions::expires_at.gt(now))
            .filter(
                sessions::idle_expires_at
                    .is_null()
                    .or(sessions::idle_expires_at.gt(now)),
            )
            .select(sessions::expires_at)
            .for_share()
            .first(self.connection)
            .await
            .optional()?)
    }

    /// Begins a grant.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert(&mut self, new: &NewGrant) -> Result<()> {
        diesel::insert_into(grants::table)
            .values((
                grants::id.eq(new.id),
                grants::client_id.eq(&new.client_id),
                grants::account_id.eq(new.account_id.as_uuid()),
                grants::session_id.eq(new.session_id.map(SessionId::as_uuid)),
                grants::is_offline.eq(new.is_offline),
                grants::scopes.eq(&new.scopes),
                grants::resources.eq(&new.resources),
                grants::claims.eq(&new.claims),
                grants::nonce.eq(&new.nonce),
                grants::dpop_jkt.eq(&new.dpop_jkt),
                grants::authenticated_at.eq(new.authenticated_at),
                grants::amr.eq(&new.amr),
                grants::created_at.eq(new.created_at),
                grants::expires_at.eq(new.expires_at),
            ))
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// The grant with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(&mut self, id: Uuid) -> Result<Option<GrantRecord>> {
        Ok(grants::table
            .find(id)
            .select(GrantRow::as_select())
            .first(self.connection)
            .await
            .optional()?
            .map(Into::into))
    }

    /// Takes a grant of a client from `generation` to the next, if it is alive at that very
    /// generation, bound to no key or to `dpop_jkt`, its account may sign in, and its session, unless it outlives
    /// that, has not ended. Of many at once, one wins.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rotate(
        &mut self,
        id: Uuid,
        client_id: &str,
        generation: i32,
        dpop_jkt: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Option<GrantRecord>> {
        let account = users::table
            .filter(users::id.eq(grants::account_id))
            .filter(users::is_active);
        Ok(prepared(
            diesel::update(
                grants::table
                    .filter(grants::id.eq(id))
                    // Not by the index of clients, which has as many rows as the client has grants.
                    .filter(grants::client_id.concat("").eq(client_id))
                    .filter(grants::generation.eq(generation))
                    .filter(grants::dpop_jkt.is_null().or(grants::dpop_jkt.eq(dpop_jkt)))
                    .filter(grants::revoked_at.is_null())
                    .filter(grants::expires_at.gt(now))
                    .filter(exists(account))
                    .filter(session_lives!(now)),
            )
            .set((
                grants::generation.eq(grants::generation + 1),
                grants::rotated_at.eq(now),
            ))
            .returning(GrantRow::as_returning()),
        )
        .get_result(self.connection)
        .await
        .optional()?
        .map(Into::into))
    }

    /// Whether the account of a grant may sign in and its session, unless it outlives that, has not
    /// ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn may_go_on(&mut self, id: Uuid, now: DateTime<Utc>) -> Result<bool> {
        let account = users::table
            .filter(users::id.eq(grants::account_id))
            .filter(users::is_active);
        Ok(grants::table
            .filter(grants::id.eq(id))
            .filter(grants::revoked_at.is_null())
            .filter(grants::expires_at.gt(now))
            .filter(exists(account))
            .filter(session_lives!(now))
            .select(grants::id)
            .first::<Uuid>(self.connection)
            .await
            .optional()?
            .is_some())
    }

    /// Ends a grant and with it every token of it; `false` when there was none to end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke(&mut self, id: Uuid, reason: &str, now: DateTime<Utc>) -> Result<bool> {
        let rows = diesel::update(
            grants::table
                .filter(grants::id.eq(id))
                .filter(grants::revoked_at.is_null()),
        )
        .set((
            grants::revoked_at.eq(now),
            grants::revoked_reason.eq(reason),
        ))
        .execute(self.connection)
        .await?;
        Ok(rows == 1)
    }

    /// Ends every grant of an account but those that live in the session `except`. Answers which.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_all(
        &mut self,
        account_id: AccountId,
        except: Option<SessionId>,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<Uuid>> {
        let except = except.map_or(Uuid::nil(), SessionId::as_uuid);
        Ok(diesel::update(
            grants::table
                .filter(grants::account_id.eq(account_id.as_uuid()))
                .filter(
                    grants::is_offline
                        .or(grants::session_id.is_null())
                        .or(grants::session_id.ne(except).assume_not_null()),
                )
                .filter(grants::revoked_at.is_null()),
        )
        .set((
            grants::revoked_at.eq(now),
            grants::revoked_reason.eq(reason),
        ))
        .returning(grants::id)
        .get_results(self.connection)
        .await?)
    }

    /// Deletes up to `limit` grants that ended by themselves before `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(&mut self, before: DateTime<Utc>, limit: i64) -> Result<usize> {
        Ok(diesel::sql_query(
            "DELETE FROM auth.grants WHERE id IN \
             (SELECT id FROM auth.grants WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
        )
        .bind::<diesel::sql_types::Timestamptz, _>(before)
        .bind::<diesel::sql_types::BigInt, _>(limit)
        .execute(self.connection)
        .await?)
    }
}
