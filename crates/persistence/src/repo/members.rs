//! Members: people in a tenant.

use bheem_domain::{AccountId, DomainName, EmailAddress, MemberId, RunId, TenantId, TenantRole};
use chrono::{DateTime, Utc};
use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{Bool, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::{exactly_one, parse};
use crate::{
    Cursor, Error, PageRequest, Result,
    schema::{tenant_users, users},
};

/// Whether the person agreed to be a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// They did, or the tenant manages their account.
    Given,
    /// They are invited and have not answered.
    Pending,
    /// They declined, left, or were removed; they are asked again first.
    Ended,
}

impl Consent {
    /// The word in the database.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Pending => "pending",
            Self::Ended => "ended",
        }
    }

    fn parse(word: &str) -> Result<Self> {
        match word {
            "given" => Ok(Self::Given),
            "pending" => Ok(Self::Pending),
            "ended" => Ok(Self::Ended),
            other => Err(Error::inconsistent("workspace.tenant_users", other)),
        }
    }
}

/// A person in a tenant.
#[derive(Debug, Clone)]
pub struct MemberRecord {
    /// Which membership.
    pub id: MemberId,
    /// Whose.
    pub tenant_id: TenantId,
    /// The account behind it.
    pub user_id: AccountId,
    /// Name to sign in with.
    pub username: String,
    /// The address in this tenant.
    pub email: EmailAddress,
    /// The person's name.
    pub name: String,
    /// A private address, for the invitation.
    pub personal_email: Option<EmailAddress>,
    /// The role in this tenant.
    pub role: TenantRole,
    /// Holds a seat and may use the tenant.
    pub is_active: bool,
    /// The run that adds the person has passed its point of no return.
    pub is_confirmed: bool,
    /// Whether they agreed.
    pub consent: Consent,
    /// The tenant manages the account.
    pub is_managed: bool,
    /// The address before the account went with its domain.
    pub former_email: Option<String>,
    /// Finer rights, for user interfaces.
    pub permissions: Value,
    /// Who invited.
    pub invited_by: Option<AccountId>,
    /// When.
    pub invited_at: Option<DateTime<Utc>>,
    /// When the person first set a password or was made owner.
    pub joined_at: Option<DateTime<Utc>>,
    /// The latest run that gives or takes services.
    pub run_id: Option<RunId>,
    /// Raised by each change of what the person should have.
    pub generation: i32,
    /// Whether the person is to have a mailbox, where the address allows one.
    pub wants_mailbox: bool,
    /// Where the person's mailbox is, if not at the address: it stays where it was made.
    pub mailbox_address: Option<EmailAddress>,
    /// When the membership was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl MemberRecord {
    /// The address at which the person's mailbox is, if there is one.
    #[must_use]
    pub fn mailbox(&self) -> &EmailAddress {
        self.mailbox_address.as_ref().unwrap_or(&self.email)
    }
}

/// A membership that is to be made.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// Its id.
    pub id: MemberId,
    /// The account.
    pub user_id: AccountId,
    /// The address in this tenant.
    pub email: EmailAddress,
    /// The person's name.
    pub name: String,
    /// A private address.
    pub personal_email: Option<EmailAddress>,
    /// The role.
    pub role: TenantRole,
    /// Whether there is nothing to wait for, as for the person who makes the tenant.
    pub is_confirmed: bool,
    /// `self`, `admin` or `platform`.
    pub provisioned_by: &'static str,
    /// Who invites.
    pub invited_by: Option<AccountId>,
    /// When, if it is an invitation.
    pub invited_at: Option<DateTime<Utc>>,
    /// When the person joined, if that is now.
    pub joined_at: Option<DateTime<Utc>>,
    /// Now.
    pub created_at: DateTime<Utc>,
}

/// What to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct MemberChange {
    /// New name.
    pub name: Option<String>,
    /// New role.
    pub role: Option<TenantRole>,
    /// New private address; `Some(None)` clears it.
    pub personal_email: Option<Option<EmailAddress>>,
    /// New rights.
    pub permissions: Option<Value>,
    /// Give or take the seat.
    pub is_active: Option<bool>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = tenant_users, check_for_backend(diesel::pg::Pg))]
