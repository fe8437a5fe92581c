//! Setting up and taking away what proves who somebody is. It takes a sign-in of the last minutes:
//! whoever finds a browser open must not be able to make it theirs.

use bheem_identity::{Error as Refused, Fresh};

use crate::{
    Answer, Provider, Result,
    pages::{
        answer::redirect,
        assets,
        enrol::{blame_code, recovery_page, totp_page, typed_code},
        layout::{Layout, show_page},
        passkey::PasskeyPage,
        problem::{Problem, Shown, Stop},
        second_factor::passkey_answer,
        sign_in::blame,
        visit::Visit,
    },
};

const TOTP: &str = "/account/totp";
const PASSKEYS: &str = "/account/passkeys";

/// The right to change factors, or where to get it.
enum Right {
    Has(Box<Fresh>),
    GetsIt(Answer),
}

impl Provider {
    async fn right(&self, visit: &Visit<'_>) -> Shown<Right> {
        let signed_in = visit.session.as_ref().ok_or(Problem::Expired)?;
        let (account_id, session_id) = (signed_in.account.id, signed_in.session.id);
        let client = &visit.request.client;
        let fresh = self
            .inner
            .identity
            .fresh(account_id, session_id, None, client);
        match Box::pin(fresh).await {
            Ok(fresh) => Ok(Right::Has(Box::new(fresh))),
            Err(Refused::RecentSignInRequired | Refused::InvalidToken) => {
                Ok(Right::GetsIt(redirect("/login?again=1")))
            }
            Err(Refused::SecondFactorRequired { .. }) => {
                Ok(Right::GetsIt(redirect("/login/second-factor?again=1")))
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn show_totp(&self, visit: &Visit<'_>) -> Shown {
        let fresh = match self.right(visit).await? {
            Right::Has(fresh) => fresh,
            Right::GetsIt(answer) => return Ok(answer),
        };
        match self.inner.identity.begin_totp(&fresh).await {
            Ok(setup) => {
                let layout = Layout::new(self, visit, visit.s.totp)?;
                Ok(totp_page(layout, Some(&setup), TOTP)?)
            }
            Err(Refused::FactorExists) => Ok(redirect("/account")),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn confirm_totp(&self, visit: &Visit<'_>) -> Shown {
        let form = visit.form(self)?;
        let fresh = match self.right(visit).await? {
            Right::Has(fresh) => fresh,
            Right::GetsIt(answer) => return Ok(answer),
        };
        let code = typed_code(form.get("code"));
        let confirmed = self.inner.identity.confirm_totp(&fresh, &code);
        match Box::pin(confirmed).await {
            Ok(codes) => self.added(visit, &codes),
            Err(Refused::FactorNotFound) => Ok(redirect(TOTP)),
            Err(refused) => {
                let layout = blame_code(Layout::new(self, visit, visit.s.totp)?, refused)?;
                Ok(totp_page(layout, None, TOTP)?)
            }
        }
    }

    pub(super) async fn remove_totp(&self, visit: &Visit<'_>) -> Shown {
        visit.form(self)?;
        let fresh = match self.right(visit).await? {
            Right::Has(fresh) => fresh,
            Right::GetsIt(answer) => return Ok(answer),
        };
        let removed = self.inner.identity.remove_totp(&fresh).await;
        Self::removed(visit, removed)
    }

    pub(super) async fn renew_recovery_codes(&self, visit: &Visit<'_>) -> Shown {
        visit.form(self)?;
        let fresh = match self.right(visit).await? {
            Right::Has(fresh) => fresh,
            Right::GetsIt(answer) => return Ok(answer),
        };
        match self.inner.identity.new_recovery_codes(&fresh).await {
            Ok(codes) => self.added(visit, &codes),
            Err(Refused::FactorNotFound) => Ok(redirect("/account")),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn show_add_passkey(&self, visit: &Visit<'_>) -> Shown {
        match self.right(visit).await? {
            Right::Has(fresh) => self.add_passkey_page(visit, &fresh, None).await,
            Right::GetsIt(answer) => Ok(answer),
        }
    }

    pub(super) async fn add_passkey(&self, visit: &Visit<'_>) -> Shown {
        let form = visit.form(self)?;
        let fresh = match self.right(visit).await? {
            Right::Has(fresh) => fresh,
            Right::GetsIt(answer) => return Ok(answer),
        };
        let failed = visit.s.passkey_failed;
        let Some((ceremony, response)) = passkey_answer(&form) else {
            return self.add_passkey_page(visit, &fresh, Some(failed)).await;
        };
        let name = form.get("name").unwrap_or(visit.s.passkey);
        let finished = self
            .inner
            .identity
            .finish_passkey(&fresh, ceremony, response, name);
        match Box::pin(finished).await {
            Ok((_, codes)) => self.added(visit, &codes),
            Err(Refused::Invalid(_)) => self.add_passkey_page(visit, &fresh, Some(failed)).await,
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn remove_passkey(&self, visit: &Visit<'_>) -> Shown {
        let form = visit.form(self)?;
        let fresh = match self.right(visit).await? {
            Right::Has(fresh) => fresh,
            Right::GetsIt(answer) => return Ok(answer),
        };
        let id = form.get("id").and_then(|id| id.parse().ok());
        let removed = self
            .inner
            .identity
            .remove_passkey(&fresh, id.ok_or(Problem::Form)?)
            .await;
        Self::removed(visit, removed)
    }

    async fn add_passkey_page(
        &self,
        visit: &Visit<'_>,
        fresh: &Fresh,
        notice: Option<&'static str>,
    ) -> Shown {
        let ceremony = match self.inner.identity.begin_passkey(fresh).await {
            Ok(ceremony) => ceremony,
            Err(Refused::PasskeysUnavailable | Refused::Invalid(_)) => {
                return Ok(redirect("/account"));
            }
            Err(error) => return Err(error.into()),
        };
        let s = visit.s;
        Ok(show_page!(PasskeyPage {
            layout: Layout::new(self, visit, s.passkey_add)?
                .bad(notice)
                .script(assets::passkey_script()),
            action: PASSKEYS,
            kind: "create",
            options: ceremony.options.to_string(),
            ceremony: ceremony.id.to_string(),
            asks_name: true,
            other_way: "/account".to_owned(),
            other_way_text: s.back_to_account,
        })?)
    }

    /// A factor is there: back, or to the codes that came with it.
    fn added(&self, visit: &Visit<'_>, codes: &[secrecy::SecretString]) -> Shown {
        if codes.is_empty() {
            return Ok(redirect("/account"));
        }
        let layout = Layout::new(self, visit, visit.s.recovery_codes)?;
        Ok(recovery_page(layout, codes, "/account")?)
    }

    fn removed(visit: &Visit<'_>, removed: Result<(), Refused>) -> Shown {
        match removed {
            Ok(()) | Err(Refused::FactorNotFound) => Ok(redirect("/account")),
            Err(refused @ Refused::LastFactor) => {
                let s = visit.s;
                let layout = blame(Layout::bare(s, s.error), refused)?;
                let text = layout.bad.unwrap_or(s.error_server);
                Self::done(visit, s.error, text)
            }
            Err(error) => Err(Stop::from(error)),
        }
    }
}
