//! Signing in, staying signed in, signing out.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use bheem_domain::{SessionId, text};
use bheem_identity::SecondFactor;

use super::dto::{
    LoginRequest, LoginResponse, MessageResponse, RefreshRequest, SessionResponse, UserResponse,
};
use crate::{
    app::App,
    extract::{ApiJson, CurrentUser, RequestClient},
    problem::{Answer, Problem},
};

/// Signs somebody in.
///
/// # Errors
/// 401 for a wrong name or password, or with code `second_factor_required` and the `methods` when a second
/// factor is needed; 403 for a disabled account, 429 after too many failures.
#[utoipa::path(
    post, path = "/api/v1/auth/login", tag = "auth",
    request_body = LoginRequest,
    responses((status = 200, body = LoginResponse)),
)]
pub async fn login(
    app: Data<App>,
    client: RequestClient,
    ApiJson(body): ApiJson<LoginRequest>,
) -> Answer {
    // Sooner than the database would: no account has another name.
    let username = text::required("username", &body.username, 320)?;
    let second = body.otp.map(SecondFactor::typed);
    let identity = app.services.identity();
    let signed_in = identity.sign_in_with(&username, body.password, second, &client.0);
    let signed_in = Box::pin(signed_in).await?;
    Ok(no_store(LoginResponse::from(signed_in)))
}

/// Takes a refresh token for a new pair. One that was used before ends its session.
///
/// # Errors
/// 401 when the token is not good any more.
#[utoipa::path(
    post, path = "/api/v1/auth/refresh", tag = "auth",
    request_body = RefreshRequest,
    responses((status = 200, body = LoginResponse)),
)]
pub async fn refresh(app: Data<App>, ApiJson(body): ApiJson<RefreshRequest>) -> Answer {
    let signed_in = app.services.identity().refresh(&body.refresh_token).await?;
    Ok(no_store(LoginResponse::from(signed_in)))
}

/// Who is signed in, as the account is now.
///
/// # Errors
/// 401.
#[utoipa::path(
    get, path = "/api/v1/auth/me", tag = "auth", security(("bearer" = [])),
    responses((status = 200, body = UserResponse)),
)]
pub async fn me(user: CurrentUser) -> Answer {
    std::future::ready(Ok(
        HttpResponse::Ok().json(UserResponse::from(&*user.account))
    ))
    .await
}

/// Ends the session. Its tokens are void everywhere within a second.
///
/// # Errors
/// 401.
#[utoipa::path(
    post, path = "/api/v1/auth/logout", tag = "auth", security(("bearer" = [])),
    responses((status = 200, body = MessageResponse)),
)]
pub async fn logout(user: CurrentUser, app: Data<App>) -> Answer {
    app.services
        .identity()
        .end_session(user.claims.sub, user.claims.sid)
        .await?;
    Ok(HttpResponse::Ok().json(MessageResponse::new("Signed out")))
}

/// The sessions of whoever is signed in, newest first.
///
/// # Errors
/// 401.
#[utoipa::path(
    get, path = "/api/v1/auth/sessions", tag = "auth", security(("bearer" = [])),
    responses((status = 200, body = [SessionResponse])),
)]
pub async fn list_sessions(user: CurrentUser, app: Data<App>) -> Answer {
    let sessions = app.services.identity().sessions(user.claims.sub).await?;
    let sessions: Vec<_> = sessions
        .into_iter()
        .map(|session| SessionResponse::new(session, user.claims.sid))
        .collect();
    Ok(HttpResponse::Ok().json(sessions))
}

/// Ends one of the own sessions.
///
/// # Errors
/// 401; 404 when there is no such session, or it is somebody else's.
#[utoipa::path(
    delete, path = "/api/v1/auth/sessions/{session_id}", tag = "auth", security(("bearer" = [])),
    params(("session_id" = uuid::Uuid, Path)),
    responses((status = 204)),
)]
pub async fn revoke_session(user: CurrentUser, app: Data<App>, path: Path<String>) -> Answer {
    let session: SessionId = path
        .parse()
        .map_err(|_error| Problem::not_found("Session not found"))?;
    app.services
        .identity()
        .end_session(user.claims.sub, session)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Tokens are not to be kept by anything on the way (RFC 6749, 5.1).
pub(super) fn no_store(body: impl serde::Serialize) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("Cache-Control", "no-store"))
        .json(body)
}
