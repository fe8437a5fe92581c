//! What an administrator reads: the cause as far as it can be known, and the next step. One function for all of it.

use bheem_http_kit::Effect;

use crate::{Code, Error, Limit};

impl Error {
    /// The cause in plain words, with Mailcow's own words and numbers, and what to do next. Not for people who must not
    /// learn how the mail server is set up.
    #[must_use]
    pub fn advice(&self) -> String {
        match self {
            Self::Unauthorized { said, .. } => unauthorized(said.as_str()),
            Self::KeyRefused { .. } => "Mailcow has just refused the API key, so nothing is sent for five minutes lest \
                 it bans this server's address: correct the key, or the addresses it is allowed from, in Mailcow \
                 under Configuration > Access > API"
                .to_owned(),
            Self::ReadOnlyKey { .. } => "Mailcow says \"API read/write access denied\": the key is the read-only one. \
                 Use the key shown under \"Read-Write Access\" in Mailcow's API settings"
                .to_owned(),
            Self::Blocked { status, .. } => format!(
                "something in front of Mailcow answered {status} in its place (a proxy, a firewall, or access rules of \
                 the web server): let this server's address through to /api/"
            ),
            Self::Page { status, .. } => format!(
                "a web page came instead of Mailcow's answer (status {status}): the base URL leads to a login page or \
                 another site, or a proxy asks for a sign-in before /api/"
            ),
            Self::EmptyAnswer { .. } => "Mailcow answered 200 with nothing in it: its PHP failed inside (see the log of \
                 php-fpm-mailcow), or a proxy took the X-API-Key header away. Whether it was done is looked at before \
                 it is tried again"
                .to_owned(),
            Self::NothingDone { .. } => "Mailcow said \"Task completed\" and did nothing, as it does for an alias that \
                 leads to itself"
                .to_owned(),
            Self::HalfMade { .. } => "Mailcow has the mailbox only half: all its fields are empty. Delete it in \
                 Mailcow's administration, then try again"
                .to_owned(),
            Self::Unaddressable { .. } => "Mailcow's API cannot be asked about a name with a slash in it: see to it in \
                 Mailcow's administration"
                .to_owned(),
            Self::AliasDomain { target, .. } => format!(
                "the domain is an alias of {target} at Mailcow: remove the alias domain there, then try again"
            ),
            Self::LimitReached { limit, code, .. } => limited(limit, code),
            Self::NotFound { code, .. } => said(code, "Mailcow does not have it"),
            Self::Conflict { code, .. } => conflict(code),
            Self::Denied { code, .. } => format!(
                "{}; the key's rights end before it, or it is somebody else's",
                said(code, "Mailcow denies access to it")
            ),
            Self::Invalid { code, .. } => invalid(code),
            Self::Protocol { reason, .. } => format!("Mailcow's answer is not understood: {reason}"),
            Self::Http(error) if error.effect() == Effect::NotSent => {
                format!("{error}: is the base URL right, and does Mailcow run?")
            }
            Self::Http(error) => error.to_string(),
        }
    }
}

fn unauthorized(said: &str) -> String {
    const WHERE: &str = "in Mailcow under Configuration > Access > API";
    if said.contains("denied for ip") {
        return format!(
            "Mailcow says \"{said}\": allow this server's address for the key, {WHERE}"
        );
    }
    let said = if said.is_empty() { "401" } else { said };
    format!(
        "Mailcow says \"{said}\": the API key is wrong or switched off, or this server's address is not among those \
         it is allowed from; see {WHERE}. Each attempt brings the address nearer to a ban"
    )
}

fn said(code: &Code, otherwise: &str) -> String {
    match (code.name(), code.arguments()) {
        ("", _) => otherwise.to_owned(),
        (name, []) => format!("{otherwise} ({name})"),
        (name, arguments) => format!("{otherwise} ({name}: {})", arguments.join(", ")),
    }
}

fn limited(limit: &Limit, code: &Code) -> String {
    let mut numbers = code.arguments().iter().map(String::as_str);
    let (first, second) = (numbers.next(), numbers.next());
    match (limit, first, second) {
        (Limit::Mailboxes, Some(has), Some(may)) => format!(
            "the domain has {has} of the {may} mailboxes it may have at Mailcow: raise \"max. mailboxes\" of the domain"
        ),
        (Limit::DomainQuota, Some(left), _) => format!(
            "the domain has {left} MiB left at Mailcow: raise its quota, or make the mailbox smaller"
        ),
        (Limit::MailboxQuota, Some(most), _) => format!(
            "a mailbox of the domain may have {most} MiB at Mailcow: raise \"max. quota per mailbox\" of the domain"
        ),
        (Limit::Other(name), ..) if name == "max_alias_exceeded" => {
            "the domain has as many aliases as it may have at Mailcow: raise \"max. aliases\" of the domain".to_owned()
        }
        _ => said(code, "a limit of the domain at Mailcow is reached"),
    }
}

fn conflict(code: &Code) -> String {
    match code.name() {
        "domain_not_empty" => "the domain still has mailboxes at Mailcow".to_owned(),
        _ => said(code, "the name is taken at Mailcow"),
    }
}

fn invalid(code: &Code) -> String {
    match code.name() {
        "password_complexity" => {
            "the password breaks Mailcow's password policy (Configuration > Options > Password \
             policy); the API tells its numbers under get/passwordpolicy"
                .to_owned()
        }
        "mailboxes_in_use" | "domain_quota_m_in_use" => said(
            code,
            "the new limit is below what the domain uses at Mailcow",
        ),
        _ => said(code, "Mailcow refuses it"),
    }
}
