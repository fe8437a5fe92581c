//! Authorization codes (RFC 6749 section 4.1.2), kept as hashes and good once.

use bheem_domain::{AccountId, SessionId};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use crate::{Result, prepared::prepared, schema::authorization_codes};

/// A code that is to be given out.
#[derive(Clone)]
pub struct NewAuthorizationCode {
    /// SHA-256 of the code.
    pub code_hash: [u8; 32],
    /// The client it is for.
    pub client_id: String,
    /// Who signed in.
    pub account_id: AccountId,
    /// The browser session.
    pub session_id: SessionId,
    /// Where the code is sent; the client must name it again.
    pub redirect_uri: String,
    /// What was granted.
    pub scopes: Vec<String>,
    /// Audiences that were asked for (RFC 8707).
    pub resources: Vec<String>,
    /// The `claims` parameter (OpenID Connect Core section 5.5).
    pub claims: Option<Value>,
    /// Comes back in the ID token.
    pub nonce: Option<String>,
    /// Challenge of method S256 (RFC 7636).
    pub code_challenge: Option<String>,
    /// Thumbprint of the key that must redeem it (RFC 9449 section 10).
    pub dpop_jkt: Option<String>,
    /// When the person proved who they are.
    pub authenticated_at: DateTime<Utc>,
    /// How (RFC 8176).
    pub amr: Vec<String>,
    /// Now.
    pub created_at: DateTime<Utc>,
    /// When it lapses.
    pub expires_at: DateTime<Utc>,
}

/// A code that was given out.
#[derive(Clone)]
pub struct AuthorizationCodeRecord {
    /// The client it is for.
    pub client_id: String,
    /// Who signed in.
    pub account_id: AccountId,
    /// The browser session.
    pub session_id: SessionId,
    /// Where the code was sent.
    pub redirect_uri: String,
    /// What was granted.
    pub scopes: Vec<String>,
    /// Audiences that were asked for.
    pub resources: Vec<String>,
    /// The `claims` parameter.
    pub claims: Option<Value>,
    /// Comes back in the ID token.
    pub nonce: Option<String>,
    /// Challenge of method S256.
    pub code_challenge: Option<String>,
    /// Thumbprint of the key that must redeem it.
    pub dpop_jkt: Option<String>,
    /// When the person proved who they are.
    pub authenticated_at: DateTime<Utc>,
    /// How.
    pub amr: Vec<String>,
    /// When it lapses.
    pub expires_at: DateTime<Utc>,
    /// When it was redeemed, well or not.
    pub used_at: Option<DateTime<Utc>>,
    /// What was given for it.
    pub grant_id: Option<Uuid>,
}

macro_rules! debug_without_hash {
    ($($name:ident),*) => {$(
        impl std::fmt::Debug for $name {
            /// Without the hash, the challenge and what the person was asked for.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("client_id", &self.client_id)
                    .field("account_id", &self.account_id)
                    .field("session_id", &self.session_id)
                    .field("expires_at", &self.expires_at)
                    .finish_non_exhaustive()
            }
        }
    )*};
}
debug_without_hash!(NewAuthorizationCode, AuthorizationCodeRecord);

#[derive(Queryable, Selectable)]
#[diesel(table_name = authorization_codes, check_for_backend(diesel::pg::Pg))]
struct CodeRow {
    client_id: String,
    account_id: Uuid,
    session_id: Uuid,
    redirect_uri: String,
    scopes: Vec<String>,
    resources: Vec<String>,
    claims: Option<Value>,
    nonce: Option<String>,
    code_challenge: Option<String>,
    dpop_jkt: Option<String>,
    authenticated_at: DateTime<Utc>,
    amr: Vec<String>,
    expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
    grant_id: Option<Uuid>,
}

impl From<CodeRow> for AuthorizationCodeRecord {
    fn from(row: CodeRow) -> Self {
        Self {
            client_id: row.client_id,
            account_id: row.account_id.into(),
            session_id: row.session_id.into(),
            redirect_uri: row.redirect_uri,
            scopes: row.scopes,
            resources: row.resources,
            claims: row.claims,
            nonce: row.nonce,
            code_challenge: row.code_challenge,
            dpop_jkt: row.dpop_jkt,
            authenticated_at: row.authenticated_at,
            amr: row.amr,
            expires_at: row.expires_at,
            used_at: row.used_at,
            grant_id: row.grant_id,
        }
    }
}

/// Authorization codes, on an open connection.
pub struct AuthorizationCodes<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> AuthorizationCodes<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Keeps a code that is given out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert(&mut self, new: &NewAuthorizationCode) -> Result<()> {
        diesel::insert_into(authorization_codes::table)
            .values((
                authorization_codes::code_hash.eq(new.code_hash.as_slice()),
                authorization_codes::client_id.eq(&new.client_id),
                authorization_codes::account_id.eq(new.account_id.as_uuid()),
                authorization_codes::session_id.eq(new.session_id.as_uuid()),
                authorization_codes::redirect_uri.eq(&new.redirect_uri),
                authorization_codes::scopes.eq(&new.scopes),
                authorization_codes::resources.eq(&new.resources),
                authorization_codes::claims.eq(&new.claims),
                authorization_codes::nonce.eq(&new.nonce),
                authorization_codes::code_challenge.eq(&new.code_challenge),
                authorization_codes::dpop_jkt.eq(&new.dpop_jkt),
                authorization_codes::authenticated_at.eq(new.authenticated_at),
                authorization_codes::amr.eq(&new.amr),
                authorization_codes::created_at.eq(new.created_at),
                authorization_codes::expires_at.eq(new.expires_at),
            ))
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// Uses a code up, whether it turns out to be good or not, and notes the grant that is made for
    /// it. Of many at once, one gets it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn consume(
        &mut self,
        code_hash: &[u8; 32],
        grant_id: Uuid,
        now: DateTime<Utc>,
    ) -> Result<Option<AuthorizationCodeRecord>> {
        Ok(prepared(
            diesel::update(
                authorization_codes::table
                    .filter(authorization_codes::code_hash.eq(code_hash.as_slice()))
                    .filter(authorization_codes::used_at.is_null()),
            )
            .set((
                authorization_codes::used_at.eq(now),
                authorization_codes::grant_id.eq(grant_id),
            ))
            .returning(CodeRow::as_returning()),
        )
        .get_result(self.connection)
        .await
        .optional()?
        .map(Into::into))
    }

    /// The code with this hash, used or not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(&mut self, code_hash: &[u8; 32]) -> Result<Option<AuthorizationCodeRecord>> {
        Ok(authorization_codes::table
            .find(code_hash.as_slice())
            .select(CodeRow::as_select())
            .first(self.connection)
            .await
            .optional()?
            .map(Into::into))
    }

    /// Deletes up to `limit` codes that lapsed before `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(&mut self, before: DateTime<Utc>, limit: i64) -> Result<usize> {
        Ok(diesel::sql_query(
            "DELETE FROM auth.authorization_codes WHERE code_hash IN \
             (SELECT code_hash FROM auth.authorization_codes WHERE expires_at < $1 \
              ORDER BY expires_at LIMIT $2)",
        )
        .bind::<diesel::sql_types::Timestamptz, _>(before)
        .bind::<diesel::sql_types::BigInt, _>(limit)
        .execute(self.connection)
        .await?)
    }
}
