//! Changing, setting and resetting passwords.

use actix_web::{HttpResponse, web::Data};
use bheem_domain::text;
use bheem_identity::PasswordChange;

use super::dto::{ChangePasswordRequest, MessageResponse, ResetRequest, SetPasswordRequest};
use crate::{
    app::App,
    extract::{ApiJson, CurrentUser, RequestClient},
    problem::Answer,
};

/// Changes the password. The other sessions end, and, unless `keep_applications` is set, the access that
/// applications have while the person is away.
///
/// # Errors
/// 401 when the current password is wrong, 422 when the new one is not acceptable.
#[utoipa::path(
    post, path = "/api/v1/auth/change-password", tag = "auth", security(("bearer" = [])),
    request_body = ChangePasswordRequest,
    responses((status = 200, body = MessageResponse), (status = 429)),
)]
pub async fn change_password(
    user: CurrentUser,
    app: Data<App>,
    client: RequestClient,
    ApiJson(body): ApiJson<ChangePasswordRequest>,
) -> Answer {
    let change = PasswordChange {
        old: body.current_password,
        new: body.new_password,
        keep_applications: body.keep_applications,
    };
    app.services
        .identity()
        .change_password(user.claims.sub, user.claims.sid, change, &client.0)
        .await?;
    Ok(HttpResponse::Ok().json(MessageResponse::new("Password changed")))
}

/// Sends a link that sets a new password, if the name is somebody's. The answer does not tell.
///
/// # Errors
/// 429 when it is asked for too often.
#[utoipa::path(
    post, path = "/api/v1/auth/password/reset/request", tag = "auth",
    request_body = ResetRequest,
    responses((status = 200, body = MessageResponse)),
)]
pub async fn request_password_reset(
    app: Data<App>,
    client: RequestClient,
    ApiJson(body): ApiJson<ResetRequest>,
) -> Answer {
    let name = text::required("email", &body.email, 320)?;
    app.services
        .request_password_reset(&name, &client.0)
        .await?;
    Ok(HttpResponse::Ok().json(MessageResponse::new(
        "If there is an account with this name, a link is on its way",
    )))
}

/// Sets a new password by a link; every session ends, and, unless `keep_applications` is set, the access of
/// applications. For an address that nobody has proven yet the password is that of a fresh account.
///
/// # Errors
/// 422 when the link or the password is not acceptable.
#[utoipa::path(
    post, path = "/api/v1/auth/password/reset/confirm", tag = "auth",
    request_body = SetPasswordRequest,
    responses((status = 200, body = MessageResponse), (status = 403)),
)]
pub async fn confirm_password_reset(
    app: Data<App>,
    ApiJson(body): ApiJson<SetPasswordRequest>,
) -> Answer {
    redeem(&app, body).await
}

/// Sets the first password of somebody who was invited.
///
/// # Errors
/// 422 when the link or the password is not acceptable.
#[utoipa::path(
    post, path = "/api/v1/auth/set-password", tag = "auth",
    request_body = SetPasswordRequest,
    responses((status = 200, body = MessageResponse), (status = 403)),
)]
pub async fn set_password(app: Data<App>, ApiJson(body): ApiJson<SetPasswordRequest>) -> Answer {
    redeem(&app, body).await
}

async fn redeem(app: &App, body: SetPasswordRequest) -> Answer {
    app.services
        .identity()
        .set_password_by_link(&body.token, body.password, body.keep_applications)
        .await?;
    Ok(HttpResponse::Ok().json(MessageResponse::new("Password set; you can sign in now")))
}
