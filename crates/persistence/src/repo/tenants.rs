//! Tenants: from outside ([`Tenants`]) and from inside ([`Tenant`]).

use bheem_domain::{AccountId, EmailAddress, Limit, PlanCode, Quotas, Slug, TenantId, TenantRole};
use bigdecimal::{BigDecimal, ToPrimitive};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::{exactly_one, parse};
use crate::{
    Cursor, Error, PageRequest, Result,
    page::contains_pattern,
    schema::{resting_names, tenant_users, tenants, users},
};

/// An organisation.
#[derive(Debug, Clone)]
pub struct TenantRecord {
    /// Which tenant.
    pub id: TenantId,
    /// Its name.
    pub name: String,
    /// Its name in URLs.
    pub slug: Slug,
    /// Free text; never used to find a tenant.
    pub domain: Option<String>,
    /// Label: the owner's address.
    pub owner_email: String,
    /// Label: the owner's name.
    pub owner_name: Option<String>,
    /// Code of its plan.
    pub plan: PlanCode,
    /// Whether it may be used.
    pub is_active: bool,
    /// Whether it was suspended.
    pub is_suspended: bool,
    /// Why.
    pub suspended_reason: Option<String>,
    /// What its plan granted when it was chosen.
    pub quotas: Quotas,
    /// Hours of meetings used.
    pub meet_used_hours: f64,
    /// MiB of files used.
    pub docs_used_mb: f64,
    /// MiB of mail used.
    pub mail_used_mb: f64,
    /// MiB of recordings used.
    pub recordings_used_mb: f64,
    /// Settings of its user interface.
    pub settings: Value,
    /// Whether its members must sign in with two factors.
    pub requires_second_factor: bool,
    /// Active members.
    pub seat_count: i32,
    /// Company code of an ERP.
    pub erp_company_code: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// When its trial ends.
    pub trial_ends_at: Option<DateTime<Utc>>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = tenants, check_for_backend(diesel::pg::Pg))]
pub(super) struct TenantRow {
    id: Uuid,
    name: String,
    slug: String,
    domain: Option<String>,
    owner_email: String,
    owner_name: Option<String>,
    plan: String,
    is_active: bool,
    is_suspended: bool,
    suspended_reason: Option<String>,
    max_users: Option<i32>,
    meet_quota_hours: Option<i32>,
    docs_quota_mb: Option<i32>,
    mail_quota_mb: Option<i32>,
    recordings_quota_mb: Option<i32>,
    meet_used_hours: BigDecimal,
    docs_used_mb: BigDecimal,
    mail_used_mb: BigDecimal,
    recordings_used_mb: BigDecimal,
    settings: Value,
    seat_count: i32,
    erp_company_code: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    trial_ends_at: Option<DateTime<Utc>>,
    requires_second_factor: bool,
}

impl TryFrom<TenantRow> for TenantRecord {
    type Error = Error;

    fn try_from(row: TenantRow) -> Result<Self> {
        const TABLE: &str = "workspace.tenants";
        let used = |value: &BigDecimal| value.to_f64().unwrap_or_default();
        Ok(Self {
            id: row.id.into(),
            name: row.name,
            slug: parse(TABLE, Slug::parse(&row.slug))?,
            domain: row.domain,
            owner_email: row.owner_email,
            owner_name: row.owner_name,
            plan: parse(TABLE, PlanCode::parse(&row.plan))?,
            is_active: row.is_active,
            is_suspended: row.is_suspended,
            suspended_reason: row.suspended_reason,
            quotas: Quotas {
                max_users: Limit::from_column(row.max_users),
                meet_hours: Limit::from_column(row.meet_quota_hours),
                docs_mb: Limit::from_column(row.docs_quota_mb),
                mail_mb: Limit::from_column(row.mail_quota_mb),
                recordings_mb: Limit::from_column(row.recordings_quota_mb),
            },
            meet_used_hours: used(&row.meet_used_hours),
            docs_used_mb: used(&row.docs_used_mb),
            mail_used_mb: used(&row.mail_used_mb),
            recordings_used_mb: used(&row.recordings_used_mb),
            settings: row.settings,
            requires_second_factor: row.requires_second_factor,
            seat_count: row.seat_count,
            erp_company_code: row.erp_company_code,
            created_at: row.created_at,
            updated_at: row.updated_at,
            trial_ends_at: row.trial_ends_at,
        })
    }
}

