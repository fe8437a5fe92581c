//! `/admin/tenants/{tenant_id}/users`: the people of a tenant.

pub mod dto;
pub mod own;

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Data, Path},
};
use bheem_domain::{AccountId, TenantRole};
use bheem_persistence::{Cursor, Effect};
use bheem_services::members::{AddMember, MemberView, UpdateMember};

use self::dto::{
    AddUserRequest, FullMemberResponse, MemberResponse, RemoveUserQuery, UpdateUserRequest,
    UsersQuery,
};
use super::paged::{page, paged};
use crate::{
    app::App,
    extract::{ApiJson, ApiQuery, TenantAdmin, TenantMember, Wait},
    http::{door::Recovery, idempotency::already_done},
    problem::{Answer, Problem},
    routes::{Table, routes},
};

const REDO: Recovery = Recovery::By(|request, effect| Box::pin(recover_user(request, effect)));

pub(crate) fn routes(table: &mut Table) {
    routes!(
        table,
        guarded list_users,
        guarded add_user => REDO,
        guarded get_user,
        guarded update_user,
        guarded remove_user,
        guarded provision_user,
        guarded own::list_my_invitations,
        guarded own::leave_tenant,
        guarded own::accept_invitation,
        guarded own::decline_invitation,
        guarded own::provision_workspace,
    );
}

/// The people of a tenant, in the order they came. Members who are no administrators see names, addresses and
/// roles of the others.
///
/// # Errors
/// 404 when the tenant is somebody else's.
#[utoipa::path(
    get, path = "/api/v1/admin/tenants/{tenant_id}/users", tag = "admin: users", security(("bearer" = [])),
    params(("tenant_id" = String, Path, description = "Id or slug"), UsersQuery),
    responses(
        (
            status = 200,
            body = [MemberResponse],
            headers(("X-Next-Cursor" = String, description = "Goes into `after`")),
        ),
        (status = 422),
    ),
)]
pub async fn list_users(
    member: TenantMember,
    app: Data<App>,
    ApiQuery(query): ApiQuery<UsersQuery>,
) -> Answer {
    let page = page(query.limit, query.skip, query.after.as_deref())?;
    let role = query.role.as_deref().map(str::parse).transpose()?;
    let members = app
        .services
        .list_members(&member.scope, role, &page)
        .await?;
    Ok(paged(
        members,
        &page,
        |view| Cursor {
            created_at: view.member.created_at,
            id: view.member.id.as_uuid(),
        },
        |view| MemberResponse::seen_by(&member.scope, view),
    ))
}

/// Adds a person. An account that the tenant makes on a domain which it has proven gets every service;
/// anybody else is invited (`status` is `invited`), and gets them by accepting. Waits a while for it
/// (`Prefer: wait=N`): 201 when it ended, 202 with the operation when it goes on.
///
/// # Errors
/// 403 when all seats are taken, 409 when they are a member already, 422 naming the field.
#[utoipa::path(
    post, path = "/api/v1/admin/tenants/{tenant_id}/users", tag = "admin: users", security(("bearer" = [])),
    params(
        Wait,
        ("tenant_id" = String, Path, description = "Id or slug"),
    ),
    request_body = AddUserRequest,
    responses((status = 201, body = FullMemberResponse), (status = 202, body = FullMemberResponse)),
)]
pub async fn add_user(
    admin: TenantAdmin,
    app: Data<App>,
    wait: Wait,
    ApiJson(body): ApiJson<AddUserRequest>,
) -> Answer {
    let view = app
        .services
        .add_member(
            &admin.scope,
            AddMember {
                email: body.email,
                username: body.username,
                name: body.name,
                role: body
                    .role
                    .map_or(Ok(TenantRole::Member), |role| role.parse())?,
                create_mailbox: body.create_mailbox.unwrap_or(true),
                send_welcome_email: body.send_welcome_email.unwrap_or(true),
                personal_email: body.personal_email,
            },
            wait.0,
        )
        .await?;
    added(view)
}

/// The person that a request before has added.
async fn recover_user(request: HttpRequest, effect: Effect) -> Answer {
    let Some(id) = effect.id else {
        return Err(already_done(&effect));
    };
    let admin = TenantAdmin::extract(&request).await?;
    let wait = Wait::extract(&request).await?;
    let services = &App::of(&request).services;
    let view = services
        .member_after(&admin.scope, id.into(), wait.0)
        .await?;
    added(view)
}

fn added(view: MemberView) -> Answer {
    let user = FullMemberResponse::from(view);
    match user.provisioning_status {
        // Nothing came of it and nothing is left of it.
        Some("failed") => Err(Problem::new(
            StatusCode::CONFLICT,
            "provisioning_failed",
            user.errors
                .into_iter()
                .next()
                .unwrap_or_else(|| "User provisioning failed".to_owned()),
        )),
        Some("running") => Ok(at_work(user)),
        _ => Ok(HttpResponse::Created().json(user)),
    }
}

