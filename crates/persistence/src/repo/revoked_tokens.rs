//! Access tokens that were revoked before their end, by `jti`.

use chrono::{DateTime, Utc};
use diesel::{dsl::exists, prelude::*, select};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::{
    Result,
    schema::{grants, revoked_tokens, sessions},
};

/// Revoked tokens, on an open connection.
pub struct RevokedTokens<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> RevokedTokens<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Notes that a token is good no more; `expires_at` is when it would have ended anyway.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert(
        &mut self,
        id: Uuid,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<()> {
        diesel::insert_into(revoked_tokens::table)
            .values((
                revoked_tokens::id.eq(id),
                revoked_tokens::revoked_at.eq(now),
                revoked_tokens::expires_at.eq(expires_at),
            ))
            .on_conflict_do_nothing()
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// Whether the token, its grant or its session was ended, or is gone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_any(
        &mut self,
        token: Uuid,
        grant: Option<Uuid>,
        session: Option<Uuid>,
    ) -> Result<bool> {
        let revoked = revoked_tokens::table.find(token);
        let living_grant = grants::table
            .filter(grants::id.eq(grant.unwrap_or(Uuid::nil())))
            .filter(grants::revoked_at.is_null());
        let living_session = sessions::table
            .filter(sessions::id.eq(session.unwrap_or(Uuid::nil())))
            .filter(sessions::revoked_at.is_null());
        let (is_revoked, has_grant, has_session): (bool, bool, bool) = select((
            exists(revoked),
            exists(living_grant),
            exists(living_session),
        ))
        .get_result(self.connection)
        .await?;
        Ok(is_revoked || (grant.is_some() && !has_grant) || (session.is_some() && !has_session))
    }

    /// Deletes up to `limit` notes of tokens that ended before `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(&mut self, before: DateTime<Utc>, limit: i64) -> Result<usize> {
        Ok(diesel::sql_query(
            "DELETE FROM auth.revoked_tokens WHERE id IN \
             (SELECT id FROM auth.revoked_tokens WHERE expires_at < $1 \
              ORDER BY expires_at LIMIT $2)",
        )
        .bind::<diesel::sql_types::Timestamptz, _>(before)
        .bind::<diesel::sql_types::BigInt, _>(limit)
        .execute(self.connection)
        .await?)
    }
}