impl TenantRecord {
    /// Whether its people may use it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_active && !self.is_suspended
    }
}

/// A tenant that is to be made.
#[derive(Debug, Clone)]
pub struct NewTenant {
    /// Its id.
    pub id: TenantId,
    /// Its name.
    pub name: String,
    /// Its name in URLs.
    pub slug: Slug,
    /// Free text.
    pub domain: Option<String>,
    /// Label: the owner's address.
    pub owner_email: EmailAddress,
    /// Label: the owner's name.
    pub owner_name: Option<String>,
    /// Its plan.
    pub plan: PlanCode,
    /// What the plan grants.
    pub quotas: Quotas,
    /// When its trial ends.
    pub trial_ends_at: Option<DateTime<Utc>>,
    /// Who makes it.
    pub created_by: Option<AccountId>,
    /// Now.
    pub created_at: DateTime<Utc>,
}

/// What to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct TenantChange {
    /// New name.
    pub name: Option<String>,
    /// New free text; `Some(None)` clears it.
    pub domain: Option<Option<String>>,
    /// New settings.
    pub settings: Option<Value>,
    /// Whether its members must sign in with two factors.
    pub requires_second_factor: Option<bool>,
    /// New state.
    pub is_active: Option<bool>,
    /// Suspend with a reason, or lift the suspension.
    pub suspension: Option<Option<String>>,
    /// New plan and what it grants.
    pub plan: Option<(PlanCode, Quotas)>,
}

/// Which tenants are wanted.
#[derive(Debug, Clone, Default)]
pub struct TenantFilter {
    /// Found anywhere in name or slug; wildcards are literal.
    pub search: Option<String>,
    /// On this plan.
    pub plan: Option<PlanCode>,
    /// Active or not.
    pub is_active: Option<bool>,
}

/// A tenant and a person's role in it.
#[derive(Debug, Clone)]
pub struct Membership {
    /// The tenant.
    pub tenant: TenantRecord,
    /// The role there.
    pub role: TenantRole,
}

