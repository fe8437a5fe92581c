//! Sign-ins that were tried, and what is still to be told of them by mail.

use bheem_domain::{AccountId, LoginEventId, SessionId};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use ipnet::IpNet;
use uuid::Uuid;

use crate::{
    Result,
    schema::{login_events, users},
};

/// What somebody should be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginAlert {
    /// A sign-in from a device that was not seen before.
    NewDevice,
    /// Many failures.
    Failures,
}

impl LoginAlert {
    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NewDevice => "new_device",
            Self::Failures => "failures",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::NewDevice, Self::Failures]
            .into_iter()
            .find(|alert| alert.as_str() == word)
    }
}

/// A sign-in that was tried.
#[derive(Debug, Clone)]
pub struct LoginEventRecord {
    /// Its id.
    pub id: LoginEventId,
    /// Whose account.
    pub account_id: AccountId,
    /// The session that came of it.
    pub session_id: Option<SessionId>,
    /// Whether it succeeded.
    pub is_success: bool,
    /// With what: `password`, `totp`, `recovery_code` or `passkey`; the last that was asked for.
    pub method: String,
    /// Where from.
    pub ip_address: Option<IpNet>,
    /// What the client called itself.
    pub user_agent: Option<String>,
    /// Whether the device was not seen before.
    pub is_new_device: bool,
    /// What the person is told of it.
    pub alert: Option<LoginAlert>,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// What came before an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoginHistory {
    /// Failures since the last success.
    pub failures: i64,
    /// Whether the person was told of failures not long ago.
    pub was_told: bool,
}

/// Something that is to be told.
#[derive(Debug, Clone)]
pub struct DueAlert {
    /// Of which sign-in.
    pub event: LoginEventRecord,
    /// The address of the account, if it is proven.
    pub email: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = login_events, check_for_backend(diesel::pg::Pg))]
struct LoginEventRow {
    id: Uuid,
    account_id: Uuid,
    session_id: Option<Uuid>,
    outcome: String,
    method: String,
    ip_address: Option<IpNet>,
    user_agent: Option<String>,
    is_new_device: bool,
    alert: Option<String>,
    created_at: DateTime<Utc>,
}

const SUCCESS: &str = "success";
const FAILURE: &str = "failure";

impl From<LoginEventRow> for LoginEventRecord {
    fn from(row: LoginEventRow) -> Self {
        Self {
            id: row.id.into(),
            account_id: row.account_id.into(),
            session_id: row.session_id.map(Into::into),
            is_success: row.outcome == SUCCESS,
            method: row.method,
            ip_address: row.ip_address,
            user_agent: row.user_agent,
            is_new_device: row.is_new_device,
            alert: row.alert.as_deref().and_then(LoginAlert::parse),
            created_at: row.created_at,
        }
    }
}

