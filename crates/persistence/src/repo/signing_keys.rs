//! Keys that sign tokens; the private half is sealed before it comes here.

use bheem_domain::SigningKeyId;
use bheem_vault::Sealed;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::{Result, schema::signing_keys};

/// A pair of keys and when it is in use.
#[derive(Debug, Clone)]
pub struct SigningKeyRecord {
    /// Which key; the `kid` of tokens.
    pub id: SigningKeyId,
    /// The algorithm (RFC 7518, RFC 8037): `ES256`, `RS256` or `EdDSA`.
    pub algorithm: String,
    /// The public half, in the algorithm's own form.
    pub public_key: Vec<u8>,
    /// The private half (PKCS #8), sealed.
    pub sealed: Sealed,
    /// When it was made and published.
    pub created_at: DateTime<Utc>,
    /// When it begins to sign.
    pub sign_from: DateTime<Utc>,
    /// When it stops signing, if that is known.
    pub sign_until: Option<DateTime<Utc>>,
    /// When it is published no longer, if that is known.
    pub publish_until: Option<DateTime<Utc>>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = signing_keys, check_for_backend(diesel::pg::Pg))]
struct SigningKeyRow {
    id: Uuid,
    algorithm: String,
    public_key: Vec<u8>,
    key_id: String,
    sealed: Vec<u8>,
    created_at: DateTime<Utc>,
    sign_from: DateTime<Utc>,
    sign_until: Option<DateTime<Utc>>,
    publish_until: Option<DateTime<Utc>>,
}

impl From<SigningKeyRow> for SigningKeyRecord {
    fn from(row: SigningKeyRow) -> Self {
        Self {
            id: row.id.into(),
            algorithm: row.algorithm,
            public_key: row.public_key,
            sealed: Sealed {
                key_id: row.key_id,
                bytes: row.sealed,
            },
            created_at: row.created_at,
            sign_from: row.sign_from,
            sign_until: row.sign_until,
            publish_until: row.publish_until,
        }
    }
}

/// Keys, on an open connection.
pub struct SigningKeys<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> SigningKeys<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// All keys; those that sign latest come first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&mut self) -> Result<Vec<SigningKeyRecord>> {
        Ok(signing_keys::table
            .order((signing_keys::sign_from.desc(), signing_keys::id.desc()))
            .select(SigningKeyRow::as_select())
            .load(self.connection)
            .await?
            .into_iter()
            .map(Into::into)
            .collect())
    }

    /// Waits until nobody else changes the keys, in any replica; until the transaction ends.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock(&mut self) -> Result<()> {
        diesel::sql_query("SELECT pg_advisory_xact_lock(7206551942461838)")
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// Adds a key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert(&mut self, key: &SigningKeyRecord) -> Result<()> {
        diesel::insert_into(signing_keys::table)
            .values((
                signing_keys::id.eq(key.id.as_uuid()),
                signing_keys::algorithm.eq(&key.algorithm),
                signing_keys::public_key.eq(&key.public_key),
                signing_keys::key_id.eq(&key.sealed.key_id),
                signing_keys::sealed.eq(&key.sealed.bytes),
                signing_keys::created_at.eq(key.created_at),
                signing_keys::sign_from.eq(key.sign_from),
                signing_keys::sign_until.eq(key.sign_until),
                signing_keys::publish_until.eq(key.publish_until),
            ))
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// Lets the keys of an algorithm sign until `sign_until` at the latest and be published until
    /// `publish_until`; a key whose end is nearer already keeps it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retire(
        &mut self,
        algorithm: &str,
        sign_until: DateTime<Utc>,
        publish_until: DateTime<Utc>,
    ) -> Result<usize> {
        Ok(diesel::update(
            signing_keys::table
                .filter(signing_keys::algorithm.eq(algorithm))
                .filter(
                    signing_keys::sign_until
                        .is_null()
                        .or(signing_keys::sign_until.gt(sign_until).assume_not_null()),
                ),
        )
        .set((
            signing_keys::sign_until.eq(sign_until),
            signing_keys::publish_until.eq(publish_until),
        ))
        .execute(self.connection)
        .await?)
    }

    /// Deletes the keys that are published no longer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(&mut self, now: DateTime<Utc>) -> Result<usize> {
        Ok(
            diesel::delete(signing_keys::table.filter(signing_keys::publish_until.le(now)))
                .execute(self.connection)
                .await?,
        )
    }
}
