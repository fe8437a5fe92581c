//! How long things live, and how much may be tried.

use std::time::Duration;

/// Settings of this crate.
#[derive(Debug, Clone)]
pub struct IdentityConfig {
    /// `iss` of access tokens: the public URL of the installation.
    pub issuer: String,
    /// Life of an access token.
    pub access_token_life: Duration,
    /// Life of the longest token that the installation signs; a key stays published so long after it
    /// has stopped signing.
    pub longest_token_life: Duration,
    /// How long a key signs before the next one takes over.
    pub key_period: Duration,
    /// How long a key is published before it signs; a day at least.
    pub key_lead_time: Duration,
    /// Life of a session, however often it is refreshed.
    pub session_life: Duration,
    /// Life of a browser's session that nobody uses.
    pub browser_idle_life: Duration,
    /// Life of a browser's session, however much it is used.
    pub browser_session_life: Duration,
    /// What authenticator apps and browsers show as the name of the installation.
    pub product_name: String,
    /// Life of a link that sets a password.
    pub link_life: Duration,
    /// Failed sign-ins of one name within the window before it has to wait.
    pub failures_per_account: i32,
    /// Failed sign-ins from one address within the window before it has to wait.
    pub failures_per_address: i32,
    /// The window in which failures are counted.
    pub failure_window: Duration,
    /// Accounts registered from one network within an hour.
    pub registrations_per_network: i32,
    /// Codes sent to telephones within a day, in all.
    pub codes_per_day: i32,
    /// Passwords of sign-ins hashed at the same time; new passwords have a place of their own. More than one
    /// gains little, as memory is what bounds it.
    pub hashing_threads: usize,
    /// Passwords that may wait to be hashed; further ones are turned away.
    pub hashing_queue: usize,
}

impl IdentityConfig {
    /// The defaults for an installation at `issuer`.
    #[must_use]
    pub fn new(issuer: impl Into<String>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            issuer: issuer.into(),
            access_token_life: Duration::from_hours(1),
            longest_token_life: Duration::from_hours(24),
            key_period: Duration::from_hours(24 * 90),
            key_lead_time: Duration::from_hours(24),
            session_life: Duration::from_hours(720),
            browser_idle_life: Duration::from_hours(12),
            browser_session_life: Duration::from_hours(7 * 24),
            product_name: "Bheem Workspace".to_owned(),
            link_life: Duration::from_hours(24),
            failures_per_account: 10,
            failures_per_address: 100,
            failure_window: Duration::from_mins(15),
            registrations_per_network: 60,
            codes_per_day: 1_000,
            hashing_threads: (cores / 2).max(1),
            hashing_queue: 256,
        }
    }
}
