//! Signing in with a passkey alone.

use askama::Template;
use bheem_identity::Error as Refused;

use super::{
    answer::redirect,
    assets,
    layout::{Layout, show_page},
    problem::Shown,
    second_factor::passkey_answer,
    sign_in::blame,
    sought::Sought,
    visit::Visit,
};
use crate::{Answer, Provider, Result};

#[derive(Template)]
#[template(path = "passkey.html")]
pub(super) struct PasskeyPage {
    pub(super) layout: Layout,
    pub(super) action: &'static str,
    /// `get` or `create`.
    pub(super) kind: &'static str,
    pub(super) options: String,
    pub(super) ceremony: String,
    pub(super) asks_name: bool,
    /// How to do without.
    pub(super) other_way: String,
    pub(super) other_way_text: &'static str,
}

impl Provider {
    /// Begins it.
    pub(super) async fn show_passkey(&self, visit: &mut Visit<'_>) -> Shown {
        let parameters = visit.query()?;
        let sought = self.sought(visit, &parameters).await?;
        Ok(self.passkey_page(visit, &sought, None).await?)
    }

    /// Takes the answer.
    pub(super) async fn take_passkey(&self, visit: &mut Visit<'_>) -> Shown {
        let form = visit.form(self)?;
        let sought = self.sought(visit, &form).await?;
        let refused = match passkey_answer(&form) {
            Some((ceremony, response)) => {
                let (client, device) = (&visit.request.client, visit.request.device.as_ref());
                let identity = &self.inner.identity;
                let signed_in = identity.passkey_sign_in(ceremony, response, client, device);
                match Box::pin(signed_in).await {
                    Ok(signed_in) => {
                        self.welcome(visit, signed_in).await?;
                        return self.arrive(visit, sought).await;
                    }
                    Err(refused) => refused,
                }
            }
            None => Refused::BadSecondFactor,
        };
        Ok(self.passkey_page(visit, &sought, Some(refused)).await?)
    }

    async fn passkey_page(
        &self,
        visit: &Visit<'_>,
        sought: &Sought,
        refused: Option<Refused>,
    ) -> Result<Answer> {
        let other_way = format!("/login{}", sought.carried());
        let ceremony = match self.inner.identity.passkey_challenge().await {
            Ok(ceremony) => ceremony,
            Err(Refused::PasskeysUnavailable) => return Ok(redirect(other_way)),
            Err(error) => return Err(error.into()),
        };
        let s = visit.s;
        let mut layout = self
            .frame(visit, s.use_passkey, sought)
            .await?
            .script(assets::passkey_script());
        layout = match refused {
            Some(Refused::BadSecondFactor) => layout.bad(Some(s.passkey_failed)),
            Some(refused) => blame(layout, refused)?,
            None => layout,
        };
        show_page!(PasskeyPage {
            layout,
            action: "/login/passkey",
            kind: "get",
            options: ceremony.options.to_string(),
            ceremony: ceremony.id.to_string(),
            asks_name: false,
            other_way,
            other_way_text: s.use_password,
        })
    }
}
