//! `/admin/accounts`: accounts, for platform administrators.

pub mod dto;

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use bheem_domain::{AccountId, Invalid, PlatformRole};
use bheem_identity::AccountChange;
use bheem_persistence::{Cursor, repo::AccountFilter};

use self::dto::{
    AccountResponse, AccountsQuery, NameCollisionResponse, NameCollisionsQuery,
    UpdateAccountRequest,
};
use super::paged::{page, paged};
use crate::{
    app::App,
    extract::{ApiJson, ApiQuery, SuperAdmin},
    problem::{Answer, Problem},
    routes::{Table, routes},
};

pub(crate) fn routes(table: &mut Table) {
    routes!(
        table,
        guarded list_accounts,
        guarded list_name_collisions,
        guarded get_account,
        guarded update_account,
    );
}

/// Accounts, newest first.
///
/// # Errors
/// 401, 403, 422 naming the field.
#[utoipa::path(
    get, path = "/api/v1/admin/accounts", tag = "admin: accounts", security(("bearer" = [])),
    params(AccountsQuery),
    responses(
        (
            status = 200,
            body = [AccountResponse],
            headers(("X-Next-Cursor" = String, description = "Goes into `after`")),
        ),
    ),
)]
pub async fn list_accounts(
    admin: SuperAdmin,
    app: Data<App>,
    ApiQuery(query): ApiQuery<AccountsQuery>,
) -> Answer {
    let page = page(query.limit, query.skip, query.after.as_deref())?;
    let filter = AccountFilter {
        search: query.search,
        role: query.role.as_deref().map(role).transpose()?,
        is_active: query.is_active,
    };
    let identity = app.services.identity();
    let accounts = identity.accounts(&admin.scope, &filter, &page).await?;
    Ok(paged(
        accounts,
        &page,
        |account| Cursor {
            created_at: account.created_at,
            id: account.id.as_uuid(),
        },
        AccountResponse::from,
    ))
}

/// One account.
///
/// # Errors
/// 401, 403, 404.
#[utoipa::path(
    get, path = "/api/v1/admin/accounts/{account_id}", tag = "admin: accounts", security(("bearer" = [])),
    params(("account_id" = uuid::Uuid, Path)),
    responses((status = 200, body = AccountResponse)),
)]
pub async fn get_account(_admin: SuperAdmin, app: Data<App>, path: Path<String>) -> Answer {
    let id = account_id(&path)?;
    let account = app
        .services
        .identity()
        .find_account(&id.to_string())
        .await?;
    Ok(HttpResponse::Ok().json(AccountResponse::from(account)))
}

/// Changes an account: its role, whether it may sign in; ends its sessions; demands a new password. It
/// counts at once.
///
/// # Errors
/// 404; 409 with code `last_super_admin` when nobody would be left to administer the platform; 422 naming the
/// field.
#[utoipa::path(
    patch, path = "/api/v1/admin/accounts/{account_id}", tag = "admin: accounts", security(("bearer" = [])),
    params(("account_id" = uuid::Uuid, Path)),
    request_body = UpdateAccountRequest,
    responses((status = 200, body = AccountResponse)),
)]
pub async fn update_account(
    admin: SuperAdmin,
    app: Data<App>,
    path: Path<String>,
    ApiJson(body): ApiJson<UpdateAccountRequest>,
) -> Answer {
    let id = account_id(&path)?;
    let change = AccountChange {
        role: body.role.as_deref().map(role).transpose()?,
        is_active: body.is_active,
        end_sessions: body.end_sessions,
        require_new_password: body.require_new_password,
    };
    let account = app
        .services
        .update_account(&admin.scope, id, &change)
        .await?;
    Ok(HttpResponse::Ok().json(AccountResponse::from(account)))
}

/// Names that a person of an identity source and an account of ours both have, newest first.
///
/// # Errors
/// 401, 403, 422 naming the field.
#[utoipa::path(
    get, path = "/api/v1/admin/name-collisions", tag = "admin: accounts", security(("bearer" = [])),
    params(NameCollisionsQuery),
    responses(
        (
            status = 200,
            body = [NameCollisionResponse],
            headers(("X-Next-Cursor" = String, description = "Goes into `after`")),
        ),
    ),
)]
pub async fn list_name_collisions(
    admin: SuperAdmin,
    app: Data<App>,
    ApiQuery(query): ApiQuery<NameCollisionsQuery>,
) -> Answer {
    let page = page(query.limit, query.skip, query.after.as_deref())?;
    let identity = app.services.identity();
    let collisions = identity.name_collisions(&admin.scope, &page).await?;
    Ok(paged(
        collisions,
        &page,
        |collision| Cursor {
            created_at: collision.created_at,
            id: collision.mirrored_id.as_uuid(),
        },
        NameCollisionResponse::from,
    ))
}

fn account_id(path: &str) -> Result<AccountId, Problem> {
    path.parse()
        .map_err(|_error| Problem::not_found("Account not found"))
}

fn role(name: &str) -> Result<PlatformRole, Invalid> {
    name.parse()
        .map_err(|_error| Invalid::new("role", "is not a role on the platform"))
}
