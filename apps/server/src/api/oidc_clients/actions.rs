//! What can be done with relying parties, by whoever administers them.

use std::time::Duration;

use actix_web::HttpResponse;
use bheem_oidc_provider::{ClientScope, NewClientRequest, default_settings};
use bheem_persistence::repo::{ClientChange, ClientCursor};

use super::dto::{
    ClientResponse, ClientsQuery, CreateClientRequest, CreateRegistrationTokenRequest,
    RegistrationTokenResponse, RotateSecretRequest, UpdateClientRequest,
};
use crate::{
    api::paged::NEXT_CURSOR,
    app::App,
    problem::{Answer, Problem},
};

const HOUR: u64 = 3600;

pub(super) async fn list(app: &App, scope: ClientScope<'_>, query: &ClientsQuery) -> Answer {
    let limit = query.limit.unwrap_or(50);
    if !(1..=100).contains(&limit) {
        return Err(Problem::invalid("limit", "must be 1 to 100"));
    }
    let after = query
        .after
        .as_deref()
        .map(ClientCursor::decode)
        .transpose()?;
    let (clients, next) = app.provider.clients(scope, after.as_ref(), limit).await?;
    let mut answer = HttpResponse::Ok();
    if let Some(next) = next {
        answer.insert_header((NEXT_CURSOR, next.encode()));
    }
    let clients: Vec<ClientResponse> = clients.into_iter().map(Into::into).collect();
    Ok(answer.json(clients))
}

pub(super) async fn create(app: &App, scope: ClientScope<'_>, body: CreateClientRequest) -> Answer {
    let name = body.fields.name.clone();
    let name = name.ok_or_else(|| Problem::invalid("name", "is missing"))?;
    let tenants = body.fields.tenant_ids().unwrap_or_default();
    let request = NewClientRequest {
        client_id: body.client_id,
        settings: body.fields.apply(default_settings(name))?,
        tenants,
    };
    let created = app.provider.create_client(scope, request).await?;
    Ok(HttpResponse::Created().json(ClientResponse::from(created)))
}

pub(super) async fn get(app: &App, scope: ClientScope<'_>, id: &str) -> Answer {
    let client = app.provider.client(scope, id).await?;
    Ok(HttpResponse::Ok().json(ClientResponse::from(client)))
}

pub(super) async fn update(
    app: &App,
    scope: ClientScope<'_>,
    id: &str,
    body: UpdateClientRequest,
) -> Answer {
    let before = app.provider.client(scope, id).await?;
    let tenants = body.fields.tenant_ids();
    let change = ClientChange {
        version: body.version.unwrap_or(before.version),
        settings: body.fields.apply(before.settings)?,
    };
    let mut client = app
        .provider
        .update_client(scope, id, change, tenants)
        .await?;
    if let Some(is_active) = body.is_active.filter(|wanted| *wanted != client.is_active) {
        client = app.provider.set_client_active(scope, id, is_active).await?;
    }
    Ok(HttpResponse::Ok().json(ClientResponse::from(client)))
}

pub(super) async fn rotate_secret(
    app: &App,
    scope: ClientScope<'_>,
    id: &str,
    body: &RotateSecretRequest,
) -> Answer {
    let grace = hours("grace_hours", body.grace_hours.unwrap_or(24))?;
    let rotated = app.provider.rotate_client_secret(scope, id, grace).await?;
    Ok(HttpResponse::Ok().json(ClientResponse::from(rotated)))
}

pub(super) async fn remove(app: &App, scope: ClientScope<'_>, id: &str) -> Answer {
    app.provider.remove_client(scope, id).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub(super) async fn create_registration_token(
    app: &App,
    scope: ClientScope<'_>,
    body: &CreateRegistrationTokenRequest,
) -> Answer {
    let life = hours("life_hours", body.life_hours.unwrap_or(24))?;
    let uses = body.uses.unwrap_or(1);
    let provider = &app.provider;
    let created = provider
        .create_initial_access_token(scope, uses, life)
        .await?;
    Ok(HttpResponse::Created().json(RegistrationTokenResponse::from(created)))
}

fn hours(field: &'static str, hours: u64) -> Result<Duration, Problem> {
    if hours > 24 * 90 {
        return Err(Problem::invalid(
            field,
            "must be at most 2160, which is 90 days",
        ));
    }
    Ok(Duration::from_secs(hours * HOUR))
}
