//! Secrets of relying parties: SHA-256 of 256 random bits. Two are good while one is rotated out.
//!
//! The table is open to every role, so each statement goes through `auth.clients`, of which a tenant
//! sees its own only.

use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_types};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::{
    Error, Result,
    schema::{client_secrets, clients},
};

/// A secret that is to be given out.
#[derive(Clone)]
pub struct NewClientSecret {
    /// Its id.
    pub id: Uuid,
    /// The client.
    pub client_id: String,
    /// SHA-256 of it.
    pub secret_hash: [u8; 32],
    /// Now.
    pub created_at: DateTime<Utc>,
}

impl std::fmt::Debug for NewClientSecret {
    /// Without the hash.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewClientSecret")
            .field("id", &self.id)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// Secrets of relying parties, on an open connection.
pub struct ClientSecrets<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> ClientSecrets<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Keeps a new secret of a client that can be seen here.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such client.
    pub async fn insert(&mut self, new: &NewClientSecret) -> Result<()> {
        let rows = diesel::sql_query(
            "INSERT INTO auth.client_secrets (id, client_id, secret_hash, created_at) \
             SELECT $1, client_id, $3, $4 FROM auth.clients WHERE client_id = $2",
        )
        .bind::<sql_types::Uuid, _>(new.id)
        .bind::<sql_types::Text, _>(&new.client_id)
        .bind::<sql_types::Binary, _>(new.secret_hash.as_slice())
        .bind::<sql_types::Timestamptz, _>(new.created_at)
        .execute(self.connection)
        .await?;
        if rows == 0 {
            return Err(Error::NotFound { what: "client" });
        }
        Ok(())
    }

    /// Lets every secret of a client lapse at `at`, unless it lapses before; with `keep`, all but
    /// that one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expire(
        &mut self,
        client_id: &str,
        keep: Option<Uuid>,
        at: DateTime<Utc>,
    ) -> Result<usize> {
        let visible = clients::table
            .filter(clients::client_id.eq(client_id))
            .select(clients::client_id);
        Ok(diesel::update(
            client_secrets::table
                .filter(client_secrets::client_id.eq_any(visible))
                .filter(client_secrets::id.ne(keep.unwrap_or(Uuid::nil())))
                .filter(
                    client_secrets::expires_at
                        .is_null()
                        .or(client_secrets::expires_at.gt(at)),
                ),
        )
        .set(client_secrets::expires_at.eq(at))
        .execute(self.connection)
        .await?)
    }

    /// Deletes up to `limit` secrets that lapsed before `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(&mut self, before: DateTime<Utc>, limit: i64) -> Result<usize> {
        Ok(diesel::sql_query(
            "DELETE FROM auth.client_secrets WHERE id IN \
             (SELECT id FROM auth.client_secrets WHERE expires_at < $1 LIMIT $2)",
        )
        .bind::<sql_types::Timestamptz, _>(before)
        .bind::<sql_types::BigInt, _>(limit)
        .execute(self.connection)
        .await?)
    }
}
