//! `/auth`: registering, signing in and out, passwords and sessions.

pub mod consents;
pub mod dto;
pub mod factor_dto;
pub mod factors;
pub mod passkeys;
pub mod passwords;
pub mod proofs;
pub mod register;
pub mod session;

use actix_web::http::Method;

use crate::routes::Table;

pub(crate) fn routes(table: &mut Table) {
    table
        .public(Method::POST, "/auth/register", register::register)
        .public(Method::POST, "/auth/login", session::login)
        .public(Method::POST, "/auth/refresh", session::refresh)
        .public(
            Method::POST,
            "/auth/password/reset/request",
            passwords::request_password_reset,
        )
        .public(
            Method::POST,
            "/auth/password/reset/confirm",
            passwords::confirm_password_reset,
        )
        .public(Method::POST, "/auth/set-password", passwords::set_password)
        .guarded(Method::GET, "/auth/me", session::me)
        .guarded(Method::POST, "/auth/logout", session::logout)
        .guarded(
            Method::POST,
            "/auth/change-password",
            passwords::change_password,
        )
        .guarded(Method::GET, "/auth/sessions", session::list_sessions)
        .guarded(
            Method::DELETE,
            "/auth/sessions/{session_id}",
            session::revoke_session,
        )
        .guarded(Method::GET, "/auth/consents", consents::list_consents)
        .guarded(
            Method::DELETE,
            "/auth/consents/{client_id}",
            consents::withdraw_consent,
        );
    second_factors(table);
    proofs(table);
}

fn second_factors(table: &mut Table) {
    table
        .guarded(
            Method::GET,
            "/auth/second-factors",
            factors::list_second_factors,
        )
        .guarded(Method::POST, "/auth/totp", factors::begin_totp)
        .guarded(Method::POST, "/auth/totp/confirm", factors::confirm_totp)
        .guarded(Method::DELETE, "/auth/totp", factors::remove_totp)
        .guarded(
            Method::POST,
            "/auth/recovery-codes",
            factors::make_recovery_codes,
        )
        .guarded(
            Method::POST,
            "/auth/passkeys/options",
            passkeys::begin_passkey,
        )
        .guarded(Method::POST, "/auth/passkeys", passkeys::add_passkey)
        .guarded(Method::GET, "/auth/passkeys", passkeys::list_passkeys)
        .guarded(
            Method::DELETE,
            "/auth/passkeys/{id}",
            passkeys::remove_passkey,
        );
}

fn proofs(table: &mut Table) {
    table
        .guarded(
            Method::POST,
            "/auth/email/verify",
            proofs::send_email_verification,
        )
        .public(Method::POST, "/auth/email/confirm", proofs::confirm_email)
        .guarded(Method::POST, "/auth/phone/send", proofs::send_phone_code)
        .guarded(Method::POST, "/auth/phone/verify", proofs::verify_phone)
        .guarded(Method::GET, "/auth/login-events", proofs::list_login_events);
}
