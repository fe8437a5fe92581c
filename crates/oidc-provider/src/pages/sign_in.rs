//! Signing in with a name and a password.

use askama::Template;
use bheem_domain::TenantId;
use bheem_identity::{BrowserSession, BrowserSignedIn, Error as Refused, FirstFactor};
use secrecy::SecretString;

use super::{
    answer::redirect,
    cookies::Cookie,
    layout::{Layout, show_page},
    problem::Shown,
    second_factor::pending_cookie,
    sought::Sought,
    strings::{Strings, fill},
    visit::Visit,
};
use crate::{Answer, Error, Parameters, Provider, Result};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    layout: Layout,
    lead: Option<String>,
    username: String,
    has_passkeys: bool,
    carried: String,
}

impl Provider {
    /// Shows the form.
    pub(super) async fn show_sign_in(&self, visit: &mut Visit<'_>) -> Shown {
        let parameters = visit.query()?;
        let sought = self.sought(visit, &parameters).await?;
        if visit.session.is_some() && matches!(sought, Sought::Account { is_again: false }) {
            return Ok(redirect("/account"));
        }
        let signed_in = visit.session.as_ref();
        let hint = sought
            .waiting()
            .and_then(|waiting| waiting.request.login_hint.clone());
        let username = hint
            .or_else(|| signed_in.map(|signed_in| signed_in.account.username.clone()))
            .unwrap_or_default();
        Ok(self.sign_in_page(visit, &sought, username, None).await?)
    }

    /// Takes name and password.
    pub(super) async fn sign_in(&self, visit: &mut Visit<'_>) -> Shown {
        let form = visit.form(self)?;
        let sought = self.sought(visit, &form).await?;
        let name = form.get("username").unwrap_or_default().to_owned();
        let serves = match sought.waiting() {
            Some(waiting) => waiting.client.serves(),
            None => &[],
        };
        let first = match self.first_factor(visit, &name, &form, serves).await {
            Ok(first) => first,
            Err(refused) => {
                return Ok(self
                    .sign_in_page(visit, &sought, name, Some(refused))
                    .await?);
            }
        };
        match first {
            FirstFactor::Done(done) => {
                self.welcome(visit, *done).await?;
                self.arrive(visit, sought).await
            }
            FirstFactor::SecondFactorNeeded { pending, methods } => {
                visit.keep(Cookie::Pending, &pending_cookie(&pending, &methods));
                Ok(redirect(format!(
                    "/login/second-factor{}",
                    sought.carried()
                )))
            }
            FirstFactor::EnrolmentNeeded { pending } => {
                visit.keep(Cookie::Pending, &pending);
                Ok(redirect(format!("/login/enrol{}", sought.carried())))
            }
        }
    }

    async fn first_factor(
        &self,
        visit: &Visit<'_>,
        name: &str,
        form: &Parameters,
        serves: &[TenantId],
    ) -> Result<FirstFactor, Refused> {
        let identity = &self.inner.identity;
        let password: SecretString = form.get("password").unwrap_or_default().into();
        let (client, device) = (&visit.request.client, visit.request.device.as_ref());
        if let Some(current) = visit.session.as_ref().filter(|one| is_name_of(name, one)) {
            // The session goes on, and clients that know it stay signed in.
            let again = identity.browser_reauthenticate(current, password, client, device, serves);
            Box::pin(again).await
        } else {
            let begun = identity.browser_sign_in(name, password, client, device, serves);
            Box::pin(begun).await
        }
    }

    /// Lets the browser keep a session that has begun or was raised. One that was there before and is
    /// not this one ends.
    pub(super) async fn welcome(
        &self,
        visit: &mut Visit<'_>,
        signed_in: BrowserSignedIn,
    ) -> Result<()> {
        let before = visit.session.take();
        if let Some(before) = before
            && before.session.id != signed_in.session.session.id
        {
            let (account_id, session_id) = (before.account.id, before.session.id);
            match self
                .inner
                .identity
                .end_session(account_id, session_id)
                .await
            {
                Ok(()) | Err(Refused::SessionNotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
        visit.keep(Cookie::Session, &signed_in.cookie);
        visit.keep(Cookie::Device, &signed_in.device);
        visit.drop_cookie(Cookie::Pending);
        visit.session = Some(signed_in.session);
        Ok(())
    }

    async fn sign_in_page(
        &self,
        visit: &Visit<'_>,
        sought: &Sought,
        username: String,
        refused: Option<Refused>,
    ) -> Result<Answer> {
        let s = visit.s;
        let mut layout = self.frame(visit, s.sign_in, sought).await?;
        let mut renamed = None;
        if let Some(refused) = refused {
            if let Refused::Renamed { username } = &refused {
                renamed = Some(username.clone());
            }
            layout = blame(layout, refused)?;
        }
        let lead = match (sought, &visit.session) {
            _ if renamed.is_some() => renamed.as_deref().map(|name| fill(s.account_renamed, name)),
            (Sought::Request(waiting), _) => {
                Some(fill(s.sign_in_to, &waiting.client.record.settings.name))
            }
            (_, Some(_)) => Some(s.sign_in_again.to_owned()),
            (_, None) => None,
        };
        show_page!(SignIn {
            layout,
            lead,
            username: renamed.unwrap_or(username),
            has_passkeys: self.inner.identity.has_passkeys(),
            carried: sought.carried(),
        })
    }
}

/// Whether somebody who is signed in has typed their own name.
fn is_name_of(name: &str, signed_in: &BrowserSession) -> bool {
    let account = &signed_in.account;
    let name = name.trim();
    account.username.eq_ignore_ascii_case(name)
        || account
            .email
            .as_ref()
            .is_some_and(|email| email.to_string().eq_ignore_ascii_case(name))
}

/// A page that says why somebody was refused.
///
/// # Errors
/// What is no refusal.
pub(super) fn blame(layout: Layout, refused: Refused) -> Result<Layout> {
    let Some(notice) = notice(layout.s, &refused) else {
        return Err(Error::from(refused));
    };
    let mut layout = layout.bad(Some(notice));
    if matches!(refused, Refused::TooMany { .. }) {
        layout.status = 429;
    }
    Ok(layout)
}

const fn notice(s: &Strings, refused: &Refused) -> Option<&'static str> {
    Some(match refused {
        Refused::BadCredentials | Refused::Renamed { .. } => s.bad_credentials,
        Refused::AccountDisabled => s.account_disabled,
        Refused::TooMany { .. } => s.too_many,
        Refused::BadSecondFactor => s.bad_code,
        Refused::BadLink => s.bad_link,
        Refused::Invalid(_) => s.password_refused,
        Refused::LastFactor => s.last_factor,
        Refused::Unavailable => s.error_server,
        _ => return None,
    })
}
