//! Devices without a browser (RFC 8628 section 3.3): the person types the code that the device shows,
//! sees what it asks for, and says yes or no.
//!
//! Codes are short, so guessing them is counted, by account (section 5.1).

use askama::Template;
use bheem_domain::AccountId;
use bheem_identity::BrowserSession;
use bheem_persistence::repo::{DeviceApproval, DeviceCodeRecord};
use bheem_vault::token;
use chrono::TimeDelta;

use super::{
    answer::redirect,
    layout::{Layout, show_page},
    message::message,
    problem::{Problem, Shown},
    sought::Sought,
    strings::fill,
    visit::Visit,
};
use crate::{
    Answer, Provider, Result, authorize::decide::AAL2, device_authorization::user_code_hash,
};

/// Wrong codes of one account within the window.
const MOST_FAILURES: i32 = 10;
const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// More is no code.
const LONGEST_CODE: usize = 32;

#[derive(Template)]
#[template(path = "device.html")]
struct Device {
    layout: Layout,
    user_code: String,
}

#[derive(Template)]
#[template(path = "device_confirm.html")]
struct Confirm<'a> {
    layout: Layout,
    signed_in_as: String,
    user_code: &'a str,
    scopes: Vec<String>,
}

impl Provider {
    /// Shows the form; the code may be in the address.
    pub(super) fn show_device(&self, visit: &Visit<'_>) -> Shown {
        let parameters = visit.query()?;
        let code = typed(parameters.get("user_code"));
        if visit.session.is_none() && !code.is_empty() {
            return Ok(sign_in_first(code));
        }
        Ok(self.device_page(visit, code, None)?)
    }

    /// Takes the code, and then the answer.
    pub(super) async fn take_device(&self, visit: &mut Visit<'_>) -> Shown {
        let form = visit.form(self)?;
        let code = typed(form.get("user_code"));
        let Some(signed_in) = &visit.session else {
            return Ok(sign_in_first(code));
        };
        let account_id = signed_in.account.id;
        let s = visit.s;
        let found = match self.find_device(account_id, &code).await? {
            Found::Code(found) => found,
            Found::Nothing => return Ok(self.device_page(visit, code, Some(s.device_bad_code))?),
            Found::TooMany => return Ok(self.device_page(visit, code, Some(s.too_many))?),
        };
        if let Some(answer) = self.asks_for_more(signed_in, &found, &code).await? {
            return Ok(answer);
        }
        let is_same = form.get("account") == Some(account_id.to_string().as_str());
        match form.get("choice").filter(|_| is_same) {
            Some("allow") => self.approve(visit, &found).await,
            Some("deny") => {
                let scope = Self::scope("refuse a device");
                let mut read = self.inner.database.system_read(&scope).await?;
                let now = self.inner.clock.now();
                read.device_codes().deny(found.id, now).await?;
                Ok(message(visit, s.device, s.device_denied, None)?)
            }
            _ => self.confirm_device(visit, &found, &code).await,
        }
    }

    /// Where somebody goes first who has proven one factor, when a tenant that the device's client serves
    /// demands two.
    async fn asks_for_more(
        &self,
        signed_in: &BrowserSession,
        found: &DeviceCodeRecord,
        code: &str,
    ) -> Result<Option<Answer>> {
        let identity = &self.inner.identity;
        let account_id = signed_in.account.id;
        let Some(client) = self.inner.clients.find(&found.client_id).await? else {
            return Ok(None);
        };
        let is_enough = signed_in.acr() == AAL2
            || !identity
                .requires_second_factor_in(account_id, client.serves())
                .await?;
        if is_enough {
            return Ok(None);
        }
        if !identity.factors(account_id).await?.any() {
            return Ok(Some(redirect("/account/totp")));
        }
        let carried = Sought::Device(code.to_owned()).carried();
        Ok(Some(redirect(format!("/login/second-factor{carried}"))))
    }

    async fn confirm_device(
        &self,
        visit: &Visit<'_>,
        found: &DeviceCodeRecord,
        code: &str,
    ) -> Shown {
        let signed_in = visit.session.as_ref().ok_or(Problem::Expired)?;
        let client = self.inner.clients.find(&found.client_id).await?;
        let client = client
            .filter(|client| client.is_open())
            .ok_or(Problem::Client)?;
        let s = visit.s;
        let settings = &client.record.settings;
        let layout = Layout::new(self, visit, fill(s.device_confirm, &settings.name))?
            .carry("user_code", code)
            .carry("account", signed_in.account.id.to_string());
        Ok(show_page!(Confirm {
            layout,
            signed_in_as: fill(s.consent_as, &signed_in.account.username),
            // As the device shows it.
            user_code: &code.to_ascii_uppercase(),
            scopes: found.scopes.iter().map(|scope| s.scope(scope)).collect(),
        })?)
    }

    async fn approve(&self, visit: &Visit<'_>, found: &DeviceCodeRecord) -> Shown {
        let signed_in = visit.session.as_ref().ok_or(Problem::Expired)?;
        let s = visit.s;
        let client = self.inner.clients.find(&found.client_id).await?;
        let client = client
            .filter(|client| client.is_open())
            .ok_or(Problem::Client)?;
        let person = self.inner.people.find(signed_in.account.id).await?;
        let scope = Self::scope("approve a device");
        let mut read = self.inner.database.system_read(&scope).await?;
        let now = self.inner.clock.now();
        if !person.is_some_and(|person| client.admits(&person, signed_in.acr())) {
            read.device_codes().deny(found.id, now).await?;
            return Ok(message(visit, s.device, s.device_denied, None)?);
        }
        let approval = DeviceApproval {
            account_id: signed_in.account.id,
            session_id: signed_in.session.id,
            authenticated_at: signed_in.session.authenticated_at,
            amr: signed_in.session.amr.clone(),
            scopes: found.scopes.clone(),
        };
        if read
            .device_codes()
            .approve(found.id, &approval, now)
            .await?
        {
            Ok(message(visit, s.device, s.device_done, None)?)
        } else {
            Err(Problem::Expired.into())
        }
    }

    async fn find_device(&self, account_id: AccountId, code: &str) -> Result<Found> {
        let now = self.inner.clock.now();
        let key = [token::hash(format!("device\0{account_id}").as_bytes()).to_vec()];
        let scope = Self::scope("look for a device's code");
        let mut read = self.inner.database.system_read(&scope).await?;
        let counts = read.login_throttle().counts(&key, now - WINDOW).await?;
        if counts.iter().any(|count| count.failures >= MOST_FAILURES) {
            return Ok(Found::TooMany);
        }
        let found = match user_code_hash(code) {
            Some(hash) => read.device_codes().find_by_user_code(&hash, now).await?,
            None => None,
        };
        if let Some(found) = found {
            return Ok(Found::Code(Box::new(found)));
        }
        read.login_throttle()
            .add_failure(&key, now, now - WINDOW)
            .await?;
        Ok(Found::Nothing)
    }

    fn device_page(
        &self,
        visit: &Visit<'_>,
        user_code: String,
        notice: Option<&'static str>,
    ) -> Result<Answer> {
        let layout = Layout::new(self, visit, visit.s.device)?.bad(notice);
        show_page!(Device { layout, user_code })
    }
}

/// What comes of a code.
enum Found {
    Code(Box<DeviceCodeRecord>),
    Nothing,
    TooMany,
}

fn sign_in_first(code: String) -> Answer {
    redirect(format!("/login{}", Sought::Device(code).carried()))
}

fn typed(text: Option<&str>) -> String {
    text.unwrap_or_default()
        .trim()
        .chars()
        .take(LONGEST_CODE)
        .collect()
}
