//! Second factors of whoever is signed in: the authenticator app and recovery codes. Changing them takes
//! a sign-in of the last 15 minutes, or the password.

use actix_web::{HttpResponse, web::Data};
use bheem_identity::Fresh;
use secrecy::SecretString;

use super::{
    dto::MessageResponse,
    factor_dto::{
        CodeRequest, ProofRequest, RecoveryCodesResponse, SecondFactorsResponse, TotpSetupResponse,
        shown,
    },
    session::no_store,
};
use crate::{
    app::App,
    extract::{ApiJson, CurrentUser, RequestClient},
    problem::Answer,
};

/// The right to change factors.
pub(super) async fn fresh(
    user: &CurrentUser,
    app: &App,
    client: &RequestClient,
    password: Option<SecretString>,
) -> Answer<Fresh> {
    let identity = app.services.identity();
    let fresh = identity.fresh(user.claims.sub, user.claims.sid, password, &client.0);
    Ok(Box::pin(fresh).await?)
}

/// The password of a body that need not be there.
pub(super) fn password(body: Option<ApiJson<ProofRequest>>) -> Option<SecretString> {
    body.and_then(|ApiJson(body)| body.password)
}

/// What the account has beside its password.
///
/// # Errors
/// 401.
#[utoipa::path(
    get, path = "/api/v1/auth/second-factors", tag = "auth", security(("bearer" = [])),
    responses((status = 200, body = SecondFactorsResponse)),
)]
pub async fn list_second_factors(user: CurrentUser, app: Data<App>) -> Answer {
    let identity = app.services.identity();
    let factors = identity.factors(user.claims.sub).await?;
    let required = identity.requires_second_factor(user.claims.sub).await?;
    let response = SecondFactorsResponse::new(factors, required, identity.has_passkeys());
    Ok(HttpResponse::Ok().json(response))
}

/// Begins to set an authenticator app up. It counts once a code of it was confirmed.
///
/// # Errors
/// 403 when the sign-in is not recent, 409 when there is an app already.
#[utoipa::path(
    post, path = "/api/v1/auth/totp", tag = "auth", security(("bearer" = [])),
    request_body = Option<ProofRequest>,
    responses((status = 200, body = TotpSetupResponse)),
)]
pub async fn begin_totp(
    user: CurrentUser,
    app: Data<App>,
    client: RequestClient,
    body: Option<ApiJson<ProofRequest>>,
) -> Answer {
    let fresh = fresh(&user, &app, &client, password(body)).await?;
    let setup = app.services.identity().begin_totp(&fresh).await?;
    Ok(no_store(TotpSetupResponse::from(setup)))
}

/// Confirms the app by one of its codes. Answers recovery codes if there are none yet.
///
/// # Errors
/// 403 when the sign-in is not recent, 404 when nothing was begun, 422 when the code is wrong.
#[utoipa::path(
    post, path = "/api/v1/auth/totp/confirm", tag = "auth", security(("bearer" = [])),
    request_body = CodeRequest,
    responses((status = 200, body = RecoveryCodesResponse), (status = 429)),
)]
pub async fn confirm_totp(
    user: CurrentUser,
    app: Data<App>,
    client: RequestClient,
    ApiJson(body): ApiJson<CodeRequest>,
) -> Answer {
    let fresh = fresh(&user, &app, &client, body.password).await?;
    let identity = app.services.identity();
    let codes = Box::pin(identity.confirm_totp(&fresh, &body.code)).await?;
    let recovery_codes = shown(&codes);
    Ok(no_store(RecoveryCodesResponse { recovery_codes }))
}

/// Removes the app.
///
/// # Errors
/// 403 when the sign-in is not recent, 404 when there is none, 409 when a tenant demands a second factor
/// and this is the last one.
#[utoipa::path(
    delete, path = "/api/v1/auth/totp", tag = "auth", security(("bearer" = [])),
    request_body = Option<ProofRequest>,
    responses((status = 200, body = MessageResponse)),
)]
pub async fn remove_totp(
    user: CurrentUser,
    app: Data<App>,
    client: RequestClient,
    body: Option<ApiJson<ProofRequest>>,
) -> Answer {
    let fresh = fresh(&user, &app, &client, password(body)).await?;
    app.services.identity().remove_totp(&fresh).await?;
    Ok(HttpResponse::Ok().json(MessageResponse::new("Authenticator app removed")))
}

/// Makes ten new recovery codes, shown this once; the old ones end.
///
/// # Errors
/// 403 when the sign-in is not recent, 404 when there is no second factor.
#[utoipa::path(
    post, path = "/api/v1/auth/recovery-codes", tag = "auth", security(("bearer" = [])),
    request_body = Option<ProofRequest>,
    responses((status = 200, body = RecoveryCodesResponse)),
)]
pub async fn make_recovery_codes(
    user: CurrentUser,
    app: Data<App>,
    client: RequestClient,
    body: Option<ApiJson<ProofRequest>>,
) -> Answer {
    let fresh = fresh(&user, &app, &client, password(body)).await?;
    let codes = app.services.identity().new_recovery_codes(&fresh).await?;
    let recovery_codes = shown(&codes);
    Ok(no_store(RecoveryCodesResponse { recovery_codes }))
}