struct MemberRow {
    id: Uuid,
    tenant_id: Uuid,
    user_id: Uuid,
    email: String,
    name: String,
    personal_email: Option<String>,
    role: String,
    is_active: bool,
    is_confirmed: bool,
    consent: String,
    former_email: Option<String>,
    permissions: Value,
    invited_by: Option<Uuid>,
    invited_at: Option<DateTime<Utc>>,
    joined_at: Option<DateTime<Utc>>,
    run_id: Option<Uuid>,
    generation: i32,
    wants_mailbox: bool,
    mailbox_address: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

fn record((row, username, managed_by): (MemberRow, String, Option<Uuid>)) -> Result<MemberRecord> {
    const TABLE: &str = "workspace.tenant_users";
    Ok(MemberRecord {
        id: row.id.into(),
        tenant_id: row.tenant_id.into(),
        user_id: row.user_id.into(),
        username,
        email: parse(TABLE, EmailAddress::parse(&row.email))?,
        name: row.name,
        personal_email: row
            .personal_email
            .map(|email| parse(TABLE, EmailAddress::parse(&email)))
            .transpose()?,
        role: parse(TABLE, row.role.parse())?,
        is_active: row.is_active,
        is_confirmed: row.is_confirmed,
        consent: Consent::parse(&row.consent)?,
        is_managed: managed_by == Some(row.tenant_id),
        former_email: row.former_email,
        permissions: row.permissions,
        invited_by: row.invited_by.map(Into::into),
        invited_at: row.invited_at,
        joined_at: row.joined_at,
        run_id: row.run_id.map(Into::into),
        generation: row.generation,
        wants_mailbox: row.wants_mailbox,
        mailbox_address: row
            .mailbox_address
            .map(|address| parse(TABLE, EmailAddress::parse(&address)))
            .transpose()?,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

/// The members of one tenant, on an open connection.
pub struct Members<'c> {
    connection: &'c mut AsyncPgConnection,
    tenant_id: TenantId,
}

impl<'c> Members<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection, tenant_id: TenantId) -> Self {
        Self {
            connection,
            tenant_id,
        }
    }

    /// The membership with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(&mut self, id: MemberId) -> Result<Option<MemberRecord>> {
        self.query()
            .filter(tenant_users::id.eq(id.as_uuid()))
            .first(self.connection)
            .await
            .optional()?
            .map(record)
            .transpose()
    }

