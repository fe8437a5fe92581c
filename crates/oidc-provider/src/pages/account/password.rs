//! Changing the password.

use askama::Template;
use bheem_identity::{Error as Refused, PasswordChange};

use crate::{
    Answer, Provider, Result,
    pages::{
        layout::{Layout, show_page},
        problem::{Problem, Shown},
        sign_in::blame,
        visit::Visit,
    },
};

#[derive(Template)]
#[template(path = "change_password.html")]
struct ChangePassword {
    layout: Layout,
}

impl Provider {
    pub(super) fn show_change_password(&self, visit: &Visit<'_>) -> Shown {
        Ok(self.change_password_page(visit, Ok)?)
    }

    pub(super) async fn change_password(&self, visit: &Visit<'_>) -> Shown {
        let form = visit.form(self)?;
        let signed_in = visit.session.as_ref().ok_or(Problem::Expired)?;
        let s = visit.s;
        let new = form.get("new_password").unwrap_or_default();
        if form.get("repeated_password").unwrap_or_default() != new {
            return Ok(self
                .change_password_page(visit, |layout| Ok(layout.bad(Some(s.passwords_differ))))?);
        }
        let change = PasswordChange {
            old: form.get("current_password").unwrap_or_default().into(),
            new: new.into(),
            keep_applications: form.get("keep_applications").is_some(),
        };
        let changed = self.inner.identity.change_password(
            signed_in.account.id,
            signed_in.session.id,
            change,
            &visit.request.client,
        );
        match Box::pin(changed).await {
            Ok(()) => Self::done(visit, s.change_password, s.password_changed),
            Err(Refused::BadCredentials) => Ok(self.change_password_page(visit, |layout| {
                Ok(layout.bad(Some(s.bad_current_password)))
            })?),
            Err(refused) => Ok(self.change_password_page(visit, |layout| blame(layout, refused))?),
        }
    }

    fn change_password_page(
        &self,
        visit: &Visit<'_>,
        change: impl FnOnce(Layout) -> Result<Layout>,
    ) -> Result<Answer> {
        let layout = Layout::new(self, visit, visit.s.change_password)?;
        show_page!(ChangePassword {
            layout: change(layout)?,
        })
    }
}
