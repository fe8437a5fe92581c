//! Setting up a second factor: one that a tenant wants before somebody comes in, or one's own wish.

use askama::Template;
use base64::{Engine, engine::general_purpose::STANDARD};
use bheem_identity::{Error as Refused, TotpSetup};
use qrcode::{QrCode, render::svg};
use secrecy::{ExposeSecret, SecretString};

use super::{
    answer::redirect,
    assets,
    layout::{Layout, show_page},
    passkey::PasskeyPage,
    problem::Shown,
    second_factor::passkey_answer,
    sign_in::blame,
    sought::Sought,
    visit::Visit,
};
use crate::{Answer, Error, Provider, Result};

#[derive(Template)]
#[template(path = "totp.html")]
struct Totp {
    layout: Layout,
    is_required: bool,
    /// Picture and text of the secret; not repeated after a wrong code.
    setup: Option<(String, String)>,
    action: &'static str,
    again: String,
    /// Where a passkey is set up instead.
    passkey: Option<String>,
}

#[derive(Template)]
#[template(path = "recovery_codes.html")]
struct RecoveryCodes {
    layout: Layout,
    codes: Vec<String>,
    onward: String,
}

const PATH: &str = "/login/enrol";
const PASSKEY_PATH: &str = "/login/enrol/passkey";

impl Provider {
    /// Begins what a tenant wants.
    pub(super) async fn show_enrolment(&self, visit: &mut Visit<'_>) -> Shown {
        let parameters = visit.query()?;
        let sought = self.sought(visit, &parameters).await?;
        let Some(pending) = &visit.request.pending else {
            return Ok(redirect(format!("/login{}", sought.carried())));
        };
        let begun = self
            .inner
            .identity
            .browser_enrol_totp_begin(pending, &visit.request.client)
            .await;
        match begun {
            Ok(setup) => {
                let layout = self.frame(visit, visit.s.totp, &sought).await?;
                Ok(self.required_page(layout, Some(&setup), &sought)?)
            }
            Err(Refused::InvalidToken) => Ok(redirect(format!("/login{}", sought.carried()))),
            Err(error) => Err(error.into()),
        }
    }

    /// Confirms it, and lets the person in.
    pub(super) async fn enrol(&self, visit: &mut Visit<'_>) -> Shown {
        let form = visit.form(self)?;
        let sought = self.sought(visit, &form).await?;
        let Some(pending) = &visit.request.pending else {
            return Ok(redirect(format!("/login{}", sought.carried())));
        };
        let code = typed_code(form.get("code"));
        let (client, device) = (&visit.request.client, visit.request.device.as_ref());
        let enrolled = self
            .inner
            .identity
            .browser_enrol_totp(pending, &code, client, device);
        match Box::pin(enrolled).await {
            Ok((signed_in, codes)) => {
                self.welcome(visit, signed_in).await?;
                let layout = self.frame(visit, visit.s.recovery_codes, &sought).await?;
                Ok(recovery_page(layout, &codes, &sought.onward())?)
            }
            Err(Refused::InvalidToken | Refused::FactorNotFound) => {
                Ok(redirect(format!("/login{}", sought.carried())))
            }
            Err(refused) => {
                let layout = self.frame(visit, visit.s.totp, &sought).await?;
                let layout = blame_code(layout, refused)?;
                Ok(self.required_page(layout, None, &sought)?)
            }
        }
    }

    fn required_page(
        &self,
        layout: Layout,
        setup: Option<&TotpSetup>,
        sought: &Sought,
    ) -> Result<Answer> {
        let carried = sought.carried();
        let passkey = self.inner.identity.has_passkeys();
        let passkey = passkey.then(|| format!("{PASSKEY_PATH}{carried}"));
        totp_page_with(layout, setup, PATH, format!("{PATH}{carried}"), passkey)
    }

    /// Begins what a tenant wants with a passkey.
    pub(super) async fn show_passkey_enrolment(&self, visit: &mut Visit<'_>) -> Shown {
        let parameters = visit.query()?;
        let sought = self.sought(visit, &parameters).await?;
        self.passkey_enrolment_page(visit, &sought, None).await
    }

