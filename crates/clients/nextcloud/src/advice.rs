//! What an administrator reads: the cause as far as it can be known, and the next step. One function for all of it.

use bheem_http_kit::Effect;

use crate::Error;

impl Error {
    /// The cause in plain words, with Nextcloud's own words and numbers, and what to do next.
    #[must_use]
    pub fn advice(&self) -> String {
        match self {
            Self::Unauthorized { .. } => "Nextcloud refuses the name or the password: make a new app password for the \
                 account (Settings > Security) and enter it here. With two-factor authentication enforced, only an app \
                 password or a token does"
                .to_owned(),
            Self::NotAdministrator { .. } => "the workspace's own account is no administrator of Nextcloud any more, so \
                 nothing can be said of others: put it into the group \"admin\" again"
                .to_owned(),
            Self::Blocked { status, .. } => format!(
                "something in front of Nextcloud answered {status} in its place (a proxy, a firewall, or access rules \
                 of the web server): let this server's address through to /ocs/ and /remote.php/"
            ),
            Self::Page { status, .. } => format!(
                "a web page came instead of Nextcloud's answer (status {status}): the base URL leads to a login page or \
                 another site, or a proxy asks for a sign-in before /ocs/"
            ),
            Self::Empty { .. } => "Nextcloud answered 200 with nothing in it: its PHP failed inside (see nextcloud.log)"
                .to_owned(),
            Self::Forbidden { code, message, .. } => {
                quoted("Nextcloud does not allow it", *code, message.as_str())
            }
            Self::NotFound { code, .. } => format!("Nextcloud does not have it (OCS {code})"),
            Self::Conflict { code, .. } => format!("the name is taken at Nextcloud (OCS {code})"),
            Self::Invalid { code, message, .. } => invalid(*code, message.as_str()),
            Self::Failed { code, .. } => format!(
                "Nextcloud failed while it worked (OCS {code}): see nextcloud.log. Whether it was done is looked at \
                 before it is tried again"
            ),
            Self::Protocol { .. } => "the answer is not one of Nextcloud's OCS API: is the base URL right?".to_owned(),
            Self::Http(error) => exchange(error),
        }
    }
}

fn quoted(cause: &str, code: i64, message: &str) -> String {
    if message.is_empty() {
        return format!("{cause} (OCS {code}, without a reason; see nextcloud.log)");
    }
    format!("{cause} (OCS {code}): \"{message}\"")
}

fn invalid(code: i64, message: &str) -> String {
    let (cause, step) = match code {
        104 => ("a group is missing at Nextcloud", ""),
        107 => (
            "the password breaks Nextcloud's password policy",
            "; see Administration settings > Security",
        ),
        109 => ("a group to be administered is missing at Nextcloud", ""),
        _ => ("Nextcloud refuses it", ""),
    };
    format!("{}{step}", quoted(cause, code, message))
}

fn exchange(error: &bheem_http_kit::Error) -> String {
    match error.status().map(|status| status.as_u16()) {
        Some(429) => "Nextcloud answers 429 to this server's address: too many requests, or its brute-force protection \
             (\"Reached maximum delay\") after refused passwords. Allow the address under Administration settings > \
             Security > Brute-force IP whitelist"
            .to_owned(),
        Some(503) => "Nextcloud answers 503: it is in maintenance mode, or the account is disabled".to_owned(),
        _ if error.effect() == Effect::NotSent => {
            format!("{error}: is the base URL right, and does Nextcloud run?")
        }
        _ => error.to_string(),
    }
}
