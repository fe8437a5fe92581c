//! Codes of devices without a browser (RFC 8628), kept as hashes and good once.

use bheem_domain::{AccountId, SessionId};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::{Error, Result, schema::device_codes};

/// What became of a device code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceCodeStatus {
    /// Nobody has answered.
    Pending,
    /// A person has agreed.
    Approved,
    /// A person has refused.
    Denied,
    /// It was taken for tokens.
    Used,
}

impl DeviceCodeStatus {
    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Used => "used",
        }
    }
}

/// A device code that is to be given out.
#[derive(Clone)]
pub struct NewDeviceCode {
    /// Its id.
    pub id: Uuid,
    /// SHA-256 of what the device holds.
    pub device_code_hash: [u8; 32],
    /// SHA-256 of what the person types, in the form without hyphens.
    pub user_code_hash: [u8; 32],
    /// The client.
    pub client_id: String,
    /// What it asks for.
    pub scopes: Vec<String>,
    /// Audiences it asks for.
    pub resources: Vec<String>,
    /// Thumbprint of the key that must redeem it.
    pub dpop_jkt: Option<String>,
    /// Seconds between two polls.
    pub interval_seconds: i32,
    /// Now.
    pub created_at: DateTime<Utc>,
    /// When it lapses.
    pub expires_at: DateTime<Utc>,
}

impl std::fmt::Debug for NewDeviceCode {
    /// Without the hashes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewDeviceCode")
            .field("id", &self.id)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// A device code that was given out.
#[derive(Debug, Clone)]
pub struct DeviceCodeRecord {
    /// Which.
    pub id: Uuid,
    /// The client.
    pub client_id: String,
    /// What it asks for.
    pub scopes: Vec<String>,
    /// Audiences it asks for.
    pub resources: Vec<String>,
    /// Thumbprint of the key that must redeem it.
    pub dpop_jkt: Option<String>,
    /// What became of it.
    pub status: DeviceCodeStatus,
    /// Who agreed.
    pub account_id: Option<AccountId>,
    /// In which browser session.
    pub session_id: Option<SessionId>,
    /// When that person proved who they are.
    pub authenticated_at: Option<DateTime<Utc>>,
    /// How.
    pub amr: Vec<String>,
    /// Seconds between two polls.
    pub interval_seconds: i32,
    /// When it was last asked for.
    pub polled_at: Option<DateTime<Utc>>,
    /// When it was given out.
    pub created_at: DateTime<Utc>,
    /// When it lapses.
    pub expires_at: DateTime<Utc>,
}

/// Who agreed to a device code, and how they had proved who they are.
#[derive(Debug, Clone)]
pub struct DeviceApproval {
    /// Who.
    pub account_id: AccountId,
    /// The browser session.
    pub session_id: SessionId,
    /// When they proved who they are.
    pub authenticated_at: DateTime<Utc>,
    /// How.
    pub amr: Vec<String>,
    /// What they agreed to.
    pub scopes: Vec<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = device_codes, check_for_backend(diesel::pg::Pg))]