/// Sign-ins, on an open connection.
pub struct LoginEvents<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> LoginEvents<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Waits until nobody else records a sign-in of the account; until the transaction ends.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock(&mut self, account_id: AccountId) -> Result<()> {
        diesel::sql_query(
            "SELECT pg_advisory_xact_lock(hashtextextended('login_events ' || $1::text, 0))",
        )
        .bind::<diesel::sql_types::Uuid, _>(account_id.as_uuid())
        .execute(self.connection)
        .await?;
        Ok(())
    }

    /// Records a sign-in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert(&mut self, new: &LoginEventRecord) -> Result<()> {
        let outcome = if new.is_success { SUCCESS } else { FAILURE };
        diesel::insert_into(login_events::table)
            .values((
                login_events::id.eq(new.id.as_uuid()),
                login_events::account_id.eq(new.account_id.as_uuid()),
                login_events::session_id.eq(new.session_id.map(SessionId::as_uuid)),
                login_events::outcome.eq(outcome),
                login_events::method.eq(&new.method),
                login_events::ip_address.eq(new.ip_address),
                login_events::user_agent.eq(&new.user_agent),
                login_events::is_new_device.eq(new.is_new_device),
                login_events::alert.eq(new.alert.map(LoginAlert::as_str)),
                login_events::created_at.eq(new.created_at),
            ))
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// The sign-in with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(&mut self, id: LoginEventId) -> Result<Option<LoginEventRecord>> {
        Ok(login_events::table
            .find(id.as_uuid())
            .select(LoginEventRow::as_select())
            .first(self.connection)
            .await
            .optional()?
            .map(Into::into))
    }

    /// Failures since the account's last success, and whether it was told of failures since
    /// `told_since`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn history(
        &mut self,
        account_id: AccountId,
        told_since: DateTime<Utc>,
    ) -> Result<LoginHistory> {
        let mine = || login_events::table.filter(login_events::account_id.eq(account_id.as_uuid()));
        let last_success: Option<DateTime<Utc>> = mine()
            .filter(login_events::outcome.eq(SUCCESS))
            .order(login_events::created_at.desc())
            .select(login_events::created_at)
            .first(self.connection)
            .await
            .optional()?;
        let since = last_success.unwrap_or(DateTime::UNIX_EPOCH);
        let failures = mine()
            .filter(login_events::outcome.eq(FAILURE))
            .filter(login_events::created_at.ge(since))
            .count()
            .get_result(self.connection)
            .await?;
        let told = mine()
            .filter(login_events::alert.eq(LoginAlert::Failures.as_str()))
            .filter(login_events::created_at.gt(told_since));
        let was_told = diesel::select(diesel::dsl::exists(told))
            .get_result(self.connection)
            .await?;
        Ok(LoginHistory { failures, was_told })
    }

    /// The account's latest sign-ins, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(
        &mut self,
        account_id: AccountId,
        limit: i64,
    ) -> Result<Vec<LoginEventRecord>> {
        Ok(login_events::table
            .filter(login_events::account_id.eq(account_id.as_uuid()))
            .order((login_events::created_at.desc(), login_events::id.desc()))
            .limit(limit)
            .select(LoginEventRow::as_select())
            .load(self.connection)
            .await?
            .into_iter()
            .map(Into::into)
            .collect())
    }

    /// Up to `limit` sign-ins that somebody is still to be told of, oldest first; held until the
    /// transaction ends, and those that another replica holds left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_alerts(&mut self, limit: i64) -> Result<Vec<DueAlert>> {
        let rows: Vec<LoginEventRow> = login_events::table
            .filter(login_events::alert.is_not_null())
            .filter(login_events::alerted_at.is_null())
            .order(login_events::created_at.asc())
            .limit(limit)
            .for_no_key_update()
            .skip_locked()
            .select(LoginEventRow::as_select())
            .load(self.connection)
            .await?;
        let accounts: Vec<Uuid> = rows.iter().map(|row| row.account_id).collect();
        let emails: Vec<(Uuid, Option<String>)> = users::table
            .filter(users::id.eq_any(&accounts))
            .filter(users::is_active)
            .filter(users::email_verified_at.is_not_null())
            .select((users::id, users::email))
            .load(self.connection)
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| DueAlert {
                email: emails
                    .iter()
                    .find(|(id, _)| *id == row.account_id)
                    .and_then(|(_, email)| email.clone()),
                event: row.into(),
            })
            .collect())
    }

    /// Notes that these were told.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_alerted(&mut self, ids: &[LoginEventId], now: DateTime<Utc>) -> Result<()> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
        diesel::update(login_events::table.filter(login_events::id.eq_any(ids)))
            .set(login_events::alerted_at.eq(now))
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// Deletes up to `limit` sign-ins from before `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(&mut self, before: DateTime<Utc>, limit: i64) -> Result<usize> {
        Ok(diesel::sql_query(
            "DELETE FROM auth.login_events WHERE id IN \
             (SELECT id FROM auth.login_events WHERE created_at < $1 ORDER BY created_at LIMIT $2)",
        )
        .bind::<diesel::sql_types::Timestamptz, _>(before)
        .bind::<diesel::sql_types::BigInt, _>(limit)
        .execute(self.connection)
        .await?)
    }
}
