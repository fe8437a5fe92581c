//! Plans: rows, not code.

use bheem_domain::{Limit, PlanCode, Quotas};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::parse;
use crate::{Error, Result, schema::plans};

/// A plan.
#[derive(Debug, Clone)]
pub struct PlanRecord {
    /// Its code.
    pub code: PlanCode,
    /// Stock keeping unit, as billing knows it.
    pub sku: String,
    /// Name for people.
    pub name: String,
    /// A sentence about it.
    pub description: String,
    /// Price of a cycle in minor units of `currency`.
    pub price_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// `monthly` or `annual`.
    pub billing_cycle: String,
    /// Length of the trial in days, for a trial plan.
    pub trial_days: Option<i32>,
    /// What it grants.
    pub quotas: Quotas,
    /// What it opens.
    pub features: Vec<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = plans, check_for_backend(diesel::pg::Pg))]
struct PlanRow {
    code: String,
    sku: String,
    name: String,
    description: String,
    price_minor: i64,
    currency: String,
    billing_cycle: String,
    trial_days: Option<i32>,
    max_users: Option<i32>,
    meet_quota_hours: Option<i32>,
    docs_quota_mb: Option<i32>,
    mail_quota_mb: Option<i32>,
    recordings_quota_mb: Option<i32>,
    features: Vec<String>,
}

impl TryFrom<PlanRow> for PlanRecord {
    type Error = Error;

    fn try_from(row: PlanRow) -> Result<Self> {
        Ok(Self {
            code: parse("workspace.plans", PlanCode::parse(&row.code))?,
            sku: row.sku,
            name: row.name,
            description: row.description,
            price_minor: row.price_minor,
            currency: row.currency,
            billing_cycle: row.billing_cycle,
            trial_days: row.trial_days,
            quotas: Quotas {
                max_users: Limit::from_column(row.max_users),
                meet_hours: Limit::from_column(row.meet_quota_hours),
                docs_mb: Limit::from_column(row.docs_quota_mb),
                mail_mb: Limit::from_column(row.mail_quota_mb),
                recordings_mb: Limit::from_column(row.recordings_quota_mb),
            },
            features: row.features,
        })
    }
}

/// Plans, on an open connection.
pub struct Plans<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> Plans<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Plans that are offered, in their order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&mut self) -> Result<Vec<PlanRecord>> {
        plans::table
            .filter(plans::is_active)
            .order(plans::sort_order)
            .select(PlanRow::as_select())
            .load(self.connection)
            .await?
            .into_iter()
            .map(PlanRecord::try_from)
            .collect()
    }

    /// The plan with this code, if it is offered.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(&mut self, code: &PlanCode) -> Result<Option<PlanRecord>> {
        plans::table
            .find(code.as_str())
            .filter(plans::is_active)
            .select(PlanRow::as_select())
            .first(self.connection)
            .await
            .optional()?
            .map(PlanRecord::try_from)
            .transpose()
    }
}
