//! Claims on domain names, across tenants.

use bheem_domain::{DomainId, DomainName, TenantId};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::parse;
use crate::{
    Error, Result,
    schema::{domains, tenants},
};

/// A name that a tenant has proven.
#[derive(Debug, Clone)]
pub struct ProvenDomain {
    /// Who.
    pub tenant_id: TenantId,
    /// Which row.
    pub id: DomainId,
    /// The name.
    pub domain: DomainName,
    /// Since when the name servers have answered that the proof is gone.
    pub missing_since: Option<DateTime<Utc>>,
    /// Since when it is being removed.
    pub closing_at: Option<DateTime<Utc>>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = domains, check_for_backend(diesel::pg::Pg))]
struct ProvenRow {
    tenant_id: Uuid,
    id: Uuid,
    domain: String,
    ownership_missing_since: Option<DateTime<Utc>>,
    closing_at: Option<DateTime<Utc>>,
}

impl TryFrom<ProvenRow> for ProvenDomain {
    type Error = Error;

    fn try_from(row: ProvenRow) -> Result<Self> {
        Ok(Self {
            tenant_id: row.tenant_id.into(),
            id: row.id.into(),
            domain: parse("workspace.domains", DomainName::parse(&row.domain))?,
            missing_since: row.ownership_missing_since,
            closing_at: row.closing_at,
        })
    }
}

/// Claims of all tenants, on an open system connection.
pub struct DomainClaims<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> DomainClaims<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Whether any tenant has proven the name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_proven(&mut self, name: &DomainName) -> Result<bool> {
        let proven = domains::table
            .filter(domains::domain.eq(name.as_str()))
            .filter(domains::ownership_verified);
        Ok(diesel::select(diesel::dsl::exists(proven))
            .get_result(self.connection)
            .await?)
    }

    /// Who has proven the name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn holder(&mut self, name: &DomainName) -> Result<Option<ProvenDomain>> {
        domains::table
            .filter(domains::domain.eq(name.as_str()))
            .filter(domains::ownership_verified)
            .select(ProvenRow::as_select())
            .first(self.connection)
            .await
            .optional()?
            .map(ProvenDomain::try_from)
            .transpose()
    }

    /// Takes the proof from a domain whose name somebody else has proven now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lose(&mut self, tenant_id: TenantId, id: DomainId) -> Result<usize> {
        Ok(
            diesel::delete(domains::table.find((tenant_id.as_uuid(), id.as_uuid())))
                .execute(self.connection)
                .await?,
        )
    }

    /// Proven domains whose proof was last looked at before `before`, longest ago first; a domain whose
    /// proof is missing is looked at again after `missing_before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_proofs(
        &mut self,
        before: DateTime<Utc>,
        missing_before: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<ProvenDomain>> {
        domains::table
            .filter(domains::ownership_verified)
            .filter(domains::closing_at.is_null())
            .filter(
                domains::ownership_checked_at
                    .is_null()
                    .or(domains::ownership_checked_at.lt(before))
                    .or(domains::ownership_missing_since
                        .is_not_null()
                        .and(domains::ownership_checked_at.lt(missing_before))),
            )
            .order(domains::ownership_checked_at.asc().nulls_first())
            .limit(limit)
            .select(ProvenRow::as_select())
            .load(self.connection)
            .await?
            .into_iter()
            .map(ProvenDomain::try_from)
            .collect()
    }

    /// Domains of open tenants that the DNS allows mail on and whose mail was last looked at before
    /// `before`, longest ago first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_mail(
        &mut self,
        before: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<ProvenDomain>> {
        domains::table
            .inner_join(tenants::table.on(tenants::id.eq(domains::tenant_id)))
            .filter(tenants::deleted_at.is_null())
            .filter(tenants::is_active)
            .filter(diesel::dsl::not(tenants::is_suspended))
            .filter(domains::mail_allowed)
            .filter(domains::ownership_verified)
            .filter(domains::closing_at.is_null())
            .filter(
                domains::mail_checked_at
                    .is_null()
                    .or(domains::mail_checked_at.lt(before)),
            )
            .order(domains::mail_checked_at.asc().nulls_first())
            .limit(limit)
            .select(ProvenRow::as_select())
            .load(self.connection)
            .await?
            .into_iter()
            .map(ProvenDomain::try_from)
            .collect()
    }

    /// Notes that the owners were warned of a missing proof; `false` when they had been.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_warned(
        &mut self,
        tenant_id: TenantId,
        id: DomainId,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let rows = diesel::update(
            domains::table
                .find((tenant_id.as_uuid(), id.as_uuid()))
                .filter(domains::ownership_warned_at.is_null()),
        )
        .set(domains::ownership_warned_at.eq(now))
        .execute(self.connection)
        .await?;
        Ok(rows == 1)
    }

    /// Whose domain this is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tenant_of(&mut self, id: DomainId) -> Result<Option<TenantId>> {
        Ok(domains::table
            .filter(domains::id.eq(id.as_uuid()))
            .select(domains::tenant_id)
            .first::<Uuid>(self.connection)
            .await
            .optional()?
            .map(Into::into))
    }

    /// Ends every unproven claim on a name that somebody has proven.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_unproven(&mut self, name: &DomainName) -> Result<usize> {
        Ok(diesel::delete(
            domains::table
                .filter(domains::domain.eq(name.as_str()))
                .filter(domains::ownership_verified.eq(false)),
        )
        .execute(self.connection)
        .await?)
    }

    /// Ends up to `limit` unproven claims that lapsed before `now`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(&mut self, now: DateTime<Utc>, limit: i64) -> Result<usize> {
        Ok(diesel::sql_query(
            "DELETE FROM workspace.domains WHERE NOT ownership_verified AND (tenant_id, id) IN \
             (SELECT tenant_id, id FROM workspace.domains \
              WHERE NOT ownership_verified AND claim_expires_at < $1 \
              ORDER BY claim_expires_at LIMIT $2)",
        )
        .bind::<diesel::sql_types::Timestamptz, _>(now)
        .bind::<diesel::sql_types::BigInt, _>(limit)
        .execute(self.connection)
        .await?)
    }
}
