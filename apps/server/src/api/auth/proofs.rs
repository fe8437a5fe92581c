//! Proving an address and a telephone number, and the sign-ins of whoever is signed in.

use actix_web::{HttpResponse, web::Data};

use super::{
    dto::MessageResponse,
    factor_dto::{ConfirmEmailRequest, LoginEventResponse, PhoneCodeRequest, SendCodeRequest},
};
use crate::{
    app::App,
    extract::{ApiJson, CurrentUser, MaybeUser, RequestClient},
    problem::Answer,
};

/// Sends a link that proves the account's address.
///
/// # Errors
/// 422 when there is no address or it is proven, 429 when it is asked for too often, 503 without Notify.
#[utoipa::path(
    post, path = "/api/v1/auth/email/verify", tag = "auth", security(("bearer" = [])),
    responses((status = 202, body = MessageResponse)),
)]
pub async fn send_email_verification(
    user: CurrentUser,
    app: Data<App>,
    client: RequestClient,
) -> Answer {
    app.services
        .request_email_verification(user.claims.sub, &client.0)
        .await?;
    Ok(HttpResponse::Accepted().json(MessageResponse::new("A link is on its way")))
}

/// Proves the address that a link was sent to. Signed in to the account that asked for it, the address
/// becomes that account's. Anybody else sends a `password`, and gets the address with a fresh account.
///
/// # Errors
/// 403 with code `account_or_password_required` when there is neither; 422 when the link or the password
/// is not acceptable.
#[utoipa::path(
    post, path = "/api/v1/auth/email/confirm", tag = "auth",
    request_body = ConfirmEmailRequest,
    responses((status = 200, body = MessageResponse), (status = 401)),
)]
pub async fn confirm_email(
    user: MaybeUser,
    app: Data<App>,
    ApiJson(body): ApiJson<ConfirmEmailRequest>,
) -> Answer {
    let account = user.0.map(|user| user.claims.sub);
    app.services
        .identity()
        .confirm_email(&body.token, account, body.password)
        .await?;
    Ok(HttpResponse::Ok().json(MessageResponse::new("Address confirmed")))
}

/// Sends a code that proves a telephone number.
///
/// # Errors
/// 422 when the number is none, 429 after three codes within an hour, 503 without Notify.
#[utoipa::path(
    post, path = "/api/v1/auth/phone/send", tag = "auth", security(("bearer" = [])),
    request_body = SendCodeRequest,
    responses((status = 202, body = MessageResponse)),
)]
pub async fn send_phone_code(
    user: CurrentUser,
    app: Data<App>,
    client: RequestClient,
    ApiJson(body): ApiJson<SendCodeRequest>,
) -> Answer {
    let phone = body.phone.as_deref();
    app.services
        .send_phone_code(user.claims.sub, phone, &client.0)
        .await?;
    Ok(HttpResponse::Accepted().json(MessageResponse::new("A code is on its way")))
}

/// Proves the number that the newest code was sent to. A code ends after ten minutes or five tries.
///
/// # Errors
/// 422 when the code is wrong, 429 after too many failures.
#[utoipa::path(
    post, path = "/api/v1/auth/phone/verify", tag = "auth", security(("bearer" = [])),
    request_body = PhoneCodeRequest,
    responses((status = 200, body = MessageResponse)),
)]
pub async fn verify_phone(
    user: CurrentUser,
    app: Data<App>,
    client: RequestClient,
    ApiJson(body): ApiJson<PhoneCodeRequest>,
) -> Answer {
    app.services
        .identity()
        .verify_phone(user.claims.sub, &body.code, &client.0)
        .await?;
    Ok(HttpResponse::Ok().json(MessageResponse::new("Number confirmed")))
}

/// The latest hundred sign-ins, also those that failed; newest first.
///
/// # Errors
/// 401.
#[utoipa::path(
    get, path = "/api/v1/auth/login-events", tag = "auth", security(("bearer" = [])),
    responses((status = 200, body = [LoginEventResponse])),
)]
pub async fn list_login_events(user: CurrentUser, app: Data<App>) -> Answer {
    let events = app
        .services
        .identity()
        .login_events(user.claims.sub)
        .await?;
    let events: Vec<LoginEventResponse> = events.into_iter().map(Into::into).collect();
    Ok(HttpResponse::Ok().json(events))
}
