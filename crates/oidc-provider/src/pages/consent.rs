//! Whether a client may have what it asks for.

use askama::Template;

use super::{
    answer::redirect,
    layout::{Layout, show_page},
    problem::{Problem, Shown},
    security,
    sought::Sought,
    strings::fill,
    visit::Visit,
};
use crate::{OAuthError, Provider, authorize::Waiting};

#[derive(Template)]
#[template(path = "consent.html")]
struct Consent<'a> {
    layout: Layout,
    logo: Option<&'a str>,
    signed_in_as: String,
    scopes: Vec<String>,
    policy_uri: Option<&'a str>,
    tos_uri: Option<&'a str>,
}

impl Provider {
    /// Shows what a client asks for.
    pub(super) async fn show_consent(&self, visit: &mut Visit<'_>) -> Shown {
        let parameters = visit.query()?;
        let sought = self.sought(visit, &parameters).await?;
        let waiting = sought.waiting().ok_or(Problem::Expired)?;
        let Some(signed_in) = &visit.session else {
            return Ok(redirect(format!("/login{}", sought.carried())));
        };
        let s = visit.s;
        let settings = &waiting.client.record.settings;
        let mut layout = self
            .frame(visit, fill(s.consent, &settings.name), &sought)
            .await?
            .carry("account", signed_in.account.id.to_string());
        let logo = settings.logo_uri.as_deref();
        layout.images = logo.and_then(security::picture).into_iter().collect();
        Ok(show_page!(Consent {
            logo: logo.filter(|_| !layout.images.is_empty()),
            signed_in_as: fill(s.consent_as, &signed_in.account.username),
            scopes: waiting
                .request
                .scopes
                .iter()
                .map(|scope| s.scope(scope))
                .collect(),
            policy_uri: web(settings.policy_uri.as_deref()),
            tos_uri: web(settings.tos_uri.as_deref()),
            layout,
        })?)
    }

    /// Takes the answer.
    pub(super) async fn take_consent(&self, visit: &mut Visit<'_>) -> Shown {
        let form = visit.form(self)?;
        let sought = self.sought(visit, &form).await?;
        let Some(signed_in) = &visit.session else {
            return Ok(redirect(format!("/login{}", sought.carried())));
        };
        let account_id = signed_in.account.id;
        // Whoever was asked; another may have signed in meanwhile, in another window.
        if form.get("account") != Some(account_id.to_string().as_str()) {
            return Ok(redirect(format!("/consent{}", sought.carried())));
        }
        let Sought::Request(mut waiting) = sought else {
            return Err(Problem::Expired.into());
        };
        match form.get("choice") {
            Some("allow") => {
                self.remember_consent(&waiting, account_id).await?;
                waiting.progress.consented = Some(account_id);
                self.arrive(visit, Sought::Request(waiting)).await
            }
            Some("deny") => {
                let error = OAuthError::new("access_denied", "the person did not agree");
                self.give_up(visit, &waiting.request, Some(&waiting), &error)
                    .await
            }
            _ => Err(Problem::Form.into()),
        }
    }

    async fn remember_consent(
        &self,
        waiting: &Waiting,
        account_id: bheem_domain::AccountId,
    ) -> crate::Result<()> {
        let scope = Self::scope("remember a consent");
        let mut tx = self.inner.database.system(&scope).await?;
        tx.authorization_requests()
            .note_consent(waiting.id, account_id)
            .await?;
        tx.consents()
            .add(
                account_id,
                waiting.client.id(),
                &waiting.request.scopes,
                self.inner.clock.now(),
            )
            .await?;
        Ok(tx.commit().await?)
    }
}

/// An address that a link may lead to: one of the web, not a script.
fn web(uri: Option<&str>) -> Option<&str> {
    uri.filter(|uri| uri.starts_with("https://") || uri.starts_with("http://"))
}
