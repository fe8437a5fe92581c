//! `/workspace`: what somebody has.

pub mod app_passwords;

use actix_web::{HttpResponse, web::Data};
use bheem_identity::AccessClaims;
use bheem_provisioning::outcome;
use bheem_services::workspace::OwnWorkspace;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::domains::dto::TenantQuery;
use crate::{
    app::App,
    extract::{ApiQuery, CurrentUser},
    problem::Answer,
    routes::{Table, routes},
};

/// A person and what they have.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyWorkspaceResponse {
    /// The person.
    pub user: Person,
    /// What they have.
    pub workspace: MyServices,
}

/// A person in a tenant.
#[derive(Debug, Serialize, ToSchema)]
pub struct Person {
    /// The account.
    pub id: Uuid,
    /// The address in the tenant.
    pub email: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The tenant's name.
    pub company: Option<String>,
    /// The tenant.
    pub tenant_id: Option<Uuid>,
    /// The tenant's name in URLs.
    pub slug: Option<String>,
    /// The role there.
    pub role: Option<&'static str>,
}

/// The services of a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyServices {
    /// Mail.
    pub email: MyMail,
    /// Files.
    pub files: MyFiles,
    /// Calendars.
    pub calendar: MyCalendar,
    /// Meetings.
    pub meetings: MyMeetings,
}

/// Mail.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyMail {
    /// There is a mailbox.
    pub enabled: bool,
    /// Its address.
    pub address: Option<String>,
    /// Where to read it.
    pub imap_server: Option<String>,
    /// Where to read it in a browser.
    pub webmail_url: Option<String>,
}

/// Files.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyFiles {
    /// There is an account.
    pub enabled: bool,
    /// Where its files are.
    pub webdav_url: Option<String>,
}

/// Calendars.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyCalendar {
    /// There is a calendar.
    pub enabled: bool,
    /// Where calendars are.
    pub caldav_url: Option<String>,
}

/// Meetings.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyMeetings {
    /// Meetings can be held.
    pub enabled: bool,
    /// Where.
    pub server_url: Option<String>,
}

pub(crate) fn routes(table: &mut Table) {
    routes!(
        table,
        guarded my_workspace,
    );
    app_passwords::routes(table);
}

/// Who somebody is, and which services they have in the tenant that is named, or else in the one they
/// joined first.
///
/// # Errors
/// 401; 403 when the tenant is suspended; 404 when it is not theirs.
#[utoipa::path(
    get, path = "/api/v1/workspace/me", tag = "workspace", security(("bearer" = [])),
    params(TenantQuery),
    responses((status = 200, body = MyWorkspaceResponse)),
)]
pub async fn my_workspace(
    user: CurrentUser,
    app: Data<App>,
    ApiQuery(query): ApiQuery<TenantQuery>,
) -> Answer {
    let own = app
        .services
        .own_workspace(&user.claims, user.actor, query.tenant_id.as_deref())
        .await?;
    Ok(HttpResponse::Ok().json(MyWorkspaceResponse {
        workspace: services(&app, own.as_ref()),
        user: person(&user.claims, own),
    }))
}

fn person(claims: &AccessClaims, own: Option<OwnWorkspace>) -> Person {
    let (tenant, member) = own.map_or((None, None), |own| (Some(own.tenant), Some(own.member)));
    let member = member.map(|view| view.member);
    Person {
        id: claims.sub.as_uuid(),
        email: member
            .as_ref()
            .map(|member| member.email.to_string())
            .or_else(|| claims.email.clone()),
        name: member
            .as_ref()
            .map(|member| member.name.clone())
            .or_else(|| claims.name.clone()),
        company: tenant.as_ref().map(|tenant| tenant.name.clone()),
        tenant_id: tenant.as_ref().map(|tenant| tenant.id.as_uuid()),
        slug: tenant.map(|tenant| tenant.slug.into()),
        role: member.map(|member| member.role.as_str()),
    }
}

/// A service is there when the run that gives it has said so.
fn services(app: &App, own: Option<&OwnWorkspace>) -> MyServices {
    let run = own.and_then(|own| own.member.run.as_ref());
    let provisioned = run
        .map(|run| outcome(run).provisioned())
        .unwrap_or_default();
    let config = app.services.config();
    let has_mail = provisioned.contains(&"mailbox");
    let uid = own.map(|own| own.member.member.user_id);
    let nextcloud = config
        .nextcloud_url
        .as_ref()
        .zip(uid)
        .filter(|_| provisioned.contains(&"nextcloud"));
    let dav =
        |kind: &str| nextcloud.map(|(url, uid)| format!("{url}/remote.php/dav/{kind}/{uid}/"));
    MyServices {
        email: MyMail {
            enabled: has_mail,
            address: own
                .filter(|_| has_mail)
                .map(|own| own.member.member.email.to_string()),
            imap_server: has_mail.then(|| config.imap_server.clone()),
            webmail_url: config.webmail_url.clone().filter(|_| has_mail),
        },
        files: MyFiles {
            enabled: nextcloud.is_some(),
            webdav_url: dav("files"),
        },
        calendar: MyCalendar {
            enabled: nextcloud.is_some(),
            caldav_url: dav("calendars"),
        },
        meetings: MyMeetings {
            enabled: false,
            server_url: None,
        },
    }
}
