//! Single-use links that set a password or prove an address. Only hashes of tokens are kept.

use bheem_domain::{AccountId, LinkTokenId, TenantId};
use chrono::{DateTime, Utc};
use diesel::{prelude::*, upsert::excluded};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::{Result, schema::link_tokens};

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkPurpose {
    /// A first password, for somebody who was invited.
    SetPassword,
    /// A new password, for somebody who forgot theirs.
    ResetPassword,
    /// The address it was sent to is the account's.
    VerifyEmail,
}

/// Links that set a password.
const PASSWORD: [&str; 2] = [
    LinkPurpose::SetPassword.as_str(),
    LinkPurpose::ResetPassword.as_str(),
];

/// A link that is to be sent.
#[derive(Debug, Clone)]
pub struct NewLinkToken<'a> {
    /// Its id.
    pub id: LinkTokenId,
    /// Whose password it sets.
    pub account_id: AccountId,
    /// What for.
    pub purpose: LinkPurpose,
    /// Hash of the token.
    pub token_hash: &'a [u8],
    /// Where it is sent; redeeming it proves that address.
    pub delivered_to: &'a str,
    /// The tenant whose invitation it carries; redeeming it accepts the invitation.
    pub invited_to: Option<TenantId>,
    /// Now.
    pub created_at: DateTime<Utc>,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
}

/// A link that was redeemed or is about to be.
#[derive(Debug, Clone)]
pub struct LinkTokenRecord {
    /// Whose password it sets.
    pub account_id: AccountId,
    /// Where it was sent.
    pub delivered_to: String,
    /// The tenant whose invitation it carries.
    pub invited_to: Option<TenantId>,
}

impl LinkPurpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::SetPassword => "set_password",
            Self::ResetPassword => "reset_password",
            Self::VerifyEmail => "verify_email",
        }
    }
}

/// Links, on an open connection.
pub struct LinkTokens<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> LinkTokens<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Keeps a link. The same token again (a step that is repeated) gets a new end, unless it was
    /// used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn upsert(&mut self, new: &NewLinkToken<'_>) -> Result<()> {
        diesel::insert_into(link_tokens::table)
            .values((
                link_tokens::id.eq(new.id.as_uuid()),
                link_tokens::account_id.eq(new.account_id.as_uuid()),
                link_tokens::purpose.eq(new.purpose.as_str()),
                link_tokens::token_hash.eq(new.token_hash),
                link_tokens::delivered_to.eq(new.delivered_to),
                link_tokens::invited_to.eq(new.invited_to.map(TenantId::as_uuid)),
                link_tokens::created_at.eq(new.created_at),
                link_tokens::expires_at.eq(new.expires_at),
            ))
            .on_conflict(link_tokens::token_hash)
            .do_update()
            .set(link_tokens::expires_at.eq(excluded(link_tokens::expires_at)))
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// The living link with this hash that sets a password, without using it up.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(
        &mut self,
        token_hash: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Option<LinkTokenRecord>> {
        self.look(&PASSWORD, token_hash, now).await
    }

    /// The living link with this hash that proves an address, without using it up.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_verification(
        &mut self,
        token_hash: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Option<LinkTokenRecord>> {
        let purposes = [LinkPurpose::VerifyEmail.as_str()];
        self.look(&purposes, token_hash, now).await
    }

    async fn look(
        &mut self,
        purposes: &[&'static str],
        token_hash: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Option<LinkTokenRecord>> {
        Ok(link_tokens::table
            .filter(link_tokens::token_hash.eq(token_hash))
            .filter(link_tokens::purpose.eq_any(purposes))
            .filter(link_tokens::used_at.is_null())
            .filter(link_tokens::expires_at.gt(now))
            .select((
                link_tokens::account_id,
                link_tokens::delivered_to,
                link_tokens::invited_to,
            ))
            .first::<(Uuid, String, Option<Uuid>)>(self.connection)
            .await
            .optional()?
            .map(record))
    }

    /// Uses a link that sets a password up; of many at once, one gets it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn consume(
        &mut self,
        token_hash: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Option<LinkTokenRecord>> {
        self.take(&PASSWORD, token_hash, now).await
    }

    /// Uses a link that proves an address up; of many at once, one gets it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn consume_verification(
        &mut self,
        token_hash: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Option<LinkTokenRecord>> {
        let purposes = [LinkPurpose::VerifyEmail.as_str()];
        self.take(&purposes, token_hash, now).await
    }

    async fn take(
        &mut self,
        purposes: &[&'static str],
        token_hash: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Option<LinkTokenRecord>> {
        Ok(diesel::update(
            link_tokens::table
                .filter(link_tokens::token_hash.eq(token_hash))
                .filter(link_tokens::purpose.eq_any(purposes))
                .filter(link_tokens::used_at.is_null())
                .filter(link_tokens::expires_at.gt(now)),
        )
        .set(link_tokens::used_at.eq(now))
        .returning((
            link_tokens::account_id,
            link_tokens::delivered_to,
            link_tokens::invited_to,
        ))
        .get_result::<(Uuid, String, Option<Uuid>)>(self.connection)
        .await
        .optional()?
        .map(record))
    }

    /// Ends every other link of the account: a new password makes them void.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn void_all(&mut self, account_id: AccountId, now: DateTime<Utc>) -> Result<()> {
        diesel::update(
            link_tokens::table
                .filter(link_tokens::account_id.eq(account_id.as_uuid()))
                .filter(link_tokens::used_at.is_null()),
        )
        .set(link_tokens::used_at.eq(now))
        .execute(self.connection)
        .await?;
        Ok(())
    }

    /// Deletes up to `limit` links that ended before `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(&mut self, before: DateTime<Utc>, limit: i64) -> Result<usize> {
        Ok(diesel::sql_query(
            "DELETE FROM auth.link_tokens WHERE id IN \
             (SELECT id FROM auth.link_tokens WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
        )
        .bind::<diesel::sql_types::Timestamptz, _>(before)
        .bind::<diesel::sql_types::BigInt, _>(limit)
        .execute(self.connection)
        .await?)
    }
}

fn record((account_id, delivered_to, invited_to): (Uuid, String, Option<Uuid>)) -> LinkTokenRecord {
    LinkTokenRecord {
        account_id: account_id.into(),
        delivered_to,
        invited_to: invited_to.map(Into::into),
    }
}
