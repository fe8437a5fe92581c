//! What relying parties are told about a person.

use bheem_domain::{AccountId, DomainName, EmailAddress, TenantId, TenantRole};
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
    schema::{domains, tenant_users, tenants, users},
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
    /// The tenant that has proven the domain of the person's address, if one has.
    pub domain_tenant: Option<TenantId>,
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
    /// Whether the tenant lets nobody in who has proven one factor alone.
    pub requires_second_factor: bool,
}

impl PersonClaims {
    /// The address, where others may rely on it: the person has proven it, and no tenant that they do
    /// not belong to has proven its domain.
    #[must_use]
    pub fn proven_email(&self) -> Option<&EmailAddress> {
        let is_own_domain = self
            .domain_tenant
            .is_none_or(|tenant| self.places.iter().any(|place| place.tenant_id == tenant));
        let email = self.account.email.as_ref();
        email.filter(|_| self.account.email_verified_at.is_some() && is_own_domain)
    }

    /// What others may call the person: the name to sign in with, unless it is an address that is not
    /// theirs beyond doubt.
    #[must_use]
    pub fn public_name(&self) -> String {
        let username = &self.account.username;
        let is_proven = || {
            let proven = self.proven_email().map(ToString::to_string);
            proven.is_some_and(|proven| proven.eq_ignore_ascii_case(username))
        };
        if !looks_like_address(username) || is_proven() {
            username.clone()
        } else {
            format!("user-{}", self.number)
        }
    }

    /// The person's name, unless it is made to look like an address.
    #[must_use]
    pub fn display_name(&self) -> Option<&str> {
        let name = self.account.full_name.as_deref().map(str::trim)?;
        (!name.is_empty() && !looks_like_address(name)).then_some(name)
    }
}

/// Also with a sign that only looks like the one of addresses.
fn looks_like_address(name: &str) -> bool {
    name.contains(['@', '\u{ff20}', '\u{fe6b}'])
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
        let account = AccountRecord::try_from(account)?;
        let domain_tenant = match &account.email {
            Some(email) => self.tenant_of(email.domain()).await?,
            None => None,
        };
        Ok(Some(PersonClaims {
            account,
            domain_tenant,
            number,
            phone,
            phone_verified_at,
            locale,
            updated_at,
            places: self.places(account_id).await?,
        }))
    }

    async fn tenant_of(&mut self, domain: &DomainName) -> Result<Option<TenantId>> {
        Ok(domains::table
            .filter(domains::domain.eq(domain.as_str()))
            .filter(domains::ownership_verified)
            .select(domains::tenant_id)
            .first::<Uuid>(self.connection)
            .await
            .optional()?
            .map(Into::into))
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
            .select((
                tenants::id,
                tenants::slug,
                tenant_users::role,
                tenants::requires_second_factor,
            ))
            .load::<(Uuid, String, String, bool)>(self.connection)
            .await?
            .into_iter()
            .map(|(tenant_id, slug, role, requires_second_factor)| {
                Ok(Place {
                    tenant_id: tenant_id.into(),
                    slug,
                    role: parse("workspace.tenant_users", role.parse())?,
                    requires_second_factor,
                })
            })
            .collect()
    }
}
