//! Keys that sign access tokens; the private half is sealed before it comes here.

use bheem_domain::SigningKeyId;
use bheem_vault::Sealed;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::{Result, schema::signing_keys};

/// An Ed25519 key.
#[derive(Debug, Clone)]
pub struct SigningKeyRecord {
    /// Which key; the `kid` of tokens.
    pub id: SigningKeyId,
    /// The public half, 32 bytes.
    pub public_key: Vec<u8>,
    /// The private half (PKCS #8), sealed.
    pub sealed: Sealed,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

type Row = (Uuid, Vec<u8>, String, Vec<u8>, DateTime<Utc>);

/// Keys, on an open connection.
pub struct SigningKeys<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> SigningKeys<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// All keys, newest first: the first signs, each verifies.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&mut self) -> Result<Vec<SigningKeyRecord>> {
        Ok(signing_keys::table
            .order(signing_keys::created_at.desc())
            .select((
                signing_keys::id,
                signing_keys::public_key,
                signing_keys::key_id,
                signing_keys::sealed,
                signing_keys::created_at,
            ))
            .load::<Row>(self.connection)
            .await?
            .into_iter()
            .map(
                |(id, public_key, key_id, sealed, created_at)| SigningKeyRecord {
                    id: id.into(),
                    public_key,
                    sealed: Sealed {
                        key_id,
                        bytes: sealed,
                    },
                    created_at,
                },
            )
            .collect())
    }

    /// Adds the first key; when another replica was faster, its key stays and this one is dropped.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_first(&mut self, key: &SigningKeyRecord) -> Result<()> {
        // One statement under a lock: two replicas that start together must not both insert.
        diesel::sql_query("SELECT pg_advisory_xact_lock(7206551942461838)")
            .execute(self.connection)
            .await?;
        if !self.list().await?.is_empty() {
            return Ok(());
        }
        diesel::insert_into(signing_keys::table)
            .values((
                signing_keys::id.eq(key.id.as_uuid()),
                signing_keys::algorithm.eq("EdDSA"),
                signing_keys::public_key.eq(&key.public_key),
                signing_keys::key_id.eq(&key.sealed.key_id),
                signing_keys::sealed.eq(&key.sealed.bytes),
                signing_keys::created_at.eq(key.created_at),
            ))
            .execute(self.connection)
            .await?;
        Ok(())
    }
}
