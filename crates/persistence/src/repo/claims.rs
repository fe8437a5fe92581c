//! What relying parties are told about a person.

use bheem_domain::{AccountId, TenantId, TenantRole};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{
    accounts::{AccountRecord, AccountRow},
    parse,
};
use crate::{
    Result,
    schema::{tenant_users, tenants, users},
};

/// More memberships than this are not told.
const MOST: i64 = 1_000;

/// A person, as relying parties see them.
#[derive(Debug, Clone)]
pub struct PersonClaims {
    /// The account.
    pub account: AccountRecord,
    /// For applications that know people by a number only.
    pub number: i64,
    /// Telephone number.
    pub phone: Option<String>,
    /// When it was proven.
    pub phone_verified_at: Option<DateTime<Utc>>,
    /// Language and region.
    pub locale: Option<String>,
    /// When the account was last changed.
    pub updated_at: DateTime<Utc>,
    /// Where the person is an active member: open tenants alone, oldest membership first.
    pub places: Vec<Place>,
}

/// A person's place in an open tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Its short name.
    pub slug: String,
    /// The role there.
    pub role: TenantRole,
}

type PersonRow = (
    AccountRow,
    i64,
    Option<String>,
    Option<DateTime<Utc>>,
    Option<String>,
    DateTime<Utc>,
);

/// Claims about people, on an open connection.
pub struct Claims<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> Claims<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// The person behind an account, whether it may sign in or not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(&mut self, account_id: AccountId) -> Result<Option<PersonClaims>> {
        let person: Option<PersonRow> = users::table
            .find(account_id.as_uuid())
            .select((
                AccountRow::as_select(),
                users::number,
                users::phone,
                users::phone_verified_at,
                users::locale,
                users::updated_at,
            ))
            .first(self.connection)
            .await
            .optional()?;
        let Some((account, number, phone, phone_verified_at, locale, updated_at)) = person else {
            return Ok(None);
        };
        Ok(Some(PersonClaims {
            account: account.try_into()?,
            number,
            phone,
            phone_verified_at,
            locale,
            updated_at,
            places: self.places(account_id).await?,
        }))
    }

    async fn places(&mut self, account_id: AccountId) -> Result<Vec<Place>> {
        tenants::table
            .inner_join(tenant_users::table.on(tenant_users::tenant_id.eq(tenants::id)))
            .filter(tenant_users::user_id.eq(account_id.as_uuid()))
            .filter(tenant_users::is_active)
            .filter(tenants::is_active)
            .filter(diesel::dsl::not(tenants::is_suspended))
            .filter(tenants::deleted_at.is_null())
            .order((tenant_users::created_at, tenants::id))
            .limit(MOST)
            .select((tenants::id, tenants::slug, tenant_users::role))
            .load::<(Uuid, String, String)>(self.connection)
            .await?
            .into_iter()
            .map(|(tenant_id, slug, role)| {
                Ok(Place {
                    tenant_id: tenant_id.into(),
                    slug,
                    role: parse("workspace.tenant_users", role.parse())?,
                })
            })
            .collect()
    }
}
