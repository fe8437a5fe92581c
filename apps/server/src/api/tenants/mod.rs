//! `/tenants`: what somebody does with tenants of their own.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use bheem_persistence::{Effect, repo::PlanRecord};
use bheem_services::tenants::OwnTenant;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::admin_tenants::dto::TenantResponse;
use crate::{
    app::App,
    extract::{ApiJson, CurrentUser},
    http::door::Recovery,
    problem::{Answer, Problem},
    routes::{Table, routes},
};

/// Makes a tenant. The name is enough.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CreateOwnTenantRequest {
    /// Its name.
    pub name: String,
    /// Its name in URLs; made from the name when absent.
    pub slug: Option<String>,
    /// Label.
    pub owner_email: Option<String>,
    /// Label.
    pub owner_name: Option<String>,
    /// `free` or `trial`.
    pub plan: Option<String>,
}

/// A tenant of one's own.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnTenantResponse {
    /// The tenant.
    #[serde(flatten)]
    pub tenant: TenantResponse,
    /// The own role in it.
    #[schema(value_type = String)]
    pub role: &'static str,
    /// Where its pages are.
    pub workspace_url: String,
}

/// A plan.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanResponse {
    /// Its code.
    pub code: String,
    /// As billing knows it.
    pub sku_code: String,
    /// Its name.
    pub name: String,
    /// A sentence about it.
    pub description: String,
    /// Price of a cycle in minor units.
    pub price_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// `monthly` or `annual`.
    pub billing_cycle: String,
    /// Members; -1 is unlimited.
    pub max_users: i32,
    /// Hours of meetings a month; -1 is unlimited.
    pub meet_quota_hours: i32,
    /// MiB of files; -1 is unlimited.
    pub docs_quota_mb: i32,
    /// MiB of mail; -1 is unlimited.
    pub mail_quota_mb: i32,
    /// MiB of recordings; -1 is unlimited.
    pub recordings_quota_mb: i32,
    /// What it opens.
    pub features: Vec<String>,
}

/// The plans on offer.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlansResponse {
    /// In their order.
    pub plans: Vec<PlanResponse>,
    /// When they were read.
    pub as_of: DateTime<Utc>,
}

impl From<PlanRecord> for PlanResponse {
    fn from(plan: PlanRecord) -> Self {
        Self {
            code: plan.code.to_string(),
            sku_code: plan.sku,
            name: plan.name,
            description: plan.description,
            price_minor: plan.price_minor,
            currency: plan.currency,
            billing_cycle: plan.billing_cycle,
            max_users: plan.quotas.max_users.to_api(),
            meet_quota_hours: plan.quotas.meet_hours.to_api(),
            docs_quota_mb: plan.quotas.docs_mb.to_api(),
            mail_quota_mb: plan.quotas.mail_mb.to_api(),
            recordings_quota_mb: plan.quotas.recordings_mb.to_api(),
            features: plan.features,
        }
    }
}

const REDO: Recovery = Recovery::By(|request, effect| Box::pin(recover_tenant(request, effect)));

pub(crate) fn routes(table: &mut Table) {
    routes!(
        table,
        public list_plans,
        guarded create_own_tenant => REDO,
        guarded list_my_tenants,
    );
}

/// Makes a tenant; whoever asks becomes its owner.
///
/// # Errors
/// 409 when the slug is taken, 422 naming the field.
#[utoipa::path(
    post, path = "/api/v1/tenants", tag = "tenants", security(("bearer" = [])),
    request_body = CreateOwnTenantRequest,
    responses((status = 201, body = OwnTenantResponse)),
)]
pub async fn create_own_tenant(
    user: CurrentUser,
    app: Data<App>,
    ApiJson(body): ApiJson<CreateOwnTenantRequest>,
) -> Answer {
    let tenant = app
        .services
        .create_own_tenant(
            user.actor,
            OwnTenant {
                name: body.name,
                slug: body.slug,
                owner_email: body.owner_email,
                owner_name: body.owner_name,
                plan: body.plan,
            },
        )
        .await?;
    // The owner was counted after the row was written.
    let response = own(
        &app,
        TenantResponse {
            user_count: 1,
            ..tenant.into()
        },
        "owner",
    );
    Ok(HttpResponse::Created().json(response))
}

/// The tenant that a request before has made.
async fn recover_tenant(request: HttpRequest, effect: Effect) -> Answer {
    let user = CurrentUser::of(&request).await?;
    let app = App::of(&request);
    let memberships = app.services.my_tenants(&user.claims).await?;
    let made = memberships
        .into_iter()
        .find(|membership| Some(membership.tenant.id.as_uuid()) == effect.id)
        .ok_or_else(|| Problem::not_found("Tenant not found"))?;
    let response = own(app, made.tenant.into(), made.role.as_str());
    Ok(HttpResponse::Created().json(response))
}

/// The tenants somebody is a member of.
///
/// # Errors
/// 401.
#[utoipa::path(
    get, path = "/api/v1/tenants/my", tag = "tenants", security(("bearer" = [])),
    responses((status = 200, body = [OwnTenantResponse])),
)]
pub async fn list_my_tenants(user: CurrentUser, app: Data<App>) -> Answer {
    let memberships = app.services.my_tenants(&user.claims).await?;
    let tenants: Vec<_> = memberships
        .into_iter()
        .map(|membership| own(&app, membership.tenant.into(), membership.role.as_str()))
        .collect();
    Ok(HttpResponse::Ok().json(tenants))
}

/// The plans on offer.
///
/// # Errors
/// 503 when the database is away.
#[utoipa::path(get, path = "/api/v1/tenants/plans", tag = "tenants", responses((status = 200, body = PlansResponse)))]
pub async fn list_plans(app: Data<App>) -> Answer {
    let plans = app.services.plans().await?;
    Ok(HttpResponse::Ok().json(PlansResponse {
        plans: plans.into_iter().map(Into::into).collect(),
        as_of: app.services.database().clock().now(),
    }))
}

fn own(app: &App, tenant: TenantResponse, role: &'static str) -> OwnTenantResponse {
    OwnTenantResponse {
        workspace_url: format!("{}/{}", app.services.config().frontend_url, tenant.slug),
        tenant,
        role,
    }
}
