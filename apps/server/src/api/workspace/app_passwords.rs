//! `/workspace/app-passwords`: passwords for the person's own programs.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use bheem_domain::CredentialId;
use bheem_persistence::repo::{AppPasswordRecord, AppService};
use bheem_services::{
    Services,
    app_passwords::{MadeOwnAppPassword, NewOwnAppPassword, OwnAppPasswords},
};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    api::domains::dto::TenantQuery,
    app::App,
    extract::{ApiJson, ApiQuery, CurrentUser},
    problem::{Answer, Problem},
    routes::{Table, routes},
};

/// Makes an app password.
#[derive(Debug, Deserialize, ToSchema)]
pub struct MakeAppPasswordRequest {
    /// What it is for, such as the program's name.
    pub name: String,
    /// `mail`, `files` or `calendar`.
    pub service: String,
}

/// An app password, without the password.
#[derive(Debug, Serialize, ToSchema)]
pub struct AppPasswordResponse {
    /// Which one.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// `mail`, `files` or `calendar`.
    pub service: &'static str,
    /// Name to sign in with.
    pub username: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used, where the service tells.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// An app password that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeAppPasswordResponse {
    /// As it is listed from now on.
    #[serde(flatten)]
    pub app_password: AppPasswordResponse,
    /// The password. It is shown this once, and nobody keeps it.
    pub password: String,
    /// Where the program signs in with it.
    pub servers: Vec<ServerResponse>,
}

/// Where a program signs in.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServerResponse {
    /// The service it belongs to.
    pub service: &'static str,
    /// `imap`, `smtp`, `webdav`, `caldav` or `carddav`.
    pub protocol: &'static str,
    /// The host.
    pub host: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// `tls`: encrypted from the first byte on.
    pub security: &'static str,
    /// The address, for what has one.
    pub url: Option<String>,
    /// Name to sign in with.
    pub username: String,
}

/// A person's app passwords, and where they serve.
#[derive(Debug, Serialize, ToSchema)]
pub struct AppPasswordsResponse {
    /// What there is.
    pub app_passwords: Vec<AppPasswordResponse>,
    /// The services that more can be made for, and where programs sign in.
    pub servers: Vec<ServerResponse>,
}

pub(crate) fn routes(table: &mut Table) {
    routes!(
        table,
        guarded list_app_passwords,
        guarded make_app_password,
        guarded remove_app_password,
    );
}

/// The app passwords of somebody in the tenant that is named, or else in the one they joined first, and where their
/// programs sign in.
///
/// # Errors
/// 401; 403 when the tenant is suspended; 404 when it is not theirs.
#[utoipa::path(
    get, path = "/api/v1/workspace/app-passwords", tag = "workspace", security(("bearer" = [])),
    params(TenantQuery),
    responses((status = 200, body = AppPasswordsResponse)),
)]
pub async fn list_app_passwords(
    user: CurrentUser,
    app: Data<App>,
    ApiQuery(query): ApiQuery<TenantQuery>,
) -> Answer {
    let found = app
        .services
        .own_app_passwords(&user.claims, user.actor, query.tenant_id.as_deref())
        .await?;
    Ok(HttpResponse::Ok().json(AppPasswordsResponse {
        servers: servers(&app.services, &found),
        app_passwords: found.passwords.into_iter().map(Into::into).collect(),
    }))
}

/// Makes an app password. The answer shows it this once.
///
/// # Errors
/// 409 when there is one of that name or the person has no such service; 422 naming the field; 503 when the service is
/// away.
#[utoipa::path(
    post, path = "/api/v1/workspace/app-passwords", tag = "workspace", security(("bearer" = [])),
    params(TenantQuery),
    request_body = MakeAppPasswordRequest,
    responses((status = 201, body = MadeAppPasswordResponse), (status = 403), (status = 404)),
)]
pub async fn make_app_password(
    user: CurrentUser,
    app: Data<App>,
    ApiQuery(query): ApiQuery<TenantQuery>,
    ApiJson(body): ApiJson<MakeAppPasswordRequest>,
) -> Answer {
    let new = NewOwnAppPassword {
        service: body.service.parse()?,
        name: body.name,
    };
    let tenant = query.tenant_id.as_deref();
    let MadeOwnAppPassword { record, made } = app
        .services
        .make_app_password(&user.claims, user.actor, tenant, new)
        .await?;
    let servers = servers_of(&app.services, record.service, &record.username);
    Ok(HttpResponse::Created()
        .insert_header(("Cache-Control", "no-store"))
        .json(MadeAppPasswordResponse {
            app_password: record.into(),
            password: made.secret.expose_secret().to_owned(),
            servers,
        }))
}

/// Removes an app password; programs that use it are shut out.
///
/// # Errors
/// 404; 503 when the service is away, and then it still works.
#[utoipa::path(
    delete, path = "/api/v1/workspace/app-passwords/{app_password_id}",
    tag = "workspace", security(("bearer" = [])),
    params(("app_password_id" = uuid::Uuid, Path), TenantQuery),
    responses((status = 204), (status = 403)),
)]
pub async fn remove_app_password(
    user: CurrentUser,
    app: Data<App>,
    path: Path<String>,
    ApiQuery(query): ApiQuery<TenantQuery>,
) -> Answer {
    let id: CredentialId = path
        .parse()
        .map_err(|_error| Problem::not_found("App password not found"))?;
    let tenant = query.tenant_id.as_deref();
    app.services
        .remove_app_password(&user.claims, user.actor, tenant, id)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

impl From<AppPasswordRecord> for AppPasswordResponse {
    fn from(record: AppPasswordRecord) -> Self {
        Self {
            id: record.id.as_uuid(),
            name: record.name,
            service: record.service.as_str(),
            username: record.username,
            created_at: record.created_at,
            last_used_at: None,
        }
    }
}

fn servers(services: &Services, found: &OwnAppPasswords) -> Vec<ServerResponse> {
    let member = &found.own.member.member;
    let places = found.services.iter().flat_map(|service| {
        let username = match service {
            AppService::Mail => member.mailbox().to_string(),
            AppService::Files | AppService::Calendar => member.user_id.to_string(),
        };
        servers_of(services, *service, &username)
    });
    places.collect()
}

fn servers_of(services: &Services, service: AppService, username: &str) -> Vec<ServerResponse> {
    let config = services.config();
    let server = |protocol, host: Option<&str>, port, url| ServerResponse {
        service: service.as_str(),
        protocol,
        host: host.map(str::to_owned),
        port,
        security: "tls",
        url,
        username: username.to_owned(),
    };
    let dav = |protocol, kind: &str| {
        let url = config.nextcloud_url.as_ref()?;
        let url = format!("{url}/remote.php/dav/{kind}/{username}/");
        Some(server(protocol, None, None, Some(url)))
    };
    let found = match service {
        AppService::Mail => vec![
            Some(server(
                "imap",
                Some(&config.imap_server),
                Some(config.imap_port),
                None,
            )),
            Some(server(
                "smtp",
                Some(&config.smtp_server),
                Some(config.smtp_port),
                None,
            )),
        ],
        AppService::Files => vec![dav("webdav", "files")],
        AppService::Calendar => vec![
            dav("caldav", "calendars"),
            dav("carddav", "addressbooks/users"),
        ],
    };
    found.into_iter().flatten().collect()
}
