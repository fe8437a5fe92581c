//! Passkeys: public keys of authenticators (WebAuthn), with what is known of them.

use bheem_domain::{AccountId, PasskeyId};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use crate::{Result, schema::passkeys};

/// A passkey of an account.
#[derive(Debug, Clone)]
pub struct PasskeyRecord {
    /// Which passkey.
    pub id: PasskeyId,
    /// Whose.
    pub account_id: AccountId,
    /// The authenticator's own id of it.
    pub credential_id: Vec<u8>,
    /// What its owner calls it.
    pub name: String,
    /// Public key and counter, as the library writes them.
    pub passkey: Value,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When somebody last signed in with it.
    pub last_used_at: Option<DateTime<Utc>>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = passkeys, check_for_backend(diesel::pg::Pg))]
struct PasskeyRow {
    id: Uuid,
    account_id: Uuid,
    credential_id: Vec<u8>,
    name: String,
    passkey: Value,
    created_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
}

impl From<PasskeyRow> for PasskeyRecord {
    fn from(row: PasskeyRow) -> Self {
        Self {
            id: row.id.into(),
            account_id: row.account_id.into(),
            credential_id: row.credential_id,
            name: row.name,
            passkey: row.passkey,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        }
    }
}

/// Passkeys, on an open connection.
pub struct Passkeys<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> Passkeys<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Adds a passkey.
    ///
    /// # Errors
    /// [`crate::Error::Duplicate`] of `passkeys_credential_id_key`.
    pub async fn insert(&mut self, new: &PasskeyRecord) -> Result<()> {
        diesel::insert_into(passkeys::table)
            .values((
                passkeys::id.eq(new.id.as_uuid()),
                passkeys::account_id.eq(new.account_id.as_uuid()),
                passkeys::credential_id.eq(&new.credential_id),
                passkeys::name.eq(&new.name),
                passkeys::passkey.eq(&new.passkey),
                passkeys::created_at.eq(new.created_at),
                passkeys::last_used_at.eq(new.last_used_at),
            ))
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// The account's passkeys, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&mut self, account_id: AccountId) -> Result<Vec<PasskeyRecord>> {
        Ok(passkeys::table
            .filter(passkeys::account_id.eq(account_id.as_uuid()))
            .order(passkeys::created_at.asc())
            .limit(100)
            .select(PasskeyRow::as_select())
            .load(self.connection)
            .await?
            .into_iter()
            .map(Into::into)
            .collect())
    }

    /// The passkey with the authenticator's own id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_by_credential(
        &mut self,
        credential_id: &[u8],
    ) -> Result<Option<PasskeyRecord>> {
        Ok(passkeys::table
            .filter(passkeys::credential_id.eq(credential_id))
            .select(PasskeyRow::as_select())
            .first(self.connection)
            .await
            .optional()?
            .map(Into::into))
    }

    /// Notes a use, with the counter as it is now; only from the state it was checked in, so that of
    /// two uses of a copied authenticator at once one fails.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_use(
        &mut self,
        id: PasskeyId,
        before: &Value,
        after: &Value,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let rows = diesel::update(
            passkeys::table
                .find(id.as_uuid())
                .filter(passkeys::passkey.eq(before)),
        )
        .set((passkeys::passkey.eq(after), passkeys::last_used_at.eq(now)))
        .execute(self.connection)
        .await?;
        Ok(rows == 1)
    }

    /// Removes a passkey of the account; `false` when it has no such.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove(&mut self, account_id: AccountId, id: PasskeyId) -> Result<bool> {
        let rows = diesel::delete(
            passkeys::table
                .find(id.as_uuid())
                .filter(passkeys::account_id.eq(account_id.as_uuid())),
        )
        .execute(self.connection)
        .await?;
        Ok(rows == 1)
    }
}
