//! `/auth`: registering, signing in and out, passwords and sessions.

pub mod dto;
pub mod passwords;
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
        );
}
