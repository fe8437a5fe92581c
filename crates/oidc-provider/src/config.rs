//! How long things live, and where the endpoints are.

use std::time::Duration;

use bheem_persistence::repo::AppService;

/// Settings of the provider.
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    /// The public URL of the installation, without a final slash: the issuer. Every URL that the
    /// provider names begins with it, whatever `Host` a request carries.
    pub issuer: String,
    /// Life of an authorization code.
    pub code_life: Duration,
    /// Life of an access token.
    pub access_token_life: Duration,
    /// Life of an ID token.
    pub id_token_life: Duration,
    /// Life of a grant, however often it is refreshed.
    pub grant_life: Duration,
    /// For so long after a refresh the token before is still answered, with the same successor: the
    /// answer may have been lost.
    pub refresh_grace: Duration,
    /// Life of a pushed authorization request (RFC 9126).
    pub pushed_request_life: Duration,
    /// How long a person may take to sign in.
    pub interaction_life: Duration,
    /// Life of a device code (RFC 8628).
    pub device_code_life: Duration,
    /// Hosts of this network that a back-channel logout may reach although they are private.
    pub private_hosts: Vec<String>,
    /// Where people's own programs sign in with their app passwords.
    pub program_servers: Vec<ProgramServer>,
}

/// Where a program signs in.
#[derive(Debug, Clone)]
pub struct ProgramServer {
    /// The service it belongs to.
    pub service: AppService,
    /// Such as `IMAP`.
    pub protocol: &'static str,
    /// Host and port, or URL.
    pub address: String,
}

impl ProviderConfig {
    /// The defaults for an installation at `issuer`.
    #[must_use]
    pub fn new(issuer: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            code_life: Duration::from_mins(1),
            access_token_life: Duration::from_mins(10),
            id_token_life: Duration::from_mins(10),
            grant_life: Duration::from_hours(24 * 30),
            refresh_grace: Duration::from_secs(10),
            pushed_request_life: Duration::from_secs(90),
            interaction_life: Duration::from_mins(30),
            device_code_life: Duration::from_mins(10),
            private_hosts: Vec::new(),
            program_servers: Vec::new(),
        }
    }

    /// The URL of something below the issuer; `path` begins with a slash.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }
}
