//! Sealed credentials for peers. What comes here is sealed, what leaves is sealed.
//!
//! A peer whose account belongs to the tenant (a mailbox on its domain) keeps them with the tenant's
//! rows; a peer where a person has one account for all tenants keeps them with the account.

use bheem_domain::{AccountId, CredentialId, MemberId, TenantId};
use bheem_vault::Sealed;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::{
    Result,
    schema::{account_credentials, credentials, tenant_users},
};

/// A credential as it is kept.
#[derive(Debug, Clone)]
pub struct SealedCredential {
    /// Which one.
    pub id: CredentialId,
    /// Name to sign in with at the peer.
    pub username: String,
    /// The secret, sealed.
    pub sealed: Sealed,
}

type Row = (Uuid, String, String, Vec<u8>);

fn record((id, username, key_id, bytes): Row) -> SealedCredential {
    SealedCredential {
        id: id.into(),
        username,
        sealed: Sealed { key_id, bytes },
    }
}

/// Credentials, in one tenant.
pub struct Credentials<'c> {
    connection: &'c mut AsyncPgConnection,
    tenant_id: TenantId,
}

impl<'c> Credentials<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection, tenant_id: TenantId) -> Self {
        Self {
            connection,
            tenant_id,
        }
    }

    /// The member's credential at `peer` for `username`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_for_member(
        &mut self,
        member_id: MemberId,
        peer: &str,
        username: &str,
    ) -> Result<Option<SealedCredential>> {
        Ok(credentials::table
            .filter(credentials::tenant_id.eq(self.tenant_id.as_uuid()))
            .filter(credentials::member_id.eq(member_id.as_uuid()))
            .filter(credentials::peer.eq(peer))
            .filter(credentials::username.eq(username))
            .select((
                credentials::id,
                credentials::username,
                credentials::key_id,
                credentials::sealed,
            ))
            .first::<Row>(self.connection)
            .await
            .optional()?
            .map(record))
    }

    /// Keeps a member's credential; one that is there stays as it is. Answers the one that is kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_for_member(
        &mut self,
        member_id: MemberId,
        peer: &str,
        new: &SealedCredential,
    ) -> Result<SealedCredential> {
        diesel::insert_into(credentials::table)
            .values((
                credentials::tenant_id.eq(self.tenant_id.as_uuid()),
                credentials::id.eq(new.id.as_uuid()),
                credentials::member_id.eq(member_id.as_uuid()),
                credentials::peer.eq(peer),
                credentials::username.eq(&new.username),
                credentials::key_id.eq(&new.sealed.key_id),
                credentials::sealed.eq(&new.sealed.bytes),
            ))
            .on_conflict_do_nothing()
            .execute(self.connection)
            .await?;
        self.find_for_member(member_id, peer, &new.username)
            .await?
            .ok_or(crate::Error::NotFound { what: "credential" })
    }

    /// Forgets a member's credentials at `peer`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_for_member(&mut self, member_id: MemberId, peer: &str) -> Result<usize> {
        Ok(diesel::delete(
            credentials::table
                .filter(credentials::tenant_id.eq(self.tenant_id.as_uuid()))
                .filter(credentials::member_id.eq(member_id.as_uuid()))
                .filter(credentials::peer.eq(peer)),
        )
        .execute(self.connection)
        .await?)
    }

    /// The credential at `peer` for `username` of an account that is a member here, good in every
    /// tenant.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_for_account(
        &mut self,
        account_id: AccountId,
        peer: &str,
        username: &str,
    ) -> Result<Option<SealedCredential>> {
        let is_member = tenant_users::table
            .filter(tenant_users::tenant_id.eq(self.tenant_id.as_uuid()))
            .filter(tenant_users::user_id.eq(account_id.as_uuid()));
        Ok(account_credentials::table
            .filter(diesel::dsl::exists(is_member))
            .filter(account_credentials::account_id.eq(account_id.as_uuid()))
            .filter(account_credentials::peer.eq(peer))
            .filter(account_credentials::username.eq(username))
            .select((
                account_credentials::id,
                account_credentials::username,
                account_credentials::key_id,
                account_credentials::sealed,
            ))
            .first::<Row>(self.connection)
            .await
            .optional()?
            .map(record))
    }

    /// Keeps an account's credential; one that is there stays as it is. Answers the one that is kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_for_account(
        &mut self,
        account_id: AccountId,
        peer: &str,
        new: &SealedCredential,
    ) -> Result<SealedCredential> {
        diesel::insert_into(account_credentials::table)
            .values((
                account_credentials::id.eq(new.id.as_uuid()),
                account_credentials::account_id.eq(account_id.as_uuid()),
                account_credentials::peer.eq(peer),
                account_credentials::username.eq(&new.username),
                account_credentials::key_id.eq(&new.sealed.key_id),
                account_credentials::sealed.eq(&new.sealed.bytes),
            ))
            .on_conflict_do_nothing()
            .execute(self.connection)
            .await?;
        self.find_for_account(account_id, peer, &new.username)
            .await?
            .ok_or(crate::Error::NotFound { what: "credential" })
    }
}
