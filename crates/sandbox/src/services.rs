//! Which stand-ins there are, and what a client of each is configured with.

use crate::{
    cloudflare::Cloudflare, credentials::Credentials, erp::Erp, livekit::LiveKit, mailcow::Mailcow,
    mailgun::Mailgun, mattermost::Mattermost, msg91::Msg91, nextcloud::Nextcloud, notify::Notify,
    passport::Passport, peer::Service, razorpay::Razorpay, sandbox::Ports,
};

/// A stand-in that is to be started.
pub(crate) struct Entry<'a> {
    pub(crate) name: &'static str,
    pub(crate) port: u16,
    pub(crate) service: Box<dyn Service>,
    /// Names and values.
    pub(crate) credentials: Vec<(&'static str, &'a str)>,
}

/// All that speak HTTP.
pub(crate) fn all(ports: Ports, secrets: &Credentials) -> Vec<Entry<'_>> {
    vec![
        Entry {
            name: "mailcow",
            port: ports.mailcow,
            service: Box::new(Mailcow::new(secrets)),
            credentials: vec![
                ("api_key", &secrets.mailcow_api_key),
                ("read_only_api_key", &secrets.mailcow_read_only_api_key),
            ],
        },
        Entry {
            name: "nextcloud",
            port: ports.nextcloud,
            service: Box::new(Nextcloud::new(secrets)),
            credentials: vec![
                ("admin_user", &secrets.nextcloud_admin_user),
                ("admin_password", &secrets.nextcloud_admin_password),
                ("sample_user", &secrets.nextcloud_sample_user),
                ("sample_password", &secrets.nextcloud_sample_password),
            ],
        },
        Entry {
            name: "notify",
            port: ports.notify,
            service: Box::new(Notify::new(secrets)),
            credentials: vec![("api_key", &secrets.notify_api_key)],
        },
        Entry {
            name: "livekit",
            port: ports.livekit,
            service: Box::new(LiveKit::new(secrets)),
            credentials: vec![
                ("api_key", &secrets.livekit_api_key),
                ("api_secret", &secrets.livekit_api_secret),
            ],
        },
        Entry {
            name: "mattermost",
            port: ports.mattermost,
            service: Box::new(Mattermost::new(secrets)),
            credentials: vec![("admin_token", &secrets.mattermost_admin_token)],
        },
        Entry {
            name: "mailgun",
            port: ports.mailgun,
            service: Box::new(Mailgun::new(secrets)),
            credentials: vec![
                ("api_key", &secrets.mailgun_api_key),
                ("signing_key", &secrets.mailgun_signing_key),
            ],
        },
        Entry {
            name: "cloudflare",
            port: ports.cloudflare,
            service: Box::new(Cloudflare::new(secrets)),
            credentials: vec![("token", &secrets.cloudflare_token)],
        },
        Entry {
            name: "passport",
            port: ports.passport,
            service: Box::new(Passport::new(secrets)),
            credentials: vec![("sample_password", &secrets.passport_sample_password)],
        },
        Entry {
            name: "erp",
            port: ports.erp,
            service: Box::new(Erp::new(secrets)),
            credentials: vec![
                ("token", &secrets.erp_token),
                ("webhook_secret", &secrets.erp_webhook_secret),
            ],
        },
        Entry {
            name: "razorpay",
            port: ports.razorpay,
            service: Box::new(Razorpay::new(secrets)),
            credentials: vec![
                ("key_id", &secrets.razorpay_key_id),
                ("key_secret", &secrets.razorpay_key_secret),
                ("webhook_secret", &secrets.razorpay_webhook_secret),
            ],
        },
        Entry {
            name: "msg91",
            port: ports.msg91,
            service: Box::new(Msg91::new(secrets)),
            credentials: vec![("auth_key", &secrets.msg91_auth_key)],
        },
    ]
}
