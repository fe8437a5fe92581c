//! Everything on one page.

use askama::Template;
use bheem_persistence::repo::{ConsentRecord, SessionRecord};
use chrono::{DateTime, Datelike, Utc};

use super::{
    invitations::InvitationLine,
    programs::{ProgramLine, servers},
};
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
    renamed: Option<String>,
    has_totp: bool,
    has_factors: bool,
    can_have_passkeys: bool,
    passkeys: Vec<PasskeyLine>,
    sessions: Vec<SessionLine>,
    consents: Vec<ConsentLine>,
    invitations: Vec<InvitationLine>,
    programs: Vec<ProgramLine>,
    servers: Vec<String>,
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
        let invitations = identity.invitations(account.id).await?;
        let programs = self.programs(account.id, s).await?;
        let mut layout = Layout::new(self, visit, s.account)?;
        layout.is_wide = true;
        let this = signed_in.session.id;
        Ok(show_page!(Account {
            layout,
            signed_in_as: fill(s.account_as, &account.username),
            renamed: account
                .former_username
                .as_ref()
                .map(|_| fill(s.account_renamed, &account.username)),
            has_totp: factors.totp,
            has_factors: factors.any(),
            can_have_passkeys: identity.has_passkeys(),
            passkeys: factors
                .passkeys
                .into_iter()
                .map(|passkey| PasskeyLine {
                    id: passkey.id.to_string(),
                    name: passkey.name,
                    added_at: moment(passkey.created_at, s),
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
            invitations: invitations
                .into_iter()
                .map(|invitation| InvitationLine::new(&invitation, s))
                .collect(),
            programs,
            servers: servers(&self.inner.config.program_servers, s),
        })?)
    }
}

impl SessionLine {
    fn new(session: &SessionRecord, is_this: bool, s: &Strings) -> Self {
        let device = match session.user_agent.as_deref() {
            Some(agent) => device(agent, s),
            None => s.unknown_device.to_owned(),
        };
        Self {
            id: session.id.to_string(),
            device: device.chars().take(LONGEST_NAME).collect(),
            is_this,
            began_at: moment(session.created_at, s),
            used_at: moment(session.last_used_at, s),
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

/// A time as people write it.
pub(super) fn moment(time: DateTime<Utc>, s: &Strings) -> String {
    let month = s
        .months
        .iter()
        .zip(1..)
        .find(|(_, number)| *number == time.month());
    let month = month.map(|(name, _)| *name).unwrap_or_default();
    fill(&time.format(s.moment).to_string(), month)
}

/// Program and system of a `User-Agent`. All of them claim to be others too, so the order matters;
/// one that is not known is shown as it came.
fn device(agent: &str, s: &Strings) -> String {
    const PROGRAMS: [(&str, &str); 7] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chrom", "Chrome"),
        ("CriOS/", "Chrome"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let find = |known: &[(&str, &'static str)]| {
        let found = known.iter().find(|(mark, _)| agent.contains(mark));
        found.map(|(_, name)| *name)
    };
    let safari = agent.contains("Safari/").then_some("Safari");
    match (find(&PROGRAMS).or(safari), find(&SYSTEMS)) {
        (Some(program), Some(system)) if agent.starts_with("Mozilla/") => {
            fill(&fill(s.device_on, program), system)
        }
        _ => agent.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;
    use crate::pages::strings::choose;

    #[test]
    fn times_read_as_people_write_them() {
        let time = Utc.with_ymd_and_hms(2026, 3, 4, 5, 6, 7).unwrap();
        assert_eq!(moment(time, choose(&[], "en")), "4 March 2026, 05:06 UTC");
        assert_eq!(moment(time, choose(&[], "de")), "4. März 2026, 05:06 UTC");
    }

    #[test]
    fn a_browser_is_known_by_its_own_mark() {
        let s = choose(&[], "en");
        for (agent, expected) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
                "Chrome on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on macOS",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("Nextcloud on Linux, Chrome", "Nextcloud on Linux, Chrome"),
            ("{}", "{}"),
        ] {
            assert_eq!(device(agent, s), expected);
        }
    }
}