/// All tenants, on an open system connection.
pub struct Tenants<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> Tenants<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    pub(super) fn connection(&mut self) -> &mut AsyncPgConnection {
        self.connection
    }

    /// Adds a tenant.
    ///
    /// # Errors
    /// [`Error::Duplicate`] of `idx_tenants_slug`.
    pub async fn insert(&mut self, new: &NewTenant) -> Result<TenantRecord> {
        diesel::insert_into(tenants::table)
            .values((
                (
                    tenants::id.eq(new.id.as_uuid()),
                    tenants::name.eq(&new.name),
                    tenants::slug.eq(new.slug.as_str()),
                    tenants::domain.eq(&new.domain),
                    tenants::owner_email.eq(new.owner_email.to_string()),
                    tenants::owner_name.eq(&new.owner_name),
                    tenants::plan.eq(new.plan.as_str()),
                ),
                quota_columns(&new.quotas),
                (
                    tenants::trial_ends_at.eq(new.trial_ends_at),
                    tenants::created_by.eq(new.created_by.map(AccountId::as_uuid)),
                    tenants::created_at.eq(new.created_at),
                    tenants::updated_at.eq(new.created_at),
                ),
            ))
            .returning(TenantRow::as_returning())
            .get_result(self.connection)
            .await?
            .try_into()
    }

    /// Which of the slugs that begin with `stem` are taken, or rest.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn slugs_like(&mut self, stem: &Slug) -> Result<Vec<String>> {
        let pattern = format!("{stem}%");
        let mut taken: Vec<String> = tenants::table
            .filter(tenants::deleted_at.is_null())
            .filter(tenants::slug.like(&pattern))
            .select(tenants::slug)
            .limit(10_000)
            .load(self.connection)
            .await?;
        let resting: Vec<String> = resting_names::table
            .filter(resting_names::kind.eq("slug"))
            .filter(resting_names::name.like(&pattern))
            .filter(resting_names::rests_until.gt(diesel::dsl::now))
            .select(resting_names::name)
            .limit(10_000)
            .load(self.connection)
            .await?;
        taken.extend(resting);
        Ok(taken)
    }

    /// A page of tenants, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(
        &mut self,
        filter: &TenantFilter,
        page: &PageRequest,
    ) -> Result<Vec<TenantRecord>> {
        let mut query = tenants::table
            .filter(tenants::deleted_at.is_null())
            .order((tenants::created_at.desc(), tenants::id.desc()))
            .limit(page.limit)
            .select(TenantRow::as_select())
            .into_boxed();
        if let Some(search) = &filter.search {
            let pattern = contains_pattern(search);
            query = query.filter(
                tenants::name
                    .ilike(pattern.clone())
                    .or(tenants::slug.ilike(pattern)),
            );
        }
        if let Some(plan) = &filter.plan {
            query = query.filter(tenants::plan.eq(plan.as_str()));
        }
        if let Some(is_active) = filter.is_active {
            query = query.filter(tenants::is_active.eq(is_active));
        }
        query = match page.after {
            Some(Cursor { created_at, id }) => query.filter(
                tenants::created_at
                    .lt(created_at)
                    .or(tenants::created_at.eq(created_at).and(tenants::id.lt(id))),
            ),
            None => query.offset(page.skip),
        };
        query
            .load(self.connection)
            .await?
            .into_iter()
            .map(TenantRecord::try_from)
            .collect()
    }

    /// The tenants a person is an active member of, oldest membership first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn memberships(&mut self, account_id: AccountId) -> Result<Vec<Membership>> {
        tenants::table
            .inner_join(tenant_users::table.on(tenant_users::tenant_id.eq(tenants::id)))
            .filter(tenant_users::user_id.eq(account_id.as_uuid()))
            .filter(tenant_users::is_active)
            .filter(tenants::deleted_at.is_null())
            .order((tenant_users::created_at, tenants::id))
            .limit(1_000)
            .select((TenantRow::as_select(), tenant_users::role))
            .load::<(TenantRow, String)>(self.connection)
            .await?
            .into_iter()
            .map(|(row, role)| {
                Ok(Membership {
                    tenant: row.try_into()?,
                    role: parse("workspace.tenant_users", role.parse())?,
                })
            })
            .collect()
    }

    /// In how many living tenants the account has a seat; a closed account uses none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_seats_of(&mut self, account_id: AccountId) -> Result<i64> {
        Ok(tenant_users::table
            .inner_join(tenants::table.on(tenants::id.eq(tenant_users::tenant_id)))
            .filter(tenants::deleted_at.is_null())
            .filter(tenant_users::user_id.eq(account_id.as_uuid()))
            .filter(tenant_users::is_active)
            .filter(diesel::dsl::exists(
                users::table
                    .find(account_id.as_uuid())
                    .filter(users::is_active),
            ))
            .count()
            .get_result(self.connection)
            .await?)
    }

    /// Whether there is or was a tenant with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_known(&mut self, id: TenantId) -> Result<bool> {
        let found = tenants::table.find(id.as_uuid());
        Ok(diesel::select(diesel::dsl::exists(found))
            .get_result(self.connection)
            .await?)
    }

    /// In how many tenants that are open the account has a seat; a closed account uses none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_open_seats_of(&mut self, account_id: AccountId) -> Result<i64> {
        Ok(tenant_users::table
            .inner_join(tenants::table.on(tenants::id.eq(tenant_users::tenant_id)))
            .filter(tenants::deleted_at.is_null())
            .filter(tenants::is_active)
            .filter(diesel::dsl::not(tenants::is_suspended))
            .filter(tenant_users::user_id.eq(account_id.as_uuid()))
            .filter(tenant_users::is_active)
            .filter(diesel::dsl::exists(
                users::table
                    .find(account_id.as_uuid())
                    .filter(users::is_active),
            ))
            .count()
            .get_result(self.connection)
            .await?)
    }

    /// Removes memberships that were never confirmed and whose run was given up before it did or
    /// undid anything, so that they hold no seat.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge_unconfirmed_members(&mut self) -> Result<usize> {
        Ok(diesel::sql_query(
            "DELETE FROM workspace.tenant_users m USING saga.run r \
             WHERE r.tenant_id = m.tenant_id AND r.id = m.run_id \
               AND NOT m.is_confirmed AND r.state = 'undone'",
        )
        .execute(self.connection)
        .await?)
    }

    /// Marks a tenant as deleted: it disappears, its slug is its own no more, its rows stay.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn mark_deleted(&mut self, id: TenantId, now: DateTime<Utc>) -> Result<()> {
        let rows = diesel::update(
            tenants::table
                .find(id.as_uuid())
                .filter(tenants::deleted_at.is_null()),
        )
        .set((tenants::deleted_at.eq(now), tenants::is_active.eq(false)))
        .execute(self.connection)
        .await?;
        exactly_one("tenant", rows)
    }
}