struct DeviceCodeRow {
    id: Uuid,
    client_id: String,
    scopes: Vec<String>,
    resources: Vec<String>,
    dpop_jkt: Option<String>,
    status: String,
    account_id: Option<Uuid>,
    session_id: Option<Uuid>,
    authenticated_at: Option<DateTime<Utc>>,
    amr: Vec<String>,
    interval_seconds: i32,
    polled_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl TryFrom<DeviceCodeRow> for DeviceCodeRecord {
    type Error = Error;

    fn try_from(row: DeviceCodeRow) -> Result<Self> {
        let status = match row.status.as_str() {
            "pending" => DeviceCodeStatus::Pending,
            "approved" => DeviceCodeStatus::Approved,
            "denied" => DeviceCodeStatus::Denied,
            "used" => DeviceCodeStatus::Used,
            other => return Err(Error::inconsistent("auth.device_codes", other)),
        };
        Ok(Self {
            id: row.id,
            client_id: row.client_id,
            scopes: row.scopes,
            resources: row.resources,
            dpop_jkt: row.dpop_jkt,
            status,
            account_id: row.account_id.map(Into::into),
            session_id: row.session_id.map(Into::into),
            authenticated_at: row.authenticated_at,
            amr: row.amr,
            interval_seconds: row.interval_seconds,
            polled_at: row.polled_at,
            created_at: row.created_at,
            expires_at: row.expires_at,
        })
    }
}

/// Device codes, on an open connection.
pub struct DeviceCodes<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> DeviceCodes<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Keeps a pair of codes that is given out.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when the person's code stands for another device already.
    pub async fn insert(&mut self, new: &NewDeviceCode) -> Result<()> {
        diesel::insert_into(device_codes::table)
            .values((
                device_codes::id.eq(new.id),
                device_codes::device_code_hash.eq(new.device_code_hash.as_slice()),
                device_codes::user_code_hash.eq(new.user_code_hash.as_slice()),
                device_codes::client_id.eq(&new.client_id),
                device_codes::scopes.eq(&new.scopes),
                device_codes::resources.eq(&new.resources),
                device_codes::dpop_jkt.eq(&new.dpop_jkt),
                device_codes::interval_seconds.eq(new.interval_seconds),
                device_codes::created_at.eq(new.created_at),
                device_codes::expires_at.eq(new.expires_at),
            ))
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// The living code that nobody has answered yet and that a person typed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_by_user_code(
        &mut self,
        user_code_hash: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Option<DeviceCodeRecord>> {
        device_codes::table
            .filter(device_codes::user_code_hash.eq(user_code_hash.as_slice()))
            .filter(device_codes::status.eq(DeviceCodeStatus::Pending.as_str()))
            .filter(device_codes::expires_at.gt(now))
            .select(DeviceCodeRow::as_select())
            .first(self.connection)
            .await
            .optional()?
            .map(TryInto::try_into)
            .transpose()
    }

    /// The code that a device asks for, held until the transaction ends, so that two polls at once
    /// are seen one after the other.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock(
        &mut self,
        device_code_hash: &[u8; 32],
        client_id: &str,
    ) -> Result<Option<DeviceCodeRecord>> {
        device_codes::table
            .filter(device_codes::device_code_hash.eq(device_code_hash.as_slice()))
            .filter(device_codes::client_id.eq(client_id))
            .select(DeviceCodeRow::as_select())
            .for_update()
            .first(self.connection)
            .await
            .optional()?
            .map(TryInto::try_into)
            .transpose()
    }

    /// Notes a poll, and how long the device is to wait from now on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_poll(
        &mut self,
        id: Uuid,
        interval_seconds: i32,
        now: DateTime<Utc>,
    ) -> Result<()> {
        diesel::update(device_codes::table.find(id))
            .set((
                device_codes::polled_at.eq(now),
                device_codes::interval_seconds.eq(interval_seconds),
            ))
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// A person agrees; `false` when it was answered before, or has lapsed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn approve(
        &mut self,
        id: Uuid,
        approval: &DeviceApproval,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let rows = diesel::update(
            device_codes::table
                .filter(device_codes::id.eq(id))
                .filter(device_codes::status.eq(DeviceCodeStatus::Pending.as_str()))
                .filter(device_codes::expires_at.gt(now)),
        )
        .set((
            device_codes::status.eq(DeviceCodeStatus::Approved.as_str()),
            device_codes::account_id.eq(approval.account_id.as_uuid()),
            device_codes::session_id.eq(approval.session_id.as_uuid()),
            device_codes::authenticated_at.eq(approval.authenticated_at),
            device_codes::amr.eq(&approval.amr),
            device_codes::scopes.eq(&approval.scopes),
        ))
        .execute(self.connection)
        .await?;
        Ok(rows == 1)
    }

    /// A person refuses; `false` when it was answered before, or has lapsed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn deny(&mut self, id: Uuid, now: DateTime<Utc>) -> Result<bool> {
        let rows = diesel::update(
            device_codes::table
                .filter(device_codes::id.eq(id))
                .filter(device_codes::status.eq(DeviceCodeStatus::Pending.as_str()))
                .filter(device_codes::expires_at.gt(now)),
        )
        .set(device_codes::status.eq(DeviceCodeStatus::Denied.as_str()))
        .execute(self.connection)
        .await?;
        Ok(rows == 1)
    }

    /// Takes an approved code for tokens; `false` when it is not approved (any more).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn consume(&mut self, id: Uuid) -> Result<bool> {
        let rows = diesel::update(
            device_codes::table
                .filter(device_codes::id.eq(id))
                .filter(device_codes::status.eq(DeviceCodeStatus::Approved.as_str())),
        )
        .set(device_codes::status.eq(DeviceCodeStatus::Used.as_str()))
        .execute(self.connection)
        .await?;
        Ok(rows == 1)
    }

    /// Deletes up to `limit` codes that lapsed before `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(&mut self, before: DateTime<Utc>, limit: i64) -> Result<usize> {
        Ok(diesel::sql_query(
            "DELETE FROM auth.device_codes WHERE id IN \
             (SELECT id FROM auth.device_codes WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
        )
        .bind::<diesel::sql_types::Timestamptz, _>(before)
        .bind::<diesel::sql_types::BigInt, _>(limit)
        .execute(self.connection)
        .await?)
    }
}
