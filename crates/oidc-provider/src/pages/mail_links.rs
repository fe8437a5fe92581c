//! What mails lead to: setting a password, proving an address. The code of a link stands behind `#`,
//! which browsers send to nobody; a script puts it into the form, and without one a person does.

use askama::Template;
use secrecy::SecretString;

use super::{
    Page, PageRequest, assets,
    layout::{Layout, show_page},
    message::message,
    problem::{Shown, Stop},
    sign_in::blame,
    visit::Visit,
};
use crate::{Answer, Provider, Result};

/// Longest name that is looked up.
const LONGEST_NAME: usize = 320;

#[derive(Template)]
#[template(path = "forgot_password.html")]
struct ForgotPassword {
    layout: Layout,
}

#[derive(Template)]
#[template(path = "new_password.html")]
struct NewPassword {
    layout: Layout,
    action: &'static str,
    token: String,
}

#[derive(Template)]
#[template(path = "verify_email.html")]
struct VerifyEmail {
    layout: Layout,
    token: String,
    /// Whether whoever opened the link has to choose a password, as they are not signed in to the
    /// account that asked for it.
    asks_password: bool,
}

impl Provider {
    /// Looking at a link proves nothing: programs that look into mails do it too. Pressing does.
    pub(super) fn show_verify_email(&self, visit: &Visit<'_>) -> Shown {
        Ok(self.verify_email_page(visit, String::new(), false, Ok)?)
    }

    pub(super) async fn verify_email(&self, visit: &Visit<'_>) -> Shown {
        let form = visit.form(self)?;
        let s = visit.s;
        let link = form.get("token").unwrap_or_default().trim().to_owned();
        let new = form.get("new_password").filter(|new| !new.is_empty());
        if let Some(new) = new
            && form.get("repeated_password").unwrap_or_default() != new
        {
            let differ = |layout: Layout| Ok(layout.bad(Some(s.passwords_differ)));
            return Ok(self.verify_email_page(visit, link, true, differ)?);
        }
        let signed_in = visit.session.as_ref().map(|session| session.account.id);
        let secret = SecretString::from(link.as_str());
        let confirmed =
            self.inner
                .identity
                .confirm_email(&secret, signed_in, new.map(SecretString::from));
        match Box::pin(confirmed).await {
            Ok(holder) if signed_in == Some(holder) => {
                let onward = Some(("/account", s.continue_));
                Ok(message(visit, s.verify_email, s.email_verified, onward)?)
            }
            Ok(_fresh) => {
                let onward = Some(("/login", s.sign_in));
                Ok(message(visit, s.verify_email, s.password_set, onward)?)
            }
            Err(bheem_identity::Error::LinkNeedsAccount) => {
                Ok(self.verify_email_page(visit, link, true, Ok)?)
            }
            Err(bheem_identity::Error::BadLink) => {
                let bad = |layout: Layout| Ok(layout.bad(Some(s.bad_link)));
                Ok(self.verify_email_page(visit, String::new(), false, bad)?)
            }
            Err(refused) => {
                Ok(self.verify_email_page(visit, link, true, |layout| blame(layout, refused))?)
            }
        }
    }

    fn verify_email_page(
        &self,
        visit: &Visit<'_>,
        token: String,
        asks_password: bool,
        change: impl FnOnce(Layout) -> Result<Layout>,
    ) -> Result<Answer> {
        let layout = change(Layout::new(self, visit, visit.s.verify_email)?)?;
        show_page!(VerifyEmail {
            layout: layout.script(assets::fragment_script()),
            token,
            asks_password,
        })
    }

    pub(super) fn show_forgot_password(&self, visit: &Visit<'_>) -> Shown {
        let layout = Layout::new(self, visit, visit.s.forgot_title)?;
        Ok(show_page!(ForgotPassword { layout })?)
    }

    /// The name that somebody typed who forgot a password, from a form of ours. Whoever asks sends the
    /// mail and answers with [`Self::link_sent`], whether there is such a person or not.
    ///
    /// # Errors
    /// The answer, when the form is none of ours or empty.
    pub async fn forgotten_name(&self, request: &PageRequest) -> Result<String, Answer> {
        let visit = match Visit::begin(self, request).await {
            Ok(visit) => visit,
            Err(error) => return Err(Self::stopped(request, None, &error.into())),
        };
        let shown = match visit.form(self) {
            Ok(form) => match form.get("username").map(str::trim) {
                Some(name) if (1..=LONGEST_NAME).contains(&name.len()) => {
                    return Ok(name.to_owned());
                }
                _ => self.show_forgot_password(&visit),
            },
            Err(stop) => Err(stop),
        };
        let answer = shown.unwrap_or_else(|stop| Self::stopped(request, Some(visit.s), &stop));
        Err(visit.finish(answer))
    }

    /// What everybody is told who asked for a link.
    #[must_use]
    pub fn link_sent(request: &PageRequest) -> Answer {
        let s = super::strings::choose(&[], &request.accept_language);
        super::message::say(s, s.link_sent_title, s.link_sent)
            .unwrap_or_else(|error| Self::stopped(request, Some(s), &Stop::Failed(error)))
    }

    pub(super) fn show_new_password(&self, visit: &Visit<'_>, page: Page) -> Shown {
        Ok(self.new_password_page(visit, page, String::new(), Ok)?)
    }

    pub(super) async fn take_new_password(&self, visit: &Visit<'_>, page: Page) -> Shown {
        let form = visit.form(self)?;
        let s = visit.s;
        let link = form.get("token").unwrap_or_default().trim().to_owned();
        let new = form.get("new_password").unwrap_or_default();
        if form.get("repeated_password").unwrap_or_default() != new {
            return Ok(self.new_password_page(visit, page, link, |layout| {
                Ok(layout.bad(Some(s.passwords_differ)))
            })?);
        }
        let secret = SecretString::from(link.as_str());
        let keep = form.get("keep_applications").is_some();
        let set = self
            .inner
            .identity
            .set_password_by_link(&secret, new.into(), keep);
        match Box::pin(set).await {
            Ok(_account) => {
                let onward = Some(("/login", s.sign_in));
                Ok(message(visit, s.set_password, s.password_set, onward)?)
            }
            Err(refused) => {
                // A code that is no good is not kept.
                let is_bad = matches!(refused, bheem_identity::Error::BadLink);
                let link = if is_bad { String::new() } else { link };
                Ok(self.new_password_page(visit, page, link, |layout| blame(layout, refused))?)
            }
        }
    }

    fn new_password_page(
        &self,
        visit: &Visit<'_>,
        page: Page,
        token: String,
        change: impl FnOnce(Layout) -> Result<Layout>,
    ) -> Result<Answer> {
        let s = visit.s;
        let (title, action) = if page == Page::SetPassword {
            (s.set_password, "/set-password")
        } else {
            (s.forgot_title, "/reset-password")
        };
        let layout = change(Layout::new(self, visit, title)?)?;
        show_page!(NewPassword {
            layout: layout.script(assets::fragment_script()),
            action,
            token,
        })
    }
}
