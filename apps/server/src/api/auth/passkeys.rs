//! Passkeys of whoever is signed in.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use bheem_domain::PasskeyId;

use super::{
    factor_dto::{
        AddPasskeyRequest, AddedPasskeyResponse, CeremonyResponse, PasskeyResponse, ProofRequest,
        shown,
    },
    factors::{fresh, password},
    session::no_store,
};
use crate::{
    app::App,
    extract::{ApiJson, CurrentUser, RequestClient},
    problem::{Answer, Problem},
};

/// A challenge for a new passkey.
///
/// # Errors
/// 403 when the sign-in is not recent, 409 where there can be no passkeys.
#[utoipa::path(
    post, path = "/api/v1/auth/passkeys/options", tag = "auth", security(("bearer" = [])),
    request_body = Option<ProofRequest>,
    responses((status = 200, body = CeremonyResponse)),
)]
pub async fn begin_passkey(
    user: CurrentUser,
    app: Data<App>,
    client: RequestClient,
    body: Option<ApiJson<ProofRequest>>,
) -> Answer {
    let fresh = fresh(&user, &app, &client, password(body)).await?;
    let ceremony = app.services.identity().begin_passkey(&fresh).await?;
    Ok(no_store(CeremonyResponse::from(ceremony)))
}

/// Adds the passkey that answered the challenge. Answers recovery codes if there are none yet.
///
/// # Errors
/// 403 when the sign-in is not recent, 422 when the answer is not one to this challenge.
#[utoipa::path(
    post, path = "/api/v1/auth/passkeys", tag = "auth", security(("bearer" = [])),
    request_body = AddPasskeyRequest,
    responses((status = 201, body = AddedPasskeyResponse), (status = 409)),
)]
pub async fn add_passkey(
    user: CurrentUser,
    app: Data<App>,
    client: RequestClient,
    ApiJson(body): ApiJson<AddPasskeyRequest>,
) -> Answer {
    let fresh = fresh(&user, &app, &client, body.password).await?;
    let identity = app.services.identity();
    let added = identity.finish_passkey(&fresh, body.ceremony_id, body.credential, &body.name);
    let (passkey, codes) = Box::pin(added).await?;
    let response = AddedPasskeyResponse {
        passkey: passkey.into(),
        recovery_codes: shown(&codes),
    };
    Ok(HttpResponse::Created()
        .insert_header(("Cache-Control", "no-store"))
        .json(response))
}

/// The passkeys, oldest first.
///
/// # Errors
/// 401.
#[utoipa::path(
    get, path = "/api/v1/auth/passkeys", tag = "auth", security(("bearer" = [])),
    responses((status = 200, body = [PasskeyResponse])),
)]
pub async fn list_passkeys(user: CurrentUser, app: Data<App>) -> Answer {
    let factors = app.services.identity().factors(user.claims.sub).await?;
    let passkeys: Vec<PasskeyResponse> = factors.passkeys.into_iter().map(Into::into).collect();
    Ok(HttpResponse::Ok().json(passkeys))
}

/// Removes a passkey.
///
/// # Errors
/// 403 when the sign-in is not recent, 404 when there is no such passkey, 409 when a tenant demands a
/// second factor and this is the last one.
#[utoipa::path(
    delete, path = "/api/v1/auth/passkeys/{id}", tag = "auth", security(("bearer" = [])),
    params(("id" = uuid::Uuid, Path)),
    request_body = Option<ProofRequest>,
    responses((status = 204)),
)]
pub async fn remove_passkey(
    user: CurrentUser,
    app: Data<App>,
    client: RequestClient,
    path: Path<String>,
    body: Option<ApiJson<ProofRequest>>,
) -> Answer {
    let id: PasskeyId = path
        .parse()
        .map_err(|_error| Problem::not_found("There is no such second factor"))?;
    let fresh = fresh(&user, &app, &client, password(body)).await?;
    app.services.identity().remove_passkey(&fresh, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
