//! What an administrator reads: the cause as far as it can be known, and the next step. One function for all of it.

use bheem_http_kit::Effect;

use crate::{Error, ErrorId};

impl Error {
    /// The cause in plain words, with Mattermost's own words, and what to do next.
    #[must_use]
    pub fn advice(&self) -> String {
        match self {
            Self::Refused {
                id,
                message,
                request_id,
                ..
            } => {
                let step = step(id);
                let said = match message.as_str() {
                    "" => id.to_string(),
                    message => format!("\"{message}\" ({id})"),
                };
                let log = if request_id.is_empty() {
                    String::new()
                } else {
                    format!("; its log names the request {request_id}")
                };
                format!("Mattermost says {said}{step}{log}")
            }
            Self::Incomplete { what, .. } => format!("Mattermost's answer has no {what}"),
            Self::Blocked { status, .. } => format!(
                "something in front of Mattermost answered {status} in its place (a proxy, a firewall, or access rules \
                 of the web server): let this server's address through to /api/v4/"
            ),
            Self::Page { status, .. } => format!(
                "a web page came instead of Mattermost's answer (status {status}): the base URL leads to a login page \
                 or another site, or a proxy asks for a sign-in before /api/v4/"
            ),
            Self::Http(error) if error.status().is_some_and(|status| status == 429) => {
                "Mattermost answers 429: too many requests; raise RateLimitSettings, or let this server's address past it"
                    .to_owned()
            }
            Self::Http(error) if error.effect() == Effect::NotSent => {
                format!("{error}: is the base URL right, and does Mattermost run?")
            }
            Self::Http(error) => error.to_string(),
        }
    }
}

fn step(id: &ErrorId) -> &'static str {
    match id {
        ErrorId::SessionExpired => {
            ": the token is wrong, revoked or switched off; make a new personal access token of an administrator"
        }
        ErrorId::PermissionDenied => ": the token's owner needs the role of a system administrator",
        ErrorId::UserLimitReached | ErrorId::ActivationLimitReached => {
            ": deactivate users, or license more of them"
        }
        ErrorId::TeamFull => ": raise TeamSettings.MaxUsersPerTeam",
        ErrorId::TokensDisabled => ": switch on ServiceSettings.EnableUserAccessTokens",
        ErrorId::UserDeletionDisabled => ": switch on ServiceSettings.EnableAPIUserDeletion",
        ErrorId::TeamDeletionDisabled => ": switch on ServiceSettings.EnableAPITeamDeletion",
        ErrorId::PasswordInvalid => ": see PasswordSettings for the rules of passwords",
        ErrorId::UnknownPath => ": the base URL or the version of the server does not fit",
        _ => "",
    }
}
