//! Which account: the one that is signed in, or another. A browser is signed in to one at a time.

use askama::Template;

use super::{
    layout::{Layout, show_page},
    problem::{Problem, Shown},
    sought::Sought,
    strings::fill,
    visit::Visit,
};
use crate::{Provider, pages::answer::redirect};

#[derive(Template)]
#[template(path = "accounts.html")]
struct Accounts {
    layout: Layout,
    lead: Option<String>,
    continue_as: String,
}

impl Provider {
    /// Shows the account that is signed in.
    pub(super) async fn show_accounts(&self, visit: &mut Visit<'_>) -> Shown {
        let parameters = visit.query()?;
        let sought = self.sought(visit, &parameters).await?;
        let Some(signed_in) = &visit.session else {
            return Ok(redirect(format!("/login{}", sought.carried())));
        };
        let s = visit.s;
        let name = &signed_in.account.username;
        let continue_as = fill(s.continue_as, name);
        let lead = sought
            .waiting()
            .map(|waiting| fill(s.sign_in_to, &waiting.client.record.settings.name));
        let layout = self
            .frame(visit, s.choose_account, &sought)
            .await?
            .carry("account", signed_in.account.id.to_string());
        Ok(show_page!(Accounts {
            layout,
            lead,
            continue_as,
        })?)
    }

    /// Takes the choice.
    pub(super) async fn choose_account(&self, visit: &mut Visit<'_>) -> Shown {
        let form = visit.form(self)?;
        let sought = self.sought(visit, &form).await?;
        let again = format!("/login{}", sought.carried());
        let Some(signed_in) = &visit.session else {
            return Ok(redirect(again));
        };
        if form.get("choice") != Some("continue") {
            return Ok(redirect(again));
        }
        // The one that was shown; another may have signed in meanwhile, in another window.
        if form.get("account") != Some(signed_in.account.id.to_string().as_str()) {
            return Ok(redirect(format!("/login/accounts{}", sought.carried())));
        }
        let Sought::Request(mut waiting) = sought else {
            return Err(Problem::Expired.into());
        };
        let session_id = signed_in.session.id;
        let scope = Self::scope("choose an account");
        let mut read = self.inner.database.system_read(&scope).await?;
        read.authorization_requests()
            .select_session(waiting.id, session_id)
            .await?;
        drop(read);
        waiting.progress.selected = Some(session_id);
        self.arrive(visit, Sought::Request(waiting)).await
    }
}
