//! Settings of the use cases.

use bheem_domain::DomainName;

/// What the installation expects of its tenants' domains, and where its own pages are.
#[derive(Debug, Clone)]
pub struct ServicesConfig {
    /// Public URL of the workspace's pages, without a final slash.
    pub frontend_url: String,
    /// The host that takes mail; an MX record must name it.
    pub mx_host: DomainName,
    /// Preference of that MX record.
    pub mx_priority: u16,
    /// The domain whose SPF record lists our senders; `include:` must name it.
    pub spf_include: DomainName,
    /// IMAP server as people enter it.
    pub imap_server: String,
    /// Its port, encrypted from the first byte on.
    pub imap_port: u16,
    /// SMTP server as people enter it.
    pub smtp_server: String,
    /// Its port, encrypted from the first byte on.
    pub smtp_port: u16,
    /// Web mail, if there is one.
    pub webmail_url: Option<String>,
    /// Public URL of Nextcloud, if there is one.
    pub nextcloud_url: Option<String>,
}
