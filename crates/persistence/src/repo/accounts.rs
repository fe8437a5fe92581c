//! Accounts: people who can sign in.

use bheem_domain::{AccountId, EmailAddress, PlatformRole, TenantId};
use chrono::{DateTime, Utc};
use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{Bool, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{exactly_one, parse};
use crate::{
    Error, Result,
    schema::{tenant_users, users},
};

/// A person who can sign in.
#[derive(Clone)]
pub struct AccountRecord {
    /// Which account.
    pub id: AccountId,
    /// The unique name; often an address.
    pub username: String,
    /// The address, proven or not.
    pub email: Option<EmailAddress>,
    /// Argon2id or bcrypt hash; `None` until a password was set.
    pub hashed_password: Option<String>,
    /// The person's name.
    pub full_name: Option<String>,
    /// Role on the platform.
    pub role: PlatformRole,
    /// Company of an ERP.
    pub company_id: Option<Uuid>,
    /// Company code of an ERP.
    pub company_code: Option<String>,
    /// Person of an ERP.
    pub person_id: Option<Uuid>,
    /// Whether the account may sign in.
    pub is_active: bool,
    /// Where it comes from.
    pub origin: Origin,
    /// When the address was proven.
    pub email_verified_at: Option<DateTime<Utc>>,
    /// Where the invitation went, for an invited account.
    pub invitation_email: Option<String>,
    /// Telephone number, proven or not.
    pub phone: Option<String>,
    /// When the number was proven.
    pub phone_verified_at: Option<DateTime<Utc>>,
    /// The language the person wants (BCP 47).
    pub locale: Option<String>,
    /// The name until somebody else proved that it is their address.
    pub former_username: Option<String>,
    /// For applications that know people by a number only.
    pub number: i64,
    /// When the password was last changed.
    pub password_changed_at: Option<DateTime<Utc>>,
    /// The tenant that made it on a domain which it had proven, and that alone opens and closes it.
    pub managed_by: Option<TenantId>,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
    /// When something about it last changed.
    pub updated_at: DateTime<Utc>,
}

/// Where an account comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The person registered.
    Registered,
    /// A tenant invited the person.
    Invited,
    /// Made by the command line.
    Bootstrap,
    /// Mirrored from the Passport service.
    Passport,
    /// Mirrored from the database of an ERP.
    ErpDatabase,
}

/// An account that is to be made.
#[derive(Clone)]
pub struct NewAccount {
    /// Its id.
    pub id: AccountId,
    /// Its name.
    pub username: String,
    /// Its address.
    pub email: Option<EmailAddress>,
    /// Argon2id hash.
    pub hashed_password: Option<String>,
    /// The person's name.
    pub full_name: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Role on the platform.
    pub role: PlatformRole,
    /// Company code of an ERP.
    pub company_code: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
    /// Where the invitation goes.
    pub invitation_email: Option<String>,
    /// Set when the address is proven from the start.
    pub email_verified_at: Option<DateTime<Utc>>,
    /// Now.
    pub created_at: DateTime<Utc>,
}

macro_rules! debug_without_hash {
    ($($name:ident),*) => {$(
        impl std::fmt::Debug for $name {
            /// Without the hash of the password.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("id", &self.id)
                    .field("username", &self.username)
                    .field("email", &self.email)
                    .field("role", &self.role)
                    .field("origin", &self.origin)
                    .finish_non_exhaustive()
            }
        }
    )*};
}
debug_without_hash!(AccountRecord, NewAccount);

#[derive(Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub(super) struct AccountRow {
    id: Uuid,
    username: String,
    email: Option<String>,
    hashed_password: Option<String>,
    full_name: Option<String>,
    role: String,
    company_id: Option<Uuid>,
    company_code: Option<String>,
    person_id: Option<Uuid>,
    is_active: bool,
    origin: String,
    email_verified_at: Option<DateTime<Utc>>,
    invitation_email: Option<String>,
    phone: Option<String>,
    phone_verified_at: Option<DateTime<Utc>>,
    locale: Option<String>,
    former_username: Option<String>,
    number: i64,
    password_changed_at: Option<DateTime<Utc>>,
    managed_by: Option<Uuid>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<AccountRow> for AccountRecord {
    type Error = Error;

    fn try_from(row: AccountRow) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            username: row.username,
            email: row
                .email
                .map(|email| parse("auth.users", EmailAddress::parse(&email)))
                .transpose()?,
            hashed_password: row.hashed_password,
            full_name: row.full_name,
            role: parse("auth.users", row.role.parse())?,
            company_id: row.company_id,
            company_code: row.company_code,
            person_id: row.person_id,
            is_active: row.is_active,
            origin: Origin::parse(&row.origin)?,
            email_verified_at: row.email_verified_at,
            invitation_email: row.invitation_email,
            phone: row.phone,
            phone_verified_at: row.phone_verified_at,
            locale: row.locale,
            former_username: row.former_username,
            number: row.number,
            password_changed_at: row.password_changed_at,
            managed_by: row.managed_by.map(Into::into),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl Origin {
    /// The word in rows and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Invited => "invited",
            Self::Bootstrap => "bootstrap",
            Self::Passport => "passport",
            Self::ErpDatabase => "erp_database",
        }
    }

    fn parse(word: &str) -> Result<Self> {
        match word {
            "registered" => Ok(Self::Registered),
            "invited" => Ok(Self::Invited),
            "bootstrap" => Ok(Self::Bootstrap),
            "passport" => Ok(Self::Passport),
            "erp_database" => Ok(Self::ErpDatabase),
            other => Err(Error::inconsistent("auth.users", other)),
        }
    }
}

