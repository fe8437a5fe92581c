//! What an administrator of the server has set.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::answer::{Reply, refuse};
use crate::{
    http::{Answer, Request},
    store::Store,
};

/// Settings, under Mattermost's names in small letters.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Options {
    /// What runs there. Before 11 tokens do not end.
    pub(super) version: String,
    /// How many active users the edition has room for; 0 for no limit, 250 in the Team Edition since 11.
    pub(super) max_users: usize,
    /// How many users a team has room for.
    pub(super) max_users_per_team: usize,
    /// Whether users, other than bots, may have tokens.
    pub(super) enable_user_access_tokens: bool,
    /// How long tokens may last; 0 for ever.
    pub(super) maximum_token_lifetime_days: i64,
    /// Whether users can be deleted for ever.
    pub(super) enable_api_user_deletion: bool,
    /// Whether teams can be deleted for ever.
    pub(super) enable_api_team_deletion: bool,
    /// How long a user name may be; 22 before version 5.
    pub(super) max_username_length: usize,
    /// How long a password must be.
    pub(super) min_password_length: usize,
    /// How often in a row one may sign in wrongly.
    pub(super) maximum_login_attempts: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            version: "11.1.1".to_owned(),
            max_users: 0,
            max_users_per_team: 2000,
            enable_user_access_tokens: true,
            maximum_token_lifetime_days: 0,
            enable_api_user_deletion: false,
            enable_api_team_deletion: false,
            max_username_length: 64,
            min_password_length: 8,
            maximum_login_attempts: 10,
        }
    }
}

impl Options {
    pub(super) fn tokens_end(&self) -> bool {
        let major = self.version.split('.').next();
        major.and_then(|text| text.parse::<u32>().ok()) >= Some(11)
    }
}

pub(super) fn read(store: &Store) -> Options {
    store.get("options", "all").unwrap_or_default()
}

/// `GET` and `PUT /__sandbox/options`.
pub(super) fn control(request: &Request, store: &mut Store) -> Answer {
    if request.method == "PUT" {
        match serde_json::from_slice::<Options>(&request.body) {
            Ok(options) => store.put("options", "all", &options),
            Err(error) => return Answer::json(400, &json!({"error": error.to_string()})),
        }
    }
    Answer::json(200, &json!(read(store)))
}

/// What anybody may know. There is one format.
pub(super) fn client_config(request: &Request, store: &Store) -> Reply {
    if request.parameter("format") != Some("old") {
        return Err(refuse(
            400,
            "api.context.invalid_url_param.app_error",
            "Invalid or missing format parameter in request URL.",
        ));
    }
    let version = read(store).version;
    Ok(Answer::json(
        200,
        &json!({
            "Version": version,
            "BuildNumber": version,
            "BuildEnterpriseReady": "false",
            "SiteName": "Mattermost",
            "EnableSignUpWithEmail": "true",
            "EnableOpenServer": "false",
        }),
    ))
}
