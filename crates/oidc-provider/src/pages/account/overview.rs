//! Everything on one page.

use askama::Template;
use bheem_persistence::repo::{ConsentRecord, SessionRecord};
use chrono::{DateTime, Utc};

use crate::{
    Provider,
    pages::{
        layout::{Layout, show_page},
        problem::{Problem, Shown},
        strings::{Strings, fill},
        visit::Visit,
    },
};

/// Longest name of a device on the page.
const LONGEST_NAME: usize = 80;

#[derive(Template)]
#[template(path = "account.html")]
struct Account {
    layout: Layout,
    signed_in_as: String,
    has_totp: bool,
    has_factors: bool,
    can_have_passkeys: bool,
    passkeys: Vec<PasskeyLine>,
    sessions: Vec<SessionLine>,
    consents: Vec<ConsentLine>,
}

struct PasskeyLine {
    id: String,
    name: String,
    added_at: String,
}

struct SessionLine {
    id: String,
    device: String,
    is_this: bool,
    began_at: String,
    used_at: String,
    address: Option<String>,
}

struct ConsentLine {
    client_id: String,
    name: String,
    scopes: String,
}

impl Provider {
    pub(super) async fn overview(&self, visit: &Visit<'_>) -> Shown {
        let signed_in = visit.session.as_ref().ok_or(Problem::Expired)?;
        let (account, s) = (&signed_in.account, visit.s);
        let identity = &self.inner.identity;
        let factors = identity.factors(account.id).await?;
        let sessions = identity.sessions(account.id).await?;
        let consents = self.consents(account.id).await?;
        let mut layout = Layout::new(self, visit, s.account)?;
        layout.is_wide = true;
        let this = signed_in.session.id;
        Ok(show_page!(Account {
            layout,
            signed_in_as: fill(s.account_as, &account.username),
            has_totp: factors.totp,
            has_factors: factors.any(),
            can_have_passkeys: identity.has_passkeys(),
            passkeys: factors
                .passkeys
                .into_iter()
                .map(|passkey| PasskeyLine {
                    id: passkey.id.to_string(),
                    name: passkey.name,
                    added_at: moment(passkey.created_at),
                })
                .collect(),
            sessions: sessions
                .into_iter()
                .map(|session| SessionLine::new(&session, session.id == this, s))
                .collect(),
            consents: consents
                .into_iter()
                .map(|consent| ConsentLine::new(consent, s))
                .collect(),
        })?)
    }
}

impl SessionLine {
    fn new(session: &SessionRecord, is_this: bool, s: &Strings) -> Self {
        let device = session.user_agent.as_deref().unwrap_or(s.unknown_device);
        Self {
            id: session.id.to_string(),
            device: device.chars().take(LONGEST_NAME).collect(),
            is_this,
            began_at: moment(session.created_at),
            used_at: moment(session.last_used_at),
            address: session.ip_address.map(|ip| ip.addr().to_string()),
        }
    }
}

impl ConsentLine {
    fn new(consent: ConsentRecord, s: &Strings) -> Self {
        let scopes: Vec<String> = consent.scopes.iter().map(|scope| s.scope(scope)).collect();
        Self {
            client_id: consent.client_id,
            name: consent.client_name,
            scopes: scopes.join(", "),
        }
    }
}

/// A time that reads the same in every language.
fn moment(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}
