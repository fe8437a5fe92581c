//! Sessions: one row per sign-in, rotated by each refresh.

use bheem_domain::{AccountId, SessionId};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use ipnet::IpNet;
use uuid::Uuid;

use super::accounts::{AccountRecord, AccountRow};
use crate::{
    Result,
    prepared::prepared,
    schema::{grants, revoked_tokens, sessions, users},
};

/// A sign-in.
#[derive(Debug, Clone)]
pub struct SessionRecord {
    /// Which session.
    pub id: SessionId,
    /// Whose.
    pub account_id: AccountId,
    /// How often it was refreshed; the current refresh token carries this number.
    pub generation: i32,
    /// The address it began from.
    pub ip_address: Option<IpNet>,
    /// What the client called itself.
    pub user_agent: Option<String>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last refreshed.
    pub last_used_at: DateTime<Utc>,
    /// When it ends, refreshed or not.
    pub expires_at: DateTime<Utc>,
    /// When it was ended before its time.
    pub revoked_at: Option<DateTime<Utc>>,
    /// What carries it.
    pub kind: SessionKind,
    /// When the person last proved who they are (`auth_time`).
    pub authenticated_at: DateTime<Utc>,
    /// How (RFC 8176).
    pub amr: Vec<String>,
    /// When it ends unless it is used before.
    pub idle_expires_at: Option<DateTime<Utc>>,
}

/// What carries a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionKind {
    /// A refresh token of our own API.
    Api,
    /// A cookie of the sign-in pages.
    Browser,
}

impl SessionKind {
    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Browser => "browser",
        }
    }
}

/// A session that is to begin.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// Whose.
    pub account_id: AccountId,
    /// The address it begins from.
    pub ip_address: Option<IpNet>,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// Now.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// What carries it.
    pub kind: SessionKind,
    /// How the person proved who they are (RFC 8176).
    pub amr: Vec<String>,
    /// When it ends unless it is used before.
    pub idle_expires_at: Option<DateTime<Utc>>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions, check_for_backend(diesel::pg::Pg))]
struct SessionRow {
    id: Uuid,
    account_id: Uuid,
    generation: i32,
    ip_address: Option<IpNet>,
    user_agent: Option<String>,
    created_at: DateTime<Utc>,
    last_used_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
    kind: String,
    authenticated_at: DateTime<Utc>,
    amr: Vec<String>,
    idle_expires_at: Option<DateTime<Utc>>,
}

impl From<SessionRow> for SessionRecord {
    fn from(row: SessionRow) -> Self {
        Self {
            id: row.id.into(),
            account_id: row.account_id.into(),
            generation: row.generation,
            ip_address: row.ip_address,
            user_agent: row.user_agent,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            kind: if row.kind == SessionKind::Browser.as_str() {
                SessionKind::Browser
            } else {
                SessionKind::Api
            },
            authenticated_at: row.authenticated_at,
            amr: row.amr,
            idle_expires_at: row.idle_expires_at,
        }
    }
}

