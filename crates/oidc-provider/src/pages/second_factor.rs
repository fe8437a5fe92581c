//! What is asked for beside the password: after it, or of somebody who is signed in and wants more.

use askama::Template;
use bheem_identity::{BrowserSignedIn, Ceremony, Error as Refused, Method, SecondFactor};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::{
    answer::redirect,
    assets,
    layout::{Layout, show_page},
    problem::Shown,
    sign_in::blame,
    sought::Sought,
    visit::Visit,
};
use crate::{Answer, Parameters, Provider, Result};

#[derive(Template)]
#[template(path = "second_factor.html")]
struct Page {
    layout: Layout,
    has_totp: bool,
    has_recovery_codes: bool,
    passkey_options: Option<String>,
    ceremony: String,
    carried: String,
}

/// What stands between the two factors, and by which letters the methods that there are.
pub(super) fn pending_cookie(pending: &SecretString, methods: &[Method]) -> SecretString {
    let letters: String = methods.iter().copied().map(letter).collect();
    format!("{}.{letters}", pending.expose_secret()).into()
}

const fn letter(method: Method) -> char {
    match method {
        Method::Totp => 't',
        Method::Passkey => 'p',
        Method::RecoveryCode => 'r',
    }
}

/// Who is to prove it.
enum Prover<'v> {
    /// Somebody who has given the password.
    Pending(SecretString, Vec<Method>),
    /// Somebody who is signed in.
    SignedIn(&'v bheem_identity::BrowserSession, Vec<Method>),
}

impl Provider {
    /// Shows the forms.
    pub(super) async fn show_second_factor(&self, visit: &mut Visit<'_>) -> Shown {
        let parameters = visit.query()?;
        let sought = self.sought(visit, &parameters).await?;
        match self.prover(visit).await? {
            Some(prover) => Ok(self.factor_page(visit, &sought, &prover, None).await?),
            None => Ok(start_again(&sought)),
        }
    }

    /// Takes a code or a passkey's answer.
    pub(super) async fn take_second_factor(&self, visit: &mut Visit<'_>) -> Shown {
        let form = visit.form(self)?;
        let sought = self.sought(visit, &form).await?;
        let Some(prover) = self.prover(visit).await? else {
            return Ok(start_again(&sought));
        };
        match self.prove(visit, &prover, &form).await {
            Ok(signed_in) => {
                self.welcome(visit, signed_in).await?;
                self.arrive(visit, sought).await
            }
            // The password was proven too long ago, or has changed.
            Err(Refused::InvalidToken | Refused::BadCredentials) => Ok(start_again(&sought)),
            Err(refused) => Ok(self
                .factor_page(visit, &sought, &prover, Some(refused))
                .await?),
        }
    }

    async fn prove(
        &self,
        visit: &Visit<'_>,
        prover: &Prover<'_>,
        form: &Parameters,
    ) -> Result<BrowserSignedIn, Refused> {
        let identity = &self.inner.identity;
        let second = second(form).ok_or(Refused::BadSecondFactor)?;
        let (client, device) = (&visit.request.client, visit.request.device.as_ref());
        match prover {
            Prover::Pending(pending, _) => {
                Box::pin(identity.browser_second_factor(pending, second, client, device)).await
            }
            Prover::SignedIn(current, _) => {
                Box::pin(identity.browser_step_up(current, second, client, device)).await
            }
        }
    }

    /// Who is to prove it; `None` when nobody has given a password, or there is nothing to prove by.
    async fn prover<'v>(&self, visit: &'v Visit<'_>) -> Result<Option<Prover<'v>>> {
        if let Some(cookie) = &visit.request.pending {
            let found = cookie.expose_secret().split_once('.');
            return Ok(found.map(|(pending, letters)| {
                let methods = [Method::Totp, Method::Passkey, Method::RecoveryCode]
                    .into_iter()
                    .filter(|method| letters.contains(letter(*method)))
                    .collect();
                Prover::Pending(pending.into(), methods)
            }));
        }
        let Some(signed_in) = &visit.session else {
            return Ok(None);
        };
        let factors = self.inner.identity.factors(signed_in.account.id).await?;
        Ok(factors
            .any()
            .then(|| Prover::SignedIn(signed_in, factors.methods())))
    }

    async fn factor_page(
        &self,
        visit: &Visit<'_>,
        sought: &Sought,
        prover: &Prover<'_>,
        refused: Option<Refused>,
    ) -> Result<Answer> {
        let mut layout = self.frame(visit, visit.s.second_factor, sought).await?;
        if let Some(refused) = refused {
            layout = blame(layout, refused)?;
        }
        let (Prover::Pending(_, methods) | Prover::SignedIn(_, methods)) = prover;
        let challenge = self.challenge(prover, methods).await?;
        if challenge.is_some() {
            layout = layout.script(assets::passkey_script());
        }
        show_page!(Page {
            layout,
            has_totp: methods.contains(&Method::Totp),
            has_recovery_codes: methods.contains(&Method::RecoveryCode),
            ceremony: challenge
                .as_ref()
                .map(|challenge| challenge.id.to_string())
                .unwrap_or_default(),
            passkey_options: challenge.map(|challenge| challenge.options.to_string()),
            carried: sought.carried(),
        })
    }

    async fn challenge(&self, prover: &Prover<'_>, methods: &[Method]) -> Result<Option<Ceremony>> {
        if !methods.contains(&Method::Passkey) {
            return Ok(None);
        }
        let identity = &self.inner.identity;
        let challenge = match prover {
            Prover::Pending(pending, _) => identity.browser_second_factor_challenge(pending).await,
            Prover::SignedIn(current, _) => identity.browser_step_up_challenge(current).await,
        };
        match challenge {
            Ok(challenge) => Ok(Some(challenge)),
            // The other ways are still there.
            Err(Refused::InvalidToken | Refused::FactorNotFound | Refused::PasskeysUnavailable) => {
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn start_again(sought: &Sought) -> Answer {
    redirect(format!("/login{}", sought.carried()))
}

/// What a form proves it by.
fn second(form: &Parameters) -> Option<SecondFactor> {
    if let Some((ceremony, response)) = passkey_answer(form) {
        return Some(SecondFactor::Passkey { ceremony, response });
    }
    let bare = |text: &str| -> SecretString {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        text.into()
    };
    if let Some(code) = form.get("code") {
        return Some(SecondFactor::Totp(bare(code)));
    }
    let code = form.get("recovery_code")?;
    Some(SecondFactor::RecoveryCode(bare(code)))
}

/// What a device answered to a challenge.
pub(super) fn passkey_answer(form: &Parameters) -> Option<(Uuid, serde_json::Value)> {
    let ceremony = form.get("ceremony")?.parse().ok()?;
    let response = serde_json::from_str(form.get("response")?).ok()?;
    Some((ceremony, response))
}
