//! What an operator decides about provisioning. Holds no secrets.

use std::time::Duration;

use bheem_saga::Policy;

/// What an operator decides about provisioning.
#[derive(Debug, Clone)]
pub struct ProvisioningConfig {
    /// People get a mailbox where their address allows one.
    pub auto_mailbox: bool,
    /// People get an invitation.
    pub send_welcome: bool,
    /// People get files and calendars.
    pub sync_nextcloud: bool,
    /// Where people open the workspace; links in mails begin with it.
    pub frontend_url: String,
    /// How long a link that sets a password works.
    pub link_life: Duration,
    /// The size of a new mailbox in MiB.
    pub mailbox_quota_mb: u32,
    /// The room for a person's files.
    pub nextcloud_quota: bheem_nextcloud::QuotaLimit,
    /// Whom people may ask; named in mails.
    pub support_email: String,
    /// Address and name that mails written here come from; Notify's own when `None`. Templates have
    /// their sender in Notify.
    pub sender: Option<(String, String)>,
    /// How patiently each step is tried.
    pub retry: Policy,
    /// How long a request of an operation that was superseded may still take effect at a peer.
    pub settle: Duration,
}

impl ProvisioningConfig {
    /// Everything is wanted; the documented sizes; links live a day.
    #[must_use]
    pub fn new(frontend_url: impl Into<String>) -> Self {
        Self {
            auto_mailbox: true,
            send_welcome: true,
            sync_nextcloud: true,
            frontend_url: frontend_url.into(),
            link_life: Duration::from_hours(24),
            mailbox_quota_mb: 1024,
            nextcloud_quota: bheem_nextcloud::QuotaLimit::Bytes(1 << 30),
            support_email: String::new(),
            sender: None,
            retry: Policy::default(),
            settle: Duration::from_mins(1),
        }
    }

    /// A page of the workspace; `path` begins with a slash.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}{path}", self.frontend_url.trim_end_matches('/'))
    }

    /// How long links work, in words for a mail.
    pub(crate) fn link_life_in_words(&self) -> String {
        let minutes = self.link_life.as_secs() / 60;
        match (minutes / 60, minutes % 60) {
            (1, 0) => "1 hour".to_owned(),
            (hours, 0) if hours > 0 => format!("{hours} hours"),
            _ => format!("{minutes} minutes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_more_or_less_makes_no_difference_to_links() {
        for url in ["https://w.example", "https://w.example/"] {
            assert_eq!(
                ProvisioningConfig::new(url).page("/login"),
                "https://w.example/login"
            );
        }
    }

    #[test]
    fn the_life_of_a_link_reads_naturally() {
        for (life, words) in [
            (Duration::from_hours(24), "24 hours"),
            (Duration::from_hours(1), "1 hour"),
            (Duration::from_mins(90), "90 minutes"),
            (Duration::from_mins(20), "20 minutes"),
        ] {
            let config = ProvisioningConfig {
                link_life: life,
                ..ProvisioningConfig::new("https://w.example")
            };
            assert_eq!(config.link_life_in_words(), words);
        }
    }
}