/// Accounts, on an open connection.
pub struct Accounts<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> Accounts<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    pub(super) fn connection(&mut self) -> &mut AsyncPgConnection {
        self.connection
    }

    /// The account with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(&mut self, id: AccountId) -> Result<Option<AccountRecord>> {
        users::table
            .find(id.as_uuid())
            .select(AccountRow::as_select())
            .first(self.connection)
            .await
            .optional()?
            .map(AccountRecord::try_from)
            .transpose()
    }

    /// The account, held until the transaction ends, so that nobody else gives or takes its right to
    /// sign in meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock(&mut self, id: AccountId) -> Result<Option<AccountRecord>> {
        users::table
            .find(id.as_uuid())
            .for_no_key_update()
            .select(AccountRow::as_select())
            .first(self.connection)
            .await
            .optional()?
            .map(AccountRecord::try_from)
            .transpose()
    }

    /// The account that signs in as `name`: by proven address first, then by name, so that a name
    /// which looks like somebody's address cannot stand before its owner.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_for_sign_in(&mut self, name: &str) -> Result<Option<AccountRecord>> {
        // PostgreSQL takes no NUL in a text, and so nobody is called that.
        if name.contains('\0') {
            return Ok(None);
        }
        let is_proven = users::email_verified_at.is_not_null();
        users::table
            .filter(
                sql::<Bool>("lower(email) = lower(")
                    .bind::<Text, _>(name)
                    .sql(")")
                    .and(is_proven)
                    .or(sql::<Bool>("lower(username) = lower(")
                        .bind::<Text, _>(name)
                        .sql(") AND NOT shares_name")),
            )
            .order(
                sql::<Bool>("lower(coalesce(email, '')) = lower(")
                    .bind::<Text, _>(name)
                    .sql(") AND email_verified_at IS NOT NULL DESC"),
            )
            .select(AccountRow::as_select())
            .first(self.connection)
            .await
            .optional()?
            .map(AccountRecord::try_from)
            .transpose()
    }

    /// The account which an invitation of `email` means: the one that has proven the address, or one
    /// that was invited at exactly that address and has never been used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_by_email(&mut self, email: &EmailAddress) -> Result<Option<AccountRecord>> {
        let text = email.to_string();
        users::table
            .filter(sql::<Bool>("lower(email) = ").bind::<Text, _>(&text))
            .filter(
                users::email_verified_at.is_not_null().or(users::origin
                    .eq(Origin::Invited.as_str())
                    .and(users::hashed_password.is_null())
                    .and(users::invitation_email.eq(&text).assume_not_null())),
            )
            .order((users::email_verified_at.asc().nulls_last(), users::id.asc()))
            .select(AccountRow::as_select())
            .first(self.connection)
            .await
            .optional()?
            .map(AccountRecord::try_from)
            .transpose()
    }

    /// Whether the name is taken.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_username_taken(&mut self, username: &str) -> Result<bool> {
        let taken = users::table.filter(
            sql::<Bool>("lower(username) = lower(")
                .bind::<Text, _>(username)
                .sql(") AND NOT shares_name"),
        );
        Ok(diesel::select(diesel::dsl::exists(taken))
            .get_result(self.connection)
            .await?)
    }

    /// Adds an account.
    ///
    /// # Errors
    /// [`Error::Duplicate`] of `users_username` or `users_verified_email`.
    pub async fn insert(&mut self, new: &NewAccount) -> Result<AccountRecord> {
        self.insert_as(new, false).await
    }

    pub(super) async fn insert_as(
        &mut self,
        new: &NewAccount,
        shares_name: bool,
    ) -> Result<AccountRecord> {
        diesel::insert_into(users::table)
            .values((
                users::id.eq(new.id.as_uuid()),
                users::username.eq(&new.username),
                users::email.eq(new.email.as_ref().map(ToString::to_string)),
                users::hashed_password.eq(&new.hashed_password),
                users::full_name.eq(&new.full_name),
                users::phone.eq(&new.phone),
                users::role.eq(new.role.as_str()),
                users::company_code.eq(&new.company_code),
                users::origin.eq(new.origin.as_str()),
                users::invitation_email.eq(&new.invitation_email),
                users::email_verified_at.eq(new.email_verified_at),
                users::created_at.eq(new.created_at),
                users::updated_at.eq(new.created_at),
                users::shares_name.eq(shares_name),
            ))
            .returning(AccountRow::as_returning())
            .get_result(self.connection)
            .await?
            .try_into()
    }

    /// Gives the person another name.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn set_full_name(&mut self, id: AccountId, name: &str) -> Result<()> {
        let rows = diesel::update(users::table.find(id.as_uuid()))
            .set(users::full_name.eq(name))
            .execute(self.connection)
            .await?;
        exactly_one("account", rows)
    }

    /// Gives the account another address, which is proven, and another name to sign in with.
    ///
    /// # Errors
    /// [`Error::Duplicate`] of `users_username` or `users_verified_email`, [`Error::NotFound`].
    pub async fn move_to(
        &mut self,
        id: AccountId,
        email: &EmailAddress,
        username: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let rows = diesel::update(users::table.find(id.as_uuid()))
            .set((
                users::email.eq(email.to_string()),
                users::username.eq(username),
                users::shares_name.eq(false),
                users::email_verified_at.eq(now),
            ))
            .execute(self.connection)
            .await?;
        exactly_one("account", rows)
    }

    /// Replaces the password's hash.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn set_password(
        &mut self,
        id: AccountId,
        hash: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let rows = diesel::update(users::table.find(id.as_uuid()))
            .set((
                users::hashed_password.eq(hash),
                users::password_changed_at.eq(now),
            ))
            .execute(self.connection)
            .await?;
        exactly_one("account", rows)
    }

    /// Replaces the hash of an unchanged password by a better one, unless the password was changed
    /// meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rehash(&mut self, id: AccountId, before: &str, after: &str) -> Result<bool> {
        let rows = diesel::update(
            users::table
                .find(id.as_uuid())
                .filter(users::hashed_password.eq(before)),
        )
        .set(users::hashed_password.eq(after))
        .execute(self.connection)
        .await?;
        Ok(rows == 1)
    }

    /// Keeps a telephone number that was proven.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn prove_phone(
        &mut self,
        id: AccountId,
        phone: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let rows = diesel::update(users::table.find(id.as_uuid()))
            .set((users::phone.eq(phone), users::phone_verified_at.eq(now)))
            .execute(self.connection)
            .await?;
        exactly_one("account", rows)
    }

    /// Notes where in an ERP the person belongs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_company(
        &mut self,
        id: AccountId,
        company_id: Option<Uuid>,
        person_id: Option<Uuid>,
    ) -> Result<()> {
        diesel::update(users::table.find(id.as_uuid()))
            .set((
                users::company_id.eq(company_id),
                users::person_id.eq(person_id),
            ))
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// Whether a tenant that the person is an active member of demands a second factor.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn requires_second_factor(&mut self, id: AccountId) -> Result<bool> {
        // A subquery of its own keeps the order: the person's few places first, whatever the statistics say.
        let demanding = tenant_users::table
            .filter(tenant_users::user_id.eq(id.as_uuid()))
            .filter(tenant_users::is_active)
            .filter(sql::<Bool>(
                "(SELECT t.requires_second_factor AND t.deleted_at IS NULL \
                 FROM workspace.tenants t WHERE t.id = tenant_users.tenant_id)",
            ));
        Ok(diesel::select(diesel::dsl::exists(demanding))
            .get_result(self.connection)
            .await?)
    }

    /// Notes a sign-in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_sign_in(&mut self, id: AccountId, now: DateTime<Utc>) -> Result<()> {
        diesel::update(users::table.find(id.as_uuid()))
            .set(users::last_login_at.eq(now))
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// Notes in every tenant whose member the person is that they came.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_joined(&mut self, id: AccountId, now: DateTime<Utc>) -> Result<()> {
        diesel::update(
            tenant_users::table
                .filter(tenant_users::user_id.eq(id.as_uuid()))
                .filter(tenant_users::consent.eq("given"))
                .filter(tenant_users::joined_at.is_null()),
        )
        .set(tenant_users::joined_at.eq(now))
        .execute(self.connection)
        .await?;
        Ok(())
    }

    /// Lets the account sign in, or not.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn set_active(&mut self, id: AccountId, is_active: bool) -> Result<()> {
        let rows = diesel::update(users::table.find(id.as_uuid()))
            .set(users::is_active.eq(is_active))
            .execute(self.connection)
            .await?;
        exactly_one("account", rows)
    }

    /// Deletes an invited account that nobody has used and that belongs to no tenant any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_if_unused(&mut self, id: AccountId) -> Result<bool> {
        let rows = diesel::sql_query(
            "DELETE FROM auth.users u WHERE id = $1 AND origin = 'invited' \
             AND hashed_password IS NULL AND last_login_at IS NULL \
             AND NOT EXISTS (SELECT 1 FROM workspace.tenant_users m WHERE m.user_id = u.id)",
        )
        .bind::<diesel::sql_types::Uuid, _>(id.as_uuid())
        .execute(self.connection)
        .await?;
        Ok(rows == 1)
    }

    /// Whether any account has this role.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_role(&mut self, role: PlatformRole) -> Result<bool> {
        let found = users::table.filter(users::role.eq(role.as_str()));
        Ok(diesel::select(diesel::dsl::exists(found))
            .get_result(self.connection)
            .await?)
    }
}
