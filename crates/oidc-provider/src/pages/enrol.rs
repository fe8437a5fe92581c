//! Setting up a second factor: one that a tenant wants before somebody comes in, or one's own wish.

use askama::Template;
use base64::{Engine, engine::general_purpose::STANDARD};
use bheem_identity::{Error as Refused, TotpSetup};
use qrcode::{QrCode, render::svg};
use secrecy::{ExposeSecret, SecretString};

use super::{
    answer::redirect,
    layout::{Layout, show_page},
    problem::Shown,
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
}

#[derive(Template)]
#[template(path = "recovery_codes.html")]
struct RecoveryCodes {
    layout: Layout,
    codes: Vec<String>,
    onward: String,
}

const PATH: &str = "/login/enrol";

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
                Ok(totp_page(layout, true, Some(&setup), PATH, &sought)?)
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
                Ok(totp_page(layout, true, None, PATH, &sought)?)
            }
        }
    }
}

/// The page with the picture.
pub(super) fn totp_page(
    layout: Layout,
    is_required: bool,
    setup: Option<&TotpSetup>,
    action: &'static str,
    sought: &Sought,
) -> Result<Answer> {
    let setup = setup.map(|setup| -> Result<_> {
        let picture = picture(&setup.uri)?;
        Ok((picture, setup.secret.expose_secret().to_owned()))
    });
    show_page!(Totp {
        layout,
        is_required,
        setup: setup.transpose()?,
        action,
        again: format!("{action}{}", sought.carried()),
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
