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

use crate::routes::{Table, routes};

pub(crate) fn routes(table: &mut Table) {
    routes!(
        table,
        public register::register,
        public session::login,
        public session::refresh,
        public passwords::request_password_reset,
        public passwords::confirm_password_reset,
        public passwords::set_password,
        guarded session::me,
        guarded session::logout,
        guarded passwords::change_password,
        guarded session::list_sessions,
        guarded session::revoke_session,
        guarded consents::list_consents,
        guarded consents::withdraw_consent,
    );
    second_factors(table);
    proofs(table);
}

fn second_factors(table: &mut Table) {
    routes!(
        table,
        guarded factors::list_second_factors,
        guarded factors::begin_totp,
        guarded factors::confirm_totp,
        guarded factors::remove_totp,
        guarded factors::make_recovery_codes,
        guarded passkeys::begin_passkey,
        guarded passkeys::add_passkey,
        guarded passkeys::list_passkeys,
        guarded passkeys::remove_passkey,
    );
}

fn proofs(table: &mut Table) {
    routes!(
        table,
        guarded proofs::send_email_verification,
        public proofs::confirm_email,
        guarded proofs::send_phone_code,
        guarded proofs::verify_phone,
        guarded proofs::list_login_events,
    );
}