/// One person.
///
/// # Errors
/// 404 also when the person is in another tenant.
#[utoipa::path(
    get, path = "/api/v1/admin/tenants/{tenant_id}/users/{user_id}",
    tag = "admin: users", security(("bearer" = [])),
    params(("tenant_id" = String, Path, description = "Id or slug"), ("user_id" = uuid::Uuid, Path)),
    responses((status = 200, body = MemberResponse)),
)]
pub async fn get_user(
    member: TenantMember,
    app: Data<App>,
    path: Path<(String, String)>,
) -> Answer {
    let view = app.services.member(&member.scope, user_id(&path)?).await?;
    Ok(HttpResponse::Ok().json(MemberResponse::seen_by(&member.scope, view)))
}

/// Changes a person. `is_active` takes or gives the seat and the services; a new `name` or `email` reaches every peer.
///
/// # Errors
/// 403, 404, 409 for the last owner, 422 naming the field.
#[utoipa::path(
    patch, path = "/api/v1/admin/tenants/{tenant_id}/users/{user_id}",
    tag = "admin: users", security(("bearer" = [])),
    params(Wait, ("tenant_id" = String, Path, description = "Id or slug"), ("user_id" = uuid::Uuid, Path)),
    request_body = UpdateUserRequest,
    responses((status = 200, body = FullMemberResponse), (status = 202, body = FullMemberResponse)),
)]
pub async fn update_user(
    admin: TenantAdmin,
    app: Data<App>,
    path: Path<(String, String)>,
    wait: Wait,
    ApiJson(body): ApiJson<UpdateUserRequest>,
) -> Answer {
    let update = UpdateMember {
        name: body.name,
        email: body.email,
        role: body.role.as_deref().map(str::parse).transpose()?,
        personal_email: body.personal_email,
        permissions: body.permissions,
        is_active: body.is_active,
    };
    let view = app
        .services
        .update_member(&admin.scope, user_id(&path)?, update, wait.0)
        .await?;
    let is_changing = view.changing.as_ref().is_some_and(|run| !run.is_settled());
    if is_changing {
        return Ok(at_work(view.into()));
    }
    Ok(ended_or_at_work(view.into()))
}

/// Removes a person: the seat is free, every service is disabled, nothing is deleted.
///
/// # Errors
/// 403, 404, 409 for the last owner.
#[utoipa::path(
    delete, path = "/api/v1/admin/tenants/{tenant_id}/users/{user_id}",
    tag = "admin: users", security(("bearer" = [])),
    params(
        Wait,
        ("tenant_id" = String, Path, description = "Id or slug"),
        ("user_id" = uuid::Uuid, Path),
        RemoveUserQuery,
    ),
    responses((status = 200, body = FullMemberResponse), (status = 202, body = FullMemberResponse), (status = 422)),
)]
pub async fn remove_user(
    admin: TenantAdmin,
    app: Data<App>,
    path: Path<(String, String)>,
    wait: Wait,
    ApiQuery(query): ApiQuery<RemoveUserQuery>,
) -> Answer {
    if let Some(option) = query.deletes() {
        // Data is exported before it is deleted, and there is no export yet.
        return Err(Problem::invalid(
            option,
            "deleting is not to be had yet; without it the services are disabled",
        ));
    }
    let view = app
        .services
        .remove_member(&admin.scope, user_id(&path)?, wait.0)
        .await?;
    Ok(ended_or_at_work(view.into()))
}

/// Gives a member every service, at the address they have or at one that is chosen now.
///
/// # Errors
/// 403, 404, 409 when the address is taken, 422 naming the field.
#[utoipa::path(
    post, path = "/api/v1/admin/tenants/{tenant_id}/users/{user_id}/provision",
    tag = "admin: users", security(("bearer" = [])),
    params(Wait, ("tenant_id" = String, Path, description = "Id or slug"), ("user_id" = uuid::Uuid, Path)),
    request_body = own::ProvisionRequest,
    responses((status = 200, body = FullMemberResponse), (status = 202, body = FullMemberResponse)),
)]
pub async fn provision_user(
    admin: TenantAdmin,
    app: Data<App>,
    path: Path<(String, String)>,
    wait: Wait,
    ApiJson(body): ApiJson<own::ProvisionRequest>,
) -> Answer {
    let view = app
        .services
        .provision_services(&admin.scope, user_id(&path)?, body.email.as_deref(), wait.0)
        .await?;
    Ok(ended_or_at_work(view.into()))
}

fn user_id(path: &(String, String)) -> Result<AccountId, Problem> {
    path.1
        .parse()
        .map_err(|_error| Problem::not_found("User not found"))
}

fn ended_or_at_work(user: FullMemberResponse) -> HttpResponse {
    if user.provisioning_status == Some("running") {
        at_work(user)
    } else {
        HttpResponse::Ok().json(user)
    }
}

fn at_work(user: FullMemberResponse) -> HttpResponse {
    let mut response = HttpResponse::Accepted();
    if let Some(operation) = &user.operation {
        response.insert_header((header::LOCATION, operation.href.clone()));
    }
    response.json(user)
}
