//! What whoever is signed in agreed to that other applications may have.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use bheem_persistence::repo::ConsentRecord;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    extract::CurrentUser,
    problem::{Answer, Problem},
};

/// An application that a person gave access to.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsentResponse {
    /// The application.
    pub client_id: String,
    /// What people see of it.
    pub client_name: String,
    /// What it may have.
    pub scopes: Vec<String>,
    /// When the person first agreed.
    pub created_at: DateTime<Utc>,
    /// When the person last agreed.
    pub updated_at: DateTime<Utc>,
}

impl From<ConsentRecord> for ConsentResponse {
    fn from(consent: ConsentRecord) -> Self {
        Self {
            client_id: consent.client_id,
            client_name: consent.client_name,
            scopes: consent.scopes,
            created_at: consent.created_at,
            updated_at: consent.updated_at,
        }
    }
}

/// The applications that whoever is signed in gave access to, by name.
///
/// # Errors
/// 401.
#[utoipa::path(
    get, path = "/api/v1/auth/consents", tag = "auth", security(("bearer" = [])),
    responses((status = 200, body = [ConsentResponse])),
)]
pub async fn list_consents(user: CurrentUser, app: Data<App>) -> Answer {
    let consents = app.provider.consents(user.claims.sub).await?;
    let consents: Vec<ConsentResponse> = consents.into_iter().map(Into::into).collect();
    Ok(HttpResponse::Ok().json(consents))
}

/// Takes the access of an application back. Its tokens are void everywhere within a second, and it asks
/// again at the next sign-in.
///
/// # Errors
/// 401; 404 when the application has no access.
#[utoipa::path(
    delete, path = "/api/v1/auth/consents/{client_id}", tag = "auth", security(("bearer" = [])),
    params(("client_id" = String, Path)),
    responses((status = 204)),
)]
pub async fn withdraw_consent(user: CurrentUser, app: Data<App>, path: Path<String>) -> Answer {
    let account_id = user.claims.sub;
    if app.provider.withdraw_consent(account_id, &path).await? {
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(Problem::not_found("This application has no access"))
    }
}
