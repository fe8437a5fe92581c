//! `POST /auth/register`.

use actix_web::{HttpResponse, web::Data};
use bheem_domain::PlatformRole;
use bheem_identity::Registration;

use super::dto::{RegisterRequest, RegisterResponse};
use crate::{
    app::App,
    extract::{ApiJson, RequestClient},
    problem::Answer,
};

/// Registers somebody. The answer does not tell whether an address has an account already; a mail to
/// its owner does.
///
/// # Errors
/// 409 when a name is taken, 422 naming the field.
#[utoipa::path(
    post, path = "/api/v1/auth/register", tag = "auth",
    request_body = RegisterRequest,
    responses((status = 201, body = RegisterResponse), (status = 429)),
)]
pub async fn register(
    app: Data<App>,
    client: RequestClient,
    ApiJson(body): ApiJson<RegisterRequest>,
) -> Answer {
    let answer = app
        .services
        .register(
            Registration {
                username: body.username,
                password: body.password,
                email: body.email,
                full_name: body.full_name,
                phone: body.phone,
                company_code: body.company_code,
            },
            &client.0,
        )
        .await?;
    let response = RegisterResponse {
        id: answer.id,
        username: answer.username,
        email: answer.email.map(|email| email.to_string()),
        role: PlatformRole::Customer,
        company_id: None,
        company_code: answer.company_code,
        person_id: None,
    };
    Ok(HttpResponse::Created().json(response))
}
