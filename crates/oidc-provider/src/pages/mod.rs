//! The pages that people sign in on, and those on which they look after what is theirs.
//!
//! Rendered here, complete, without a script: scripts only add what nothing else can do (passkeys) or
//! save a click. Whatever came with a request is text for the templates, which escape it.

mod account;
mod accounts;
pub(crate) mod answer;
pub(crate) mod assets;
mod consent;
pub(crate) mod cookies;
mod csrf;
mod device;
mod enrol;
pub(crate) mod layout;
mod leave;
mod mail_links;
pub(crate) mod message;
mod passkey;
pub(crate) mod problem;
mod request;
mod second_factor;
pub(crate) mod security;
mod sign_in;
mod sought;
pub(crate) mod strings;
pub(crate) mod visit;

pub use assets::{Asset, asset};
pub use request::PageRequest;

use problem::{Shown, Stop};
use visit::Visit;

use crate::{Answer, Provider};

/// A page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Page {
    /// The authorization endpoint.
    Authorize,
    /// The logout endpoint.
    Logout,
    /// Name and password.
    SignIn,
    /// Goes on with a request that waits.
    Continue,
    /// A code, or a passkey beside a password.
    SecondFactor,
    /// Sets up an authenticator app that a tenant wants.
    Enrol,
    /// Sets up a passkey instead.
    EnrolPasskey,
    /// A passkey instead of a password.
    Passkey,
    /// Which account.
    Accounts,
    /// Whether a client may.
    Consent,
    /// A device without a browser.
    Device,
    /// Asks for a link that sets a password.
    ForgotPassword,
    /// Sets the first password.
    SetPassword,
    /// Sets a new password.
    ResetPassword,
    /// Proves an address.
    VerifyEmail,
    /// Says that nobody is signed in.
    SignedOut,
    /// What belongs to a person.
    Account,
    /// Signs out.
    SignOut,
    /// Changes the password.
    ChangePassword,
    /// Sets up an authenticator app.
    Totp,
    /// Takes it away.
    RemoveTotp,
    /// Makes new recovery codes.
    RecoveryCodes,
    /// Adds a passkey.
    AddPasskey,
    /// Removes one.
    RemovePasskey,
    /// Ends a session.
    EndSession,
    /// Takes back a consent.
    RemoveConsent,
    /// Accepts an invitation to a tenant.
    AcceptInvitation,
    /// Declines one.
    DeclineInvitation,
}

/// With which method a page is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Methods {
    /// It is looked at.
    Get,
    /// It is posted.
    Post,
    /// Both.
    Both,
}

impl Page {
    /// Every page with its path below the issuer and its methods.
    pub const ALL: [(Self, &'static str, Methods); 28] = [
        (Self::Authorize, "/api/v1/sso/authorize", Methods::Both),
        (Self::Logout, "/api/v1/sso/logout", Methods::Both),
        (Self::SignIn, "/login", Methods::Both),
        (Self::Continue, "/login/continue", Methods::Get),
        (Self::SecondFactor, "/login/second-factor", Methods::Both),
        (Self::Enrol, "/login/enrol", Methods::Both),
        (Self::EnrolPasskey, "/login/enrol/passkey", Methods::Both),
        (Self::Passkey, "/login/passkey", Methods::Both),
        (Self::Accounts, "/login/accounts", Methods::Both),
        (Self::Consent, "/consent", Methods::Both),
        (Self::Device, "/device", Methods::Both),
        (Self::ForgotPassword, "/forgot-password", Methods::Both),
        (Self::SetPassword, "/set-password", Methods::Both),
        (Self::ResetPassword, "/reset-password", Methods::Both),
        (Self::VerifyEmail, "/verify-email", Methods::Both),
        (Self::SignedOut, "/signed-out", Methods::Get),
        (Self::Account, "/account", Methods::Get),
        (Self::SignOut, "/account/sign-out", Methods::Post),
        (Self::ChangePassword, "/account/password", Methods::Both),
        (Self::Totp, "/account/totp", Methods::Both),
        (Self::RemoveTotp, "/account/totp/remove", Methods::Post),
        (
            Self::RecoveryCodes,
            "/account/recovery-codes",
            Methods::Post,
        ),
        (Self::AddPasskey, "/account/passkeys", Methods::Both),
        (
            Self::RemovePasskey,
            "/account/passkeys/remove",
            Methods::Post,
        ),
        (Self::EndSession, "/account/sessions/end", Methods::Post),
        (
            Self::RemoveConsent,
            "/account/consents/remove",
            Methods::Post,
        ),
        (
            Self::AcceptInvitation,
            "/account/invitations/accept",
            Methods::Post,
        ),
        (
            Self::DeclineInvitation,
            "/account/invitations/decline",
            Methods::Post,
        ),
    ];
}

impl Provider {
    /// Answers a request for a page. Asking for a link by mail is the caller's, who has what sends
    /// mails: see [`Self::forgotten_name`].
    pub async fn page(&self, page: Page, request: &PageRequest) -> Answer {
        let mut visit = match Visit::begin(self, request).await {
            Ok(visit) => visit,
            Err(error) => return Self::stopped(request, None, &error.into()),
        };
        let shown = Box::pin(self.dispatch(page, &mut visit)).await;
        // A request for authorization that was posted is a form of the client's, and its own policy's.
        let is_from_our_form = request.is_post && page != Page::Authorize;
        let shown = match shown {
            Ok(answer) if is_from_our_form => leave::by_page(&visit, answer).map_err(Stop::from),
            shown => shown,
        };
        let answer = match shown {
            Ok(answer) => answer,
            Err(stop) => Self::stopped(request, Some(visit.s), &stop),
        };
        visit.finish(answer)
    }