    /// The membership of this account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_by_account(&mut self, id: AccountId) -> Result<Option<MemberRecord>> {
        self.query()
            .filter(tenant_users::user_id.eq(id.as_uuid()))
            .first(self.connection)
            .await
            .optional()?
            .map(record)
            .transpose()
    }

    /// The membership with this address.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_by_email(&mut self, email: &EmailAddress) -> Result<Option<MemberRecord>> {
        self.query()
            .filter(sql::<Bool>("lower(tenant_users.email) = ").bind::<Text, _>(email.to_string()))
            .first(self.connection)
            .await
            .optional()?
            .map(record)
            .transpose()
    }

    /// A page of members, in the order they came.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(
        &mut self,
        role: Option<TenantRole>,
        page: &PageRequest,
    ) -> Result<Vec<MemberRecord>> {
        let mut query = self
            .query()
            .order((tenant_users::created_at, tenant_users::id))
            .limit(page.limit);
        if let Some(role) = role {
            query = query.filter(tenant_users::role.eq(role.as_str()));
        }
        query = match page.after {
            Some(Cursor { created_at, id }) => query.filter(
                tenant_users::created_at
                    .gt(created_at)
                    .or(tenant_users::created_at
                        .eq(created_at)
                        .and(tenant_users::id.gt(id))),
            ),
            None => query.offset(page.skip),
        };
        query
            .load(self.connection)
            .await?
            .into_iter()
            .map(record)
            .collect()
    }

    /// Adds a member. The caller holds the tenant's row and has found a seat.
    ///
    /// # Errors
    /// [`crate::Error::Duplicate`] of `tenant_users_email` or `tenant_users_tenant_id_user_id_key`.
    pub async fn insert(&mut self, new: &NewMember) -> Result<()> {
        self.insert_with(new, Consent::Given).await
    }

    pub(super) async fn insert_with(&mut self, new: &NewMember, consent: Consent) -> Result<()> {
        diesel::insert_into(tenant_users::table)
            .values((
                (
                    tenant_users::tenant_id.eq(self.tenant_id.as_uuid()),
                    tenant_users::id.eq(new.id.as_uuid()),
                    tenant_users::user_id.eq(new.user_id.as_uuid()),
                    tenant_users::email.eq(new.email.to_string()),
                    tenant_users::name.eq(&new.name),
                    tenant_users::personal_email
                        .eq(new.personal_email.as_ref().map(ToString::to_string)),
                    tenant_users::role.eq(new.role.as_str()),
                    tenant_users::is_active.eq(consent == Consent::Given),
                    tenant_users::is_confirmed.eq(new.is_confirmed),
                    tenant_users::consent.eq(consent.as_str()),
                ),
                (
                    tenant_users::provisioned_by.eq(new.provisioned_by),
                    tenant_users::invited_by.eq(new.invited_by.map(AccountId::as_uuid)),
                    tenant_users::invited_at.eq(new.invited_at),
                    tenant_users::joined_at.eq(new.joined_at),
                    tenant_users::created_at.eq(new.created_at),
                    tenant_users::updated_at.eq(new.created_at),
                ),
            ))
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// Changes what `change` names; giving or taking a seat raises the generation.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
    pub async fn update(&mut self, id: MemberId, change: &MemberChange) -> Result<()> {
        #[derive(AsChangeset)]
        #[diesel(table_name = tenant_users)]
        struct Set<'a> {
            name: Option<&'a str>,
            role: Option<&'static str>,
            personal_email: Option<Option<String>>,
            permissions: Option<&'a Value>,
            is_active: Option<bool>,
        }
        let set = Set {
            name: change.name.as_deref(),
            role: change.role.map(TenantRole::as_str),
            personal_email: change
                .personal_email
                .as_ref()
                .map(|email| email.as_ref().map(ToString::to_string)),
            permissions: change.permissions.as_ref(),
            is_active: change.is_active,
        };
        let step = i32::from(change.is_active.is_some());
        let rows = diesel::update(self.one(id))
            .set((
                set,
                tenant_users::generation.eq(tenant_users::generation + step),
            ))
            .execute(self.connection)
            .await?;
        exactly_one("member", rows)
    }

    /// Gives the member another address.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`], [`crate::Error::Duplicate`] of `tenant_users_email`.
    pub async fn set_email(&mut self, id: MemberId, email: &EmailAddress) -> Result<()> {
        let rows = diesel::update(self.one(id))
            .set(tenant_users::email.eq(email.to_string()))
            .execute(self.connection)
            .await?;
        exactly_one("member", rows)
    }

    /// Notes the run that now gives or takes services.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
    pub async fn set_run(&mut self, id: MemberId, run_id: RunId) -> Result<()> {
        let rows = diesel::update(self.one(id))
            .set(tenant_users::run_id.eq(run_id.as_uuid()))
            .execute(self.connection)
            .await?;
        exactly_one("member", rows)
    }

    /// Gives the person another address; the mailbox stays where it is.
    ///
    /// # Errors
    /// [`crate::Error::Duplicate`] of `tenant_users_email`, [`crate::Error::NotFound`].
    pub async fn move_to(
        &mut self,
        id: MemberId,
        email: &EmailAddress,
        mailbox: &EmailAddress,
    ) -> Result<()> {
        let mailbox = (mailbox != email).then(|| mailbox.to_string());
        let rows = diesel::update(self.one(id))
            .set((
                tenant_users::email.eq(email.to_string()),
                tenant_users::mailbox_address.eq(mailbox),
            ))
            .execute(self.connection)
            .await?;
        exactly_one("member", rows)
    }

    /// Notes whether the person is to have a mailbox.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
    pub async fn set_wants_mailbox(&mut self, id: MemberId, wants: bool) -> Result<()> {
        let rows = diesel::update(self.one(id))
            .set(tenant_users::wants_mailbox.eq(wants))
            .execute(self.connection)
            .await?;
        exactly_one("member", rows)
    }

    /// Members with ids beyond `after`, in the order of their ids, who ever were given or denied services.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_served(
        &mut self,
        after: Option<MemberId>,
        limit: i64,
    ) -> Result<Vec<MemberRecord>> {
        let mut query = self
            .query()
            .filter(tenant_users::run_id.is_not_null())
            .order(tenant_users::id)
            .limit(limit);
        if let Some(after) = after {
            query = query.filter(tenant_users::id.gt(after.as_uuid()));
        }
        query
            .load(self.connection)
            .await?
            .into_iter()
            .map(record)
            .collect()
    }

    /// Passes the point of no return.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
    pub async fn confirm(&mut self, id: MemberId) -> Result<()> {
        let rows = diesel::update(self.one(id))
            .set(tenant_users::is_confirmed.eq(true))
            .execute(self.connection)
            .await?;
        exactly_one("member", rows)
    }

    /// Removes a membership that was never confirmed. Answers whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_unconfirmed(&mut self, id: MemberId) -> Result<bool> {
        let rows = diesel::delete(
            tenant_users::table
                .filter(tenant_users::tenant_id.eq(self.tenant_id.as_uuid()))
                .filter(tenant_users::id.eq(id.as_uuid()))
                .filter(tenant_users::is_confirmed.eq(false)),
        )
        .execute(self.connection)
        .await?;
        Ok(rows == 1)
    }

    /// Active members with an address on the domain whose accounts the tenant manages.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn managed_on(&mut self, domain: &DomainName) -> Result<Vec<MemberId>> {
        let ids: Vec<Uuid> = tenant_users::table
            .inner_join(users::table.on(users::id.eq(tenant_users::user_id)))
            .filter(tenant_users::tenant_id.eq(self.tenant_id.as_uuid()))
            .filter(tenant_users::is_active)
            .filter(users::managed_by.eq(self.tenant_id.as_uuid()))
            .filter(
                sql::<Bool>("split_part(lower(tenant_users.email), '@', 2) = ")
                    .bind::<Text, _>(domain.as_str()),
            )
            .order(tenant_users::id)
            .select(tenant_users::id)
            .load(self.connection)
            .await?;
        Ok(ids.into_iter().map(Into::into).collect())
    }

    /// The active owners; a tenant has few.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn active_owners(&mut self) -> Result<Vec<MemberRecord>> {
        self.query()
            .filter(tenant_users::role.eq(TenantRole::Owner.as_str()))
            .filter(tenant_users::is_active)
            .order(tenant_users::id)
            .limit(100)
            .load(self.connection)
            .await?
            .into_iter()
            .map(record)
            .collect()
    }

    /// How many active owners there are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_active_owners(&mut self) -> Result<i64> {
        Ok(tenant_users::table
            .filter(tenant_users::tenant_id.eq(self.tenant_id.as_uuid()))
            .filter(tenant_users::role.eq(TenantRole::Owner.as_str()))
            .filter(tenant_users::is_active)
            .count()
            .get_result(self.connection)
            .await?)
    }

    pub(super) fn connection(&mut self) -> &mut AsyncPgConnection {
        self.connection
    }

    pub(super) fn tenant(&self) -> Uuid {
        self.tenant_id.as_uuid()
    }

    pub(super) fn one(&self, id: MemberId) -> diesel::dsl::Find<tenant_users::table, (Uuid, Uuid)> {
        tenant_users::table.find((self.tenant_id.as_uuid(), id.as_uuid()))
    }

    fn query(&self) -> MemberQuery {
        tenant_users::table
            .inner_join(users::table.on(users::id.eq(tenant_users::user_id)))
            .filter(tenant_users::tenant_id.eq(self.tenant_id.as_uuid()))
            .select((MemberRow::as_select(), users::username, users::managed_by))
            .into_boxed()
    }
}

type MemberQuery = diesel::dsl::IntoBoxed<
    'static,
    diesel::dsl::Select<
        diesel::dsl::InnerJoinOn<
            tenant_users::table,
            users::table,
            diesel::dsl::Eq<users::id, tenant_users::user_id>,
        >,
        (
            diesel::dsl::AsSelect<MemberRow, diesel::pg::Pg>,
            users::username,
            users::managed_by,
        ),
    >,
    diesel::pg::Pg,
>;
