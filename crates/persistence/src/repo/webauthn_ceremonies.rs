//! WebAuthn ceremonies between their two halves. Each is taken once.

use bheem_domain::AccountId;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use crate::{Result, schema::webauthn_ceremonies};

/// What a ceremony is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CeremonyPurpose {
    /// Adding a passkey.
    Register,
    /// A second factor after another first one.
    SecondFactor,
    /// Signing in with a passkey alone.
    SignIn,
}

impl CeremonyPurpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::SecondFactor => "second_factor",
            Self::SignIn => "sign_in",
        }
    }
}

/// A ceremony that begins.
#[derive(Debug, Clone)]
pub struct NewCeremony {
    /// Its id.
    pub id: Uuid,
    /// Whose it is; nobody's when a passkey alone is to tell.
    pub account_id: Option<AccountId>,
    /// What for.
    pub purpose: CeremonyPurpose,
    /// What the library needs to know at the end.
    pub state: Value,
    /// Now.
    pub created_at: DateTime<Utc>,
    /// When it lapses.
    pub expires_at: DateTime<Utc>,
}

/// Ceremonies, on an open connection.
pub struct WebauthnCeremonies<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> WebauthnCeremonies<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Keeps a ceremony.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert(&mut self, new: &NewCeremony) -> Result<()> {
        diesel::insert_into(webauthn_ceremonies::table)
            .values((
                webauthn_ceremonies::id.eq(new.id),
                webauthn_ceremonies::account_id.eq(new.account_id.map(AccountId::as_uuid)),
                webauthn_ceremonies::purpose.eq(new.purpose.as_str()),
                webauthn_ceremonies::state.eq(&new.state),
                webauthn_ceremonies::created_at.eq(new.created_at),
                webauthn_ceremonies::expires_at.eq(new.expires_at),
            ))
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// Takes a living ceremony of the account and purpose; of many at once, one gets it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take(
        &mut self,
        id: Uuid,
        account_id: Option<AccountId>,
        purpose: CeremonyPurpose,
        now: DateTime<Utc>,
    ) -> Result<Option<Value>> {
        let account_id = account_id.map(AccountId::as_uuid);
        Ok(diesel::delete(
            webauthn_ceremonies::table
                .find(id)
                .filter(webauthn_ceremonies::account_id.is_not_distinct_from(account_id))
                .filter(webauthn_ceremonies::purpose.eq(purpose.as_str()))
                .filter(webauthn_ceremonies::expires_at.gt(now)),
        )
        .returning(webauthn_ceremonies::state)
        .get_result(self.connection)
        .await
        .optional()?)
    }

    /// Deletes up to `limit` ceremonies that lapsed before `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(&mut self, before: DateTime<Utc>, limit: i64) -> Result<usize> {
        Ok(diesel::sql_query(
            "DELETE FROM auth.webauthn_ceremonies WHERE id IN \
             (SELECT id FROM auth.webauthn_ceremonies WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
        )
        .bind::<diesel::sql_types::Timestamptz, _>(before)
        .bind::<diesel::sql_types::BigInt, _>(limit)
        .execute(self.connection)
        .await?)
    }
}
