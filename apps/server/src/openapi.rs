//! The OpenAPI document, made from the handlers.

use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use crate::api;

/// The document.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Bheem Workspace",
        description = "Mail, files, calendars, meetings and chat of an organisation as one product.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    modifiers(&Bearer),
    paths(
        api::health::get_health,
        api::health::get_live,
        api::health::get_ready,
        api::accounts::list_accounts,
        api::accounts::get_account,
        api::accounts::update_account,
        api::accounts::list_name_collisions,
        api::auth::register::register,
        api::auth::session::login,
        api::auth::session::refresh,
        api::auth::session::me,
        api::auth::session::logout,
        api::auth::session::list_sessions,
        api::auth::session::revoke_session,
        api::auth::consents::list_consents,
        api::auth::consents::withdraw_consent,
        api::auth::passwords::change_password,
        api::auth::passwords::request_password_reset,
        api::auth::passwords::confirm_password_reset,
        api::auth::passwords::set_password,
        api::auth::factors::list_second_factors,
        api::auth::factors::begin_totp,
        api::auth::factors::confirm_totp,
        api::auth::factors::remove_totp,
        api::auth::factors::make_recovery_codes,
        api::auth::passkeys::begin_passkey,
        api::auth::passkeys::add_passkey,
        api::auth::passkeys::list_passkeys,
        api::auth::passkeys::remove_passkey,
        api::auth::proofs::send_email_verification,
        api::auth::proofs::confirm_email,
        api::auth::proofs::send_phone_code,
        api::auth::proofs::verify_phone,
        api::auth::proofs::list_login_events,
        api::tenants::create_own_tenant,
        api::tenants::list_my_tenants,
        api::tenants::list_plans,
        api::admin_tenants::list_tenants,
        api::admin_tenants::create_tenant,
        api::admin_tenants::get_tenant,
        api::admin_tenants::update_tenant,
        api::admin_tenants::delete_tenant,
        api::members::list_users,
        api::members::add_user,
        api::members::get_user,
        api::members::update_user,
        api::members::remove_user,
        api::members::provision_user,
        api::members::own::list_my_invitations,
        api::members::own::accept_invitation,
        api::members::own::decline_invitation,
        api::members::own::leave_tenant,
        api::members::own::provision_workspace,
        api::domains::list_domains,
        api::domains::add_domain,
        api::domains::get_domain,
        api::domains::update_domain,
        api::domains::remove_domain,
        api::domains::list_dns_records,
        api::domains::verify_domain,
        api::domains::own::add_own_domain,
        api::domains::own::verify_own_domain,
        api::oidc_clients::platform::list_clients,
        api::oidc_clients::platform::create_client,
        api::oidc_clients::platform::get_client,
        api::oidc_clients::platform::update_client,
        api::oidc_clients::platform::remove_client,
        api::oidc_clients::platform::rotate_client_secret,
        api::oidc_clients::platform::create_registration_token,
        api::oidc_clients::tenant::list_tenant_clients,
        api::oidc_clients::tenant::create_tenant_client,
        api::oidc_clients::tenant::get_tenant_client,
        api::oidc_clients::tenant::update_tenant_client,
        api::oidc_clients::tenant::remove_tenant_client,
        api::oidc_clients::tenant::rotate_tenant_client_secret,
        api::oidc_clients::tenant::create_tenant_registration_token,
        api::operations::get_operation,
        api::operations::watch_operation,
        api::workspace::my_workspace,
        api::workspace::app_passwords::list_app_passwords,
        api::workspace::app_passwords::make_app_password,
        api::workspace::app_passwords::remove_app_password,
        api::sso::discovery::openid_configuration,
        api::sso::discovery::authorization_server,
        api::sso::discovery::jwks,
        api::sso::tokens::token,
        api::sso::tokens::introspect,
        api::sso::tokens::revoke,
        api::sso::tokens::device_authorization,
        api::sso::userinfo::userinfo,
        api::sso::userinfo::post_userinfo,
        api::sso::userinfo::gitlab_user,
        api::sso::registration::register,
        api::sso::registration::registration,
        api::sso::registration::change_registration,
        api::sso::registration::end_registration,
        crate::pages::pushed::push_authorization_request,
    )
)]
pub struct ApiDoc;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .build();
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// The document as JSON, as it is served and checked in.
///
/// # Errors
/// When it does not serialise, which a test shows.
pub fn document() -> serde_json::Result<String> {
    ApiDoc::openapi().to_pretty_json()
}
