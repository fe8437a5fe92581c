//! What belongs to a person: sessions, factors, the password, and what clients may.

mod factors;
mod invitations;
mod overview;
mod password;
mod programs;

use super::{
    Page,
    answer::redirect,
    message::message,
    problem::{Problem, Shown},
    visit::Visit,
};
use crate::Provider;

impl Provider {
    /// A page of somebody who is signed in.
    pub(super) async fn account_page(&self, page: Page, visit: &mut Visit<'_>) -> Shown {
        if visit.session.is_none() {
            return Ok(redirect("/login"));
        }
        let is_post = visit.request.is_post;
        match (page, is_post) {
            (Page::Account, false) => Box::pin(self.overview(visit)).await,
            (Page::ChangePassword, false) => self.show_change_password(visit),
            (Page::ChangePassword, true) => Box::pin(self.change_password(visit)).await,
            (Page::Totp, false) => Box::pin(self.show_totp(visit)).await,
            (Page::Totp, true) => Box::pin(self.confirm_totp(visit)).await,
            (Page::RemoveTotp, true) => Box::pin(self.remove_totp(visit)).await,
            (Page::RecoveryCodes, true) => Box::pin(self.renew_recovery_codes(visit)).await,
            (Page::AddPasskey, false) => Box::pin(self.show_add_passkey(visit)).await,
            (Page::AddPasskey, true) => Box::pin(self.add_passkey(visit)).await,
            (Page::RemovePasskey, true) => Box::pin(self.remove_passkey(visit)).await,
            (Page::EndSession, true) => Box::pin(self.end_one_session(visit)).await,
            (Page::RemoveConsent, true) => Box::pin(self.remove_consent(visit)).await,
            (Page::AcceptInvitation | Page::DeclineInvitation, true) => {
                Box::pin(self.answer_invitation(page, visit)).await
            }
            (Page::SignOut, true) => Box::pin(self.sign_out(visit)).await,
            _ => Ok(redirect("/account")),
        }
    }

    async fn sign_out(&self, visit: &mut Visit<'_>) -> Shown {
        visit.form(self)?;
        self.end(visit).await?;
        Ok(redirect("/signed-out"))
    }

    async fn end_one_session(&self, visit: &mut Visit<'_>) -> Shown {
        let form = visit.form(self)?;
        let signed_in = visit.session.as_ref().ok_or(Problem::Expired)?;
        let session_id = form.get("id").and_then(|id| id.parse().ok());
        let session_id = session_id.ok_or(Problem::Form)?;
        if session_id == signed_in.session.id {
            self.end(visit).await?;
            return Ok(redirect("/signed-out"));
        }
        let account_id = signed_in.account.id;
        match self
            .inner
            .identity
            .end_session(account_id, session_id)
            .await
        {
            Ok(()) | Err(bheem_identity::Error::SessionNotFound) => Ok(redirect("/account")),
            Err(error) => Err(error.into()),
        }
    }

    async fn remove_consent(&self, visit: &mut Visit<'_>) -> Shown {
        let form = visit.form(self)?;
        let signed_in = visit.session.as_ref().ok_or(Problem::Expired)?;
        let client_id = form.get("client_id").ok_or(Problem::Form)?;
        self.withdraw_consent(signed_in.account.id, client_id)
            .await?;
        Ok(redirect("/account"))
    }

    /// Says that something is done, with the way back.
    fn done(visit: &Visit<'_>, title: &'static str, text: &'static str) -> Shown {
        let back = Some(("/account", visit.s.back_to_account));
        Ok(message(visit, title, text, back)?)
    }
}