type QuotaColumns = (
    diesel::dsl::Eq<tenants::max_users, Option<i32>>,
    diesel::dsl::Eq<tenants::meet_quota_hours, Option<i32>>,
    diesel::dsl::Eq<tenants::docs_quota_mb, Option<i32>>,
    diesel::dsl::Eq<tenants::mail_quota_mb, Option<i32>>,
    diesel::dsl::Eq<tenants::recordings_quota_mb, Option<i32>>,
);

fn quota_columns(quotas: &Quotas) -> QuotaColumns {
    (
        tenants::max_users.eq(quotas.max_users.to_column()),
        tenants::meet_quota_hours.eq(quotas.meet_hours.to_column()),
        tenants::docs_quota_mb.eq(quotas.docs_mb.to_column()),
        tenants::mail_quota_mb.eq(quotas.mail_mb.to_column()),
        tenants::recordings_quota_mb.eq(quotas.recordings_mb.to_column()),
    )
}

/// One tenant's own row, in its transaction.
pub struct Tenant<'c> {
    connection: &'c mut AsyncPgConnection,
    id: TenantId,
}

impl<'c> Tenant<'c> {
    pub(super) fn connection(&mut self) -> &mut AsyncPgConnection {
        self.connection
    }

    pub(super) fn id(&self) -> TenantId {
        self.id
    }

    pub(crate) fn new(connection: &'c mut AsyncPgConnection, id: TenantId) -> Self {
        Self { connection, id }
    }

    /// The row.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the tenant was deleted.
    pub async fn get(&mut self) -> Result<TenantRecord> {
        tenants::table
            .find(self.id.as_uuid())
            .filter(tenants::deleted_at.is_null())
            .select(TenantRow::as_select())
            .first(self.connection)
            .await
            .optional()?
            .ok_or(Error::NotFound { what: "tenant" })?
            .try_into()
    }

    /// The row, held until the transaction ends, so that whoever gives or takes a seat waits here.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the tenant was deleted.
    pub async fn lock(&mut self) -> Result<TenantRecord> {
        tenants::table
            .find(self.id.as_uuid())
            .filter(tenants::deleted_at.is_null())
            .for_no_key_update()
            .select(TenantRow::as_select())
            .first(self.connection)
            .await
            .optional()?
            .ok_or(Error::NotFound { what: "tenant" })?
            .try_into()
    }

    /// Changes what `change` names.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the tenant was deleted.
    pub async fn update(&mut self, change: &TenantChange) -> Result<TenantRecord> {
        #[derive(AsChangeset)]
        #[diesel(table_name = tenants)]
        struct Set<'a> {
            name: Option<&'a str>,
            domain: Option<Option<&'a str>>,
            settings: Option<&'a Value>,
            requires_second_factor: Option<bool>,
            is_active: Option<bool>,
            is_suspended: Option<bool>,
            suspended_reason: Option<Option<&'a str>>,
            plan: Option<&'a str>,
        }
        let set = Set {
            name: change.name.as_deref(),
            domain: change.domain.as_ref().map(Option::as_deref),
            settings: change.settings.as_ref(),
            requires_second_factor: change.requires_second_factor,
            is_active: change.is_active,
            is_suspended: change.suspension.as_ref().map(Option::is_some),
            suspended_reason: change.suspension.as_ref().map(Option::as_deref),
            plan: change.plan.as_ref().map(|(code, _)| code.as_str()),
        };
        let target = tenants::table
            .find(self.id.as_uuid())
            .filter(tenants::deleted_at.is_null());
        if let Some((_, quotas)) = &change.plan {
            diesel::update(target)
                .set(quota_columns(quotas))
                .execute(self.connection)
                .await?;
        }
        diesel::update(target)
            .set((set, tenants::updated_at.eq(diesel::dsl::now)))
            .returning(TenantRow::as_returning())
            .get_result(self.connection)
            .await
            .optional()?
            .ok_or(Error::NotFound { what: "tenant" })?
            .try_into()
    }
}