    /// Adds the passkey, and lets the person in.
    pub(super) async fn enrol_passkey(&self, visit: &mut Visit<'_>) -> Shown {
        let form = visit.form(self)?;
        let sought = self.sought(visit, &form).await?;
        let failed = Some(visit.s.passkey_failed);
        let Some(pending) = &visit.request.pending else {
            return Ok(redirect(format!("/login{}", sought.carried())));
        };
        let Some(answer) = passkey_answer(&form) else {
            return self.passkey_enrolment_page(visit, &sought, failed).await;
        };
        let name = form.get("name").unwrap_or(visit.s.passkey);
        let (client, device) = (&visit.request.client, visit.request.device.as_ref());
        let enrolled = self
            .inner
            .identity
            .browser_enrol_passkey(pending, answer, name, client, device);
        match Box::pin(enrolled).await {
            Ok((signed_in, codes)) => {
                self.welcome(visit, signed_in).await?;
                if codes.is_empty() {
                    return self.arrive(visit, sought).await;
                }
                let layout = self.frame(visit, visit.s.recovery_codes, &sought).await?;
                Ok(recovery_page(layout, &codes, &sought.onward())?)
            }
            Err(Refused::InvalidToken) => Ok(redirect(format!("/login{}", sought.carried()))),
            Err(Refused::Invalid(_)) => self.passkey_enrolment_page(visit, &sought, failed).await,
            Err(error) => Err(error.into()),
        }
    }

    async fn passkey_enrolment_page(
        &self,
        visit: &Visit<'_>,
        sought: &Sought,
        notice: Option<&'static str>,
    ) -> Shown {
        let other_way = format!("{PATH}{}", sought.carried());
        let Some(pending) = &visit.request.pending else {
            return Ok(redirect(format!("/login{}", sought.carried())));
        };
        let begun = self
            .inner
            .identity
            .browser_enrol_passkey_begin(pending, &visit.request.client)
            .await;
        let ceremony = match begun {
            Ok(ceremony) => ceremony,
            Err(Refused::PasskeysUnavailable) => return Ok(redirect(other_way)),
            Err(Refused::InvalidToken) => {
                return Ok(redirect(format!("/login{}", sought.carried())));
            }
            Err(error) => return Err(error.into()),
        };
        let s = visit.s;
        let layout = self.frame(visit, s.passkey_add, sought).await?;
        Ok(show_page!(PasskeyPage {
            layout: layout.bad(notice).script(assets::passkey_script()),
            action: PASSKEY_PATH,
            kind: "create",
            options: ceremony.options.to_string(),
            ceremony: ceremony.id.to_string(),
            asks_name: true,
            other_way,
            other_way_text: s.totp_instead,
        })?)
    }
}

/// The page with the picture.
pub(super) fn totp_page(
    layout: Layout,
    setup: Option<&TotpSetup>,
    action: &'static str,
) -> Result<Answer> {
    let again = action.to_owned();
    totp_page_with(layout, setup, action, again, None)
}

/// The same with a way to do something else; it is there where a tenant wants a factor.
fn totp_page_with(
    layout: Layout,
    setup: Option<&TotpSetup>,
    action: &'static str,
    again: String,
    passkey: Option<String>,
) -> Result<Answer> {
    let setup = setup.map(|setup| -> Result<_> {
        let picture = picture(&setup.uri)?;
        Ok((picture, setup.secret.expose_secret().to_owned()))
    });
    show_page!(Totp {
        layout,
        is_required: action == PATH,
        setup: setup.transpose()?,
        action,
        again,
        passkey,
    })
}

/// The page with the codes, which are shown once.
pub(super) fn recovery_page(
    layout: Layout,
    codes: &[SecretString],
    onward: &str,
) -> Result<Answer> {
    show_page!(RecoveryCodes {
        layout,
        codes: codes
            .iter()
            .map(|code| code.expose_secret().to_owned())
            .collect(),
        onward: onward.to_owned(),
    })
}

/// A code without the spaces that people type.
pub(super) fn typed_code(text: Option<&str>) -> SecretString {
    let text = text.unwrap_or_default().chars();
    let text: String = text.filter(|c| !c.is_whitespace()).collect();
    text.into()
}

/// A wrong code is one, whatever else "invalid" means elsewhere.
pub(super) fn blame_code(layout: Layout, refused: Refused) -> Result<Layout> {
    match refused {
        Refused::Invalid(_) => blame(layout, Refused::BadSecondFactor),
        refused => blame(layout, refused),
    }
}

/// The picture of an address, as an address itself.
fn picture(uri: &SecretString) -> Result<String> {
    let code = QrCode::new(uri.expose_secret().as_bytes())
        .map_err(|_error| Error::Inconsistent("a picture of a secret"))?;
    let image = code
        .render::<svg::Color<'_>>()
        .min_dimensions(240, 240)
        .build();
    Ok(format!(
        "data:image/svg+xml;base64,{}",
        STANDARD.encode(image)
    ))
}
