//! `/health`: for people, load balancers and supervisors.

use actix_web::{HttpResponse, http::Method, web::Data};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    routes::{Table, routes},
};

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthResponse {
    /// `healthy` or `unhealthy`.
    pub status: &'static str,
    /// Always `bheem-workspace`.
    pub service: &'static str,
    /// The version of the server.
    pub version: &'static str,
}

/// Whether requests should come here.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReadyResponse {
    /// Whether they should.
    pub ready: bool,
    /// What it depends on.
    pub checks: Checks,
}

/// What readiness depends on.
#[derive(Debug, Serialize, ToSchema)]
pub struct Checks {
    /// The database.
    pub database: Check,
    /// Word of revoked sessions; without, the server is slower and still right.
    pub revocations: Check,
}

/// One thing that was looked at.
#[derive(Debug, Serialize, ToSchema)]
pub struct Check {
    /// `ok` or `failing`.
    pub status: &'static str,
    /// How long it took to answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<f64>,
}

impl Check {
    fn new(is_ok: bool, latency_ms: Option<f64>) -> Self {
        Self {
            status: if is_ok { "ok" } else { "failing" },
            latency_ms,
        }
    }
}

pub(crate) fn routes(table: &mut Table) {
    routes!(
        table,
        public get_health,
        public get_live,
        public get_ready,
    );
    table
        .page(Method::HEAD, "/health", get_health)
        .page(Method::HEAD, "/api/v1/health", get_health)
        .page(Method::GET, "/api/v1/health", get_health)
        .page(Method::GET, "/api/v1/health/live", get_live)
        .page(Method::GET, "/api/v1/health/ready", get_ready);
}

/// How the server is.
#[utoipa::path(
    get, path = "/health", tag = "health",
    responses((status = 200, body = HealthResponse), (status = 503, body = HealthResponse)),
)]
pub async fn get_health(app: Data<App>) -> HttpResponse {
    let is_healthy = app.health.report().database;
    answer(
        is_healthy,
        HealthResponse {
            status: if is_healthy { "healthy" } else { "unhealthy" },
            service: "bheem-workspace",
            version: env!("CARGO_PKG_VERSION"),
        },
    )
    .await
}

/// Whether the process lives. Asks nothing of anything else.
#[utoipa::path(get, path = "/health/live", tag = "health", responses((status = 200, body = HealthResponse)))]
pub async fn get_live() -> HttpResponse {
    let alive = HealthResponse {
        status: "alive",
        service: "bheem-workspace",
        version: env!("CARGO_PKG_VERSION"),
    };
    answer(true, alive).await
}

/// Whether requests should come here.
#[utoipa::path(
    get, path = "/health/ready", tag = "health",
    responses((status = 200, body = ReadyResponse), (status = 503, body = ReadyResponse)),
)]
pub async fn get_ready(app: Data<App>) -> HttpResponse {
    let report = app.health.report();
    let ready = ReadyResponse {
        ready: report.is_ready(),
        checks: Checks {
            database: Check::new(report.database, Some(report.latency_ms)),
            revocations: Check::new(report.revocations, None),
        },
    };
    answer(report.is_ready(), ready).await
}

async fn answer(is_ok: bool, body: impl Serialize) -> HttpResponse {
    let mut response = if is_ok {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    std::future::ready(response.json(body)).await
}