    async fn dispatch(&self, page: Page, visit: &mut Visit<'_>) -> Shown {
        let is_post = visit.request.is_post;
        match (page, is_post) {
            (Page::Authorize, _) => Box::pin(self.begin_authorization(visit)).await,
            (Page::Logout, _) => Box::pin(self.log_out(visit)).await,
            (Page::SignIn, false) => Box::pin(self.show_sign_in(visit)).await,
            (Page::SignIn, true) => Box::pin(self.sign_in(visit)).await,
            (Page::Continue, _) => Box::pin(self.go_on(visit)).await,
            (Page::SecondFactor, false) => Box::pin(self.show_second_factor(visit)).await,
            (Page::SecondFactor, true) => Box::pin(self.take_second_factor(visit)).await,
            (Page::Enrol, false) => Box::pin(self.show_enrolment(visit)).await,
            (Page::Enrol, true) => Box::pin(self.enrol(visit)).await,
            (Page::EnrolPasskey, false) => Box::pin(self.show_passkey_enrolment(visit)).await,
            (Page::EnrolPasskey, true) => Box::pin(self.enrol_passkey(visit)).await,
            (Page::Passkey, false) => Box::pin(self.show_passkey(visit)).await,
            (Page::Passkey, true) => Box::pin(self.take_passkey(visit)).await,
            (Page::Accounts, false) => Box::pin(self.show_accounts(visit)).await,
            (Page::Accounts, true) => Box::pin(self.choose_account(visit)).await,
            (Page::Consent, false) => Box::pin(self.show_consent(visit)).await,
            (Page::Consent, true) => Box::pin(self.take_consent(visit)).await,
            (Page::Device, false) => self.show_device(visit),
            (Page::Device, true) => Box::pin(self.take_device(visit)).await,
            (Page::ForgotPassword, _) => self.show_forgot_password(visit),
            (Page::SetPassword | Page::ResetPassword, false) => self.show_new_password(visit, page),
            (Page::SetPassword | Page::ResetPassword, true) => {
                Box::pin(self.take_new_password(visit, page)).await
            }
            (Page::VerifyEmail, false) => self.show_verify_email(visit),
            (Page::VerifyEmail, true) => Box::pin(self.verify_email(visit)).await,
            (Page::SignedOut, _) => Self::show_signed_out(visit),
            _ => Box::pin(self.account_page(page, visit)).await,
        }
    }

    fn show_signed_out(visit: &Visit<'_>) -> Shown {
        let s = visit.s;
        let onward = Some(("/login", s.sign_in));
        Ok(message::message(
            visit,
            s.signed_out,
            s.signed_out_text,
            onward,
        )?)
    }
}
