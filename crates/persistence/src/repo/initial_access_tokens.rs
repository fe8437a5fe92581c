//! Tokens that let a relying party register itself (RFC 7591 section 3), kept as hashes.

use bheem_domain::{AccountId, TenantId};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::{Result, schema::initial_access_tokens};

/// A token that is to be given out.
#[derive(Clone)]
pub struct NewInitialAccessToken {
    /// Its id.
    pub id: Uuid,
    /// The tenant that its clients will belong to; the platform without.
    pub tenant_id: Option<TenantId>,
    /// SHA-256 of it.
    pub token_hash: [u8; 32],
    /// Who made it.
    pub created_by: Option<AccountId>,
    /// How many clients may register with it.
    pub uses: i32,
    /// Now.
    pub created_at: DateTime<Utc>,
    /// When it lapses.
    pub expires_at: DateTime<Utc>,
}

impl std::fmt::Debug for NewInitialAccessToken {
    /// Without the hash.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewInitialAccessToken")
            .field("id", &self.id)
            .field("tenant_id", &self.tenant_id)
            .field("uses", &self.uses)
            .finish_non_exhaustive()
    }
}

/// Initial access tokens, on an open connection.
pub struct InitialAccessTokens<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> InitialAccessTokens<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Keeps a token that is given out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert(&mut self, new: &NewInitialAccessToken) -> Result<()> {
        diesel::insert_into(initial_access_tokens::table)
            .values((
                initial_access_tokens::id.eq(new.id),
                initial_access_tokens::tenant_id.eq(new.tenant_id.map(TenantId::as_uuid)),
                initial_access_tokens::token_hash.eq(new.token_hash.as_slice()),
                initial_access_tokens::created_by.eq(new.created_by.map(AccountId::as_uuid)),
                initial_access_tokens::uses_left.eq(new.uses),
                initial_access_tokens::created_at.eq(new.created_at),
                initial_access_tokens::expires_at.eq(new.expires_at),
            ))
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// Takes one use of a token; answers the tenant it stands for, or `None` when there is no such
    /// token or nothing left of it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take(
        &mut self,
        token_hash: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Option<Option<TenantId>>> {
        let tenant: Option<Option<Uuid>> = diesel::update(
            initial_access_tokens::table
                .filter(initial_access_tokens::token_hash.eq(token_hash.as_slice()))
                .filter(initial_access_tokens::uses_left.gt(0))
                .filter(initial_access_tokens::expires_at.gt(now)),
        )
        .set(initial_access_tokens::uses_left.eq(initial_access_tokens::uses_left - 1))
        .returning(initial_access_tokens::tenant_id)
        .get_result(self.connection)
        .await
        .optional()?;
        Ok(tenant.map(|tenant| tenant.map(Into::into)))
    }

    /// Deletes up to `limit` tokens that lapsed before `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(&mut self, before: DateTime<Utc>, limit: i64) -> Result<usize> {
        Ok(diesel::sql_query(
            "DELETE FROM auth.initial_access_tokens WHERE id IN \
             (SELECT id FROM auth.initial_access_tokens WHERE expires_at < $1 \
              ORDER BY expires_at LIMIT $2)",
        )
        .bind::<diesel::sql_types::Timestamptz, _>(before)
        .bind::<diesel::sql_types::BigInt, _>(limit)
        .execute(self.connection)
        .await?)
    }
}