/// Sessions, on an open connection.
pub struct Sessions<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> Sessions<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Begins a session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert(&mut self, new: &NewSession) -> Result<()> {
        diesel::insert_into(sessions::table)
            .values((
                sessions::id.eq(new.id.as_uuid()),
                sessions::account_id.eq(new.account_id.as_uuid()),
                sessions::ip_address.eq(new.ip_address),
                sessions::user_agent.eq(&new.user_agent),
                sessions::created_at.eq(new.created_at),
                sessions::last_used_at.eq(new.created_at),
                sessions::expires_at.eq(new.expires_at),
                sessions::kind.eq(new.kind.as_str()),
                sessions::authenticated_at.eq(new.created_at),
                sessions::amr.eq(&new.amr),
                sessions::idle_expires_at.eq(new.idle_expires_at),
            ))
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// The session with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(&mut self, id: SessionId) -> Result<Option<SessionRecord>> {
        Ok(sessions::table
            .find(id.as_uuid())
            .select(SessionRow::as_select())
            .first(self.connection)
            .await
            .optional()?
            .map(Into::into))
    }

    /// Takes a session of the API from `generation` to the next, if it is alive, at that very
    /// generation and its account may sign in. Of many at once, one wins.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rotate(
        &mut self,
        id: SessionId,
        generation: i32,
        now: DateTime<Utc>,
    ) -> Result<Option<(SessionRecord, AccountRecord)>> {
        let may_sign_in = users::table.filter(users::is_active).select(users::id);
        let session: Option<SessionRow> = prepared(
            diesel::update(
                sessions::table
                    .filter(sessions::id.eq(id.as_uuid()))
                    .filter(sessions::kind.eq(SessionKind::Api.as_str()))
                    .filter(sessions::generation.eq(generation))
                    .filter(sessions::revoked_at.is_null())
                    .filter(sessions::expires_at.gt(now))
                    .filter(sessions::account_id.eq_any(may_sign_in)),
            )
            .set((
                sessions::generation.eq(sessions::generation + 1),
                sessions::last_used_at.eq(now),
            ))
            .returning(SessionRow::as_returning()),
        )
        .get_result(self.connection)
        .await
        .optional()?;
        let Some(session) = session else {
            return Ok(None);
        };
        let account: Option<AccountRow> = users::table
            .find(session.account_id)
            .filter(users::is_active)
            .select(AccountRow::as_select())
            .first(self.connection)
            .await
            .optional()?;
        account
            .map(|account| Ok((session.into(), account.try_into()?)))
            .transpose()
    }

    /// The session behind a cookie, and its account: alive, used lately, at that very generation, and
    /// the account may sign in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_browser(
        &mut self,
        id: SessionId,
        generation: i32,
        now: DateTime<Utc>,
    ) -> Result<Option<(SessionRecord, AccountRecord)>> {
        let row: Option<(SessionRow, AccountRow)> = sessions::table
            .inner_join(users::table.on(users::id.eq(sessions::account_id)))
            .filter(sessions::id.eq(id.as_uuid()))
            .filter(sessions::kind.eq(SessionKind::Browser.as_str()))
            .filter(sessions::generation.eq(generation))
            .filter(sessions::revoked_at.is_null())
            .filter(sessions::expires_at.gt(now))
            .filter(sessions::idle_expires_at.gt(now))
            .filter(users::is_active)
            .select((SessionRow::as_select(), AccountRow::as_select()))
            .first(self.connection)
            .await
            .optional()?;
        row.map(|(session, account)| Ok((session.into(), account.try_into()?)))
            .transpose()
    }

    /// Notes that a session is used, which keeps it alive until `idle_expires_at`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn touch(
        &mut self,
        id: SessionId,
        idle_expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        diesel::update(
            sessions::table
                .find(id.as_uuid())
                .filter(sessions::revoked_at.is_null())
                .filter(sessions::idle_expires_at.lt(idle_expires_at)),
        )
        .set((
            sessions::last_used_at.eq(now),
            sessions::idle_expires_at.eq(idle_expires_at),
        ))
        .execute(self.connection)
        .await?;
        Ok(())
    }

    /// The person behind a living session has proven who they are again. A browser's session gets its
    /// next generation, so that the cookie so far ends.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn raise(
        &mut self,
        account_id: AccountId,
        id: SessionId,
        amr: &[String],
        idle_expires_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Option<SessionRecord>> {
        let step = i32::from(idle_expires_at.is_some());
        Ok(diesel::update(
            sessions::table
                .find(id.as_uuid())
                .filter(sessions::account_id.eq(account_id.as_uuid()))
                .filter(sessions::revoked_at.is_null())
                .filter(sessions::expires_at.gt(now)),
        )
        .set((
            sessions::generation.eq(sessions::generation + step),
            sessions::authenticated_at.eq(now),
            sessions::amr.eq(amr),
            sessions::last_used_at.eq(now),
            sessions::idle_expires_at.eq(idle_expires_at),
        ))
        .returning(SessionRow::as_returning())
        .get_result(self.connection)
        .await
        .optional()?
        .map(Into::into))
    }

    /// Notes how the person behind a living session has proven who they are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_amr(
        &mut self,
        account_id: AccountId,
        id: SessionId,
        amr: &[String],
    ) -> Result<()> {
        diesel::update(
            sessions::table
                .find(id.as_uuid())
                .filter(sessions::account_id.eq(account_id.as_uuid()))
                .filter(sessions::revoked_at.is_null()),
        )
        .set(sessions::amr.eq(amr))
        .execute(self.connection)
        .await?;
        Ok(())
    }

    /// Living sessions of an account, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(
        &mut self,
        account_id: AccountId,
        now: DateTime<Utc>,
    ) -> Result<Vec<SessionRecord>> {
        Ok(sessions::table
            .filter(sessions::account_id.eq(account_id.as_uuid()))
            .filter(sessions::revoked_at.is_null())
            .filter(sessions::expires_at.gt(now))
            .filter(
                sessions::idle_expires_at
                    .is_null()
                    .or(sessions::idle_expires_at.gt(now).assume_not_null()),
            )
            .order(sessions::created_at.desc())
            .limit(100)
            .select(SessionRow::as_select())
            .load(self.connection)
            .await?
            .into_iter()
            .map(Into::into)
            .collect())
    }

    /// Ends one session of an account; `false` when there was none to end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke(
        &mut self,
        account_id: AccountId,
        id: SessionId,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let rows = diesel::update(
            sessions::table
                .filter(sessions::id.eq(id.as_uuid()))
                .filter(sessions::account_id.eq(account_id.as_uuid()))
                .filter(sessions::revoked_at.is_null()),
        )
        .set((
            sessions::revoked_at.eq(now),
            sessions::revoked_reason.eq(reason),
        ))
        .execute(self.connection)
        .await?;
        Ok(rows == 1)
    }

    /// Ends every session of an account but `except`. Answers which.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_all(
        &mut self,
        account_id: AccountId,
        except: Option<SessionId>,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<SessionId>> {
        let except = except.map_or(Uuid::nil(), SessionId::as_uuid);
        Ok(diesel::update(
            sessions::table
                .filter(sessions::account_id.eq(account_id.as_uuid()))
                .filter(sessions::id.ne(except))
                .filter(sessions::revoked_at.is_null()),
        )
        .set((
            sessions::revoked_at.eq(now),
            sessions::revoked_reason.eq(reason),
        ))
        .returning(sessions::id)
        .get_results::<Uuid>(self.connection)
        .await?
        .into_iter()
        .map(Into::into)
        .collect())
    }

    /// Sessions, grants and tokens revoked since `since`, with the time of it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoked_since(
        &mut self,
        since: DateTime<Utc>,
    ) -> Result<Vec<(Uuid, DateTime<Utc>)>> {
        let sessions = sessions::table
            .filter(sessions::revoked_at.ge(since))
            .select((sessions::id, sessions::revoked_at.assume_not_null()));
        let grants = grants::table
            .filter(grants::revoked_at.ge(since))
            .select((grants::id, grants::revoked_at.assume_not_null()));
        let tokens = revoked_tokens::table
            .filter(revoked_tokens::revoked_at.ge(since))
            .select((revoked_tokens::id, revoked_tokens::revoked_at));
        Ok(sessions
            .union_all(grants)
            .union_all(tokens)
            .load(self.connection)
            .await?)
    }

    /// Deletes up to `limit` sessions that ended before `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(&mut self, before: DateTime<Utc>, limit: i64) -> Result<usize> {
        Ok(diesel::sql_query(
            "DELETE FROM auth.sessions WHERE id IN \
             (SELECT id FROM auth.sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
        )
        .bind::<diesel::sql_types::Timestamptz, _>(before)
        .bind::<diesel::sql_types::BigInt, _>(limit)
        .execute(self.connection)
        .await?)
    }
}
