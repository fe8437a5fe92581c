//! The sections of the settings, with their defaults.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use serde::Deserialize;

use super::Secret;

macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $kind:ty = $default:expr,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name { $($(#[$fdoc])* pub $field: $kind,)* }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }
    };
}

section! {
    /// Everything.
    Settings {
        /// The HTTP server.
        http: Http = Http::default(),
        /// The database.
        database: DatabaseSection = DatabaseSection::default(),
        /// Keys for stored secrets.
        vault: VaultSection = VaultSection::default(),
        /// Signing in.
        auth: Auth = Auth::default(),
        /// Signing in to other applications.
        oidc: Oidc = Oidc::default(),
        /// What domains must carry, and where mail is.
        mail: Mail = Mail::default(),
        /// Name servers.
        dns: Dns = Dns::default(),
        /// Mailcow; disabled without a URL.
        mailcow: MailcowSection = MailcowSection::default(),
        /// Nextcloud; disabled without a URL.
        nextcloud: NextcloudSection = NextcloudSection::default(),
        /// Passport; disabled without a URL.
        passport: PassportSection = PassportSection::default(),
        /// Notify; disabled without a URL.
        notify: NotifySection = NotifySection::default(),
        /// What people get.
        provisioning: Provisioning = Provisioning::default(),
        /// Durable runs.
        saga: Saga = Saga::default(),
        /// Old clients.
        compat: Compat = Compat::default(),
        /// Log lines.
        log: Log = Log::default(),
    }
}

section! {
    /// The HTTP server.
    Http {
        /// Where it listens.
        listen: SocketAddr = SocketAddr::from(([0, 0, 0, 0], 8500)),
        /// Where `/metrics` is; nowhere when absent. Not for the public.
        metrics_listen: Option<SocketAddr> = None,
        /// The address people use, without a final slash; issuer of tokens.
        public_url: String = String::new(),
        /// Threads that answer; one for each core when 0.
        workers: usize = 0,
        /// Largest body of a request, in bytes.
        max_body_bytes: usize = 256 * 1024,
        /// Seconds within which the body of a request must have come.
        body_seconds: u64 = 30,
        /// Requests of one account that are answered at once; further ones are turned away.
        requests_per_account: usize = 256,
        /// Streams of events that one account may have open.
        streams_per_account: usize = 20,
        /// Streams of events that are open at once in all.
        streams: usize = 10_000,
        /// Proxies whose `X-Forwarded-For` is believed.
        trusted_proxies: Vec<IpAddr> = Vec::new(),
    }
}

section! {
    /// The database.
    DatabaseSection {
        /// URL or key-value string the server works with.
        url: Secret = Secret::default(),
        /// File that holds it.
        url_file: Option<PathBuf> = None,
        /// The owner's, for migrations; the same as `url` when absent.
        migration_url: Secret = Secret::default(),
        /// File that holds it.
        migration_url_file: Option<PathBuf> = None,
        /// Whether a start applies pending migrations.
        migrate: bool = true,
        /// Connections of each of the two pools.
        max_connections: usize = 10,
        /// Seconds a request waits for a connection.
        wait_seconds: u64 = 5,
    }
}

section! {
    /// Keys for stored secrets.
    VaultSection {
        /// `id:base64`, the current one first.
        keys: Vec<Secret> = Vec::new(),
        /// File with one key a line.
        keys_file: Option<PathBuf> = None,
    }
}

section! {
    /// Signing in.
    Auth {
        /// Life of an access token.
        access_token_minutes: u64 = 60,
        /// Life of a session.
        session_days: u64 = 30,
        /// Life of a browser's session that nobody uses.
        browser_idle_hours: u64 = 12,
        /// Life of a browser's session, however much it is used.
        browser_session_days: u64 = 7,
        /// What authenticator apps and browsers show as the name of the installation.
        product_name: String = "Bheem Workspace".to_owned(),
        /// Life of a link that sets a password.
        link_hours: u64 = 24,
        /// Accounts that may be registered from one network within an hour.
        registrations_per_network: i32 = 60,
        /// Codes that are sent to telephones within a day, in all.
        codes_per_day: i32 = 1_000,
        /// Administration takes a sign-in with two factors.
        admin_second_factor: bool = false,
        /// Administration takes a sign-in that is not older; any when 0.
        admin_max_age_minutes: u64 = 0,
        /// Database of an ERP whose `auth.users` may sign in; read only. None when empty.
        erp_database_url: Secret = Secret::default(),
        /// File that holds it.
        erp_database_url_file: Option<PathBuf> = None,
        /// Domains whose addresses are the ERP's people's, so that nobody else registers one.
        erp_domains: Vec<String> = Vec::new(),
    }
}

section! {
    /// Signing in to other applications.
    Oidc {
        /// Life of an access token and of an ID token.
        access_token_minutes: u64 = 10,
        /// Life of what a person granted an application.
        grant_days: u64 = 30,
        /// How long a key signs before the next one takes over.
        key_period_days: u64 = 90,
        /// Hosts of this network that may be told of a sign-out although their addresses are private.
        private_hosts: Vec<String> = Vec::new(),
    }
}

section! {
    /// What domains must carry, and where mail is.
    Mail {
        /// Host that an MX record must name.
        mx_host: String = String::new(),
        /// Preference of that record.
        mx_priority: u16 = 10,
        /// Domain that an SPF record must include.
        spf_include: String = String::new(),
        /// IMAP server as people enter it; `mx_host` when empty.
        imap_server: String = String::new(),
        /// Its port, encrypted from the first byte on.
        imap_port: u16 = 993,
        /// SMTP server as people enter it; `mx_host` when empty.
        smtp_server: String = String::new(),
        /// Its port, encrypted from the first byte on.
        smtp_port: u16 = 465,
        /// Web mail.
        webmail_url: Option<String> = None,
    }
}

section! {
    /// Name servers.
    Dns {
        /// Asked for domain checks; those of the system when empty.
        servers: Vec<SocketAddr> = Vec::new(),
    }
}

section! {
    /// Mailcow.
    MailcowSection {
        /// Its URL, without `/api/v1`.
        url: String = String::new(),
        /// A read-write key.
        api_key: Secret = Secret::default(),
        /// File that holds it.
        api_key_file: Option<PathBuf> = None,
        /// Seconds a call may take.
        timeout_seconds: u64 = 15,
    }
}

section! {
    /// Nextcloud.
    NextcloudSection {
        /// Its URL.
        url: String = String::new(),
        /// URL as people's programs use it; `url` when absent.
        public_url: Option<String> = None,
        /// Client ID of Nextcloud at this provider, when it takes tokens (`user_oidc` with `--check-bearer=1`). With it the workspace
        /// acts for people by token; else, and where a token is refused, by app password.
        oidc_client_id: String = String::new(),
        /// An administrator.
        admin_user: String = String::new(),
        /// An app password of theirs.
        admin_password: Secret = Secret::default(),
        /// File that holds it.
        admin_password_file: Option<PathBuf> = None,
        /// Seconds a call may take.
        timeout_seconds: u64 = 20,
    }
}

section! {
    /// Passport, an account service whose people may sign in.
    PassportSection {
        /// Its URL, without `/api/v1`.
        url: String = String::new(),
        /// Company of the people who sign in.
        company_code: String = String::new(),
        /// Domains whose addresses are its people's, so that nobody else registers one.
        domains: Vec<String> = Vec::new(),
        /// Seconds a call may take.
        timeout_seconds: u64 = 5,
    }
}

section! {
    /// Notify.
    NotifySection {
        /// Its URL.
        url: String = String::new(),
        /// A key; may be empty.
        api_key: Secret = Secret::default(),
        /// File that holds it.
        api_key_file: Option<PathBuf> = None,
        /// Seconds a call may take.
        timeout_seconds: f64 = 20.0,
        /// Sender of mails.
        sender_email: String = String::new(),
        /// Sender's name.
        sender_name: String = "Bheem Workspace".to_owned(),
    }
}

section! {
    /// What people get.
    Provisioning {
        /// Mailboxes.
        auto_mailbox: bool = true,
        /// Invitations.
        send_welcome: bool = true,
        /// Accounts of the identity source Passport.
        sync_passport: bool = true,
        /// Accounts of Nextcloud.
        sync_nextcloud: bool = true,
        /// Where links in mails lead; `http.public_url` when empty.
        frontend_url: String = String::new(),
        /// Size of a mailbox in MiB.
        mailbox_quota_mb: u32 = 1024,
        /// Size of an account's files, as Nextcloud writes it.
        nextcloud_quota: String = "1 GB".to_owned(),
        /// Address for questions, in mails.
        support_email: String = String::new(),
    }
}

section! {
    /// Durable runs.
    Saga {
        /// Runs worked at once by this process; none when 0.
        slots: usize = 16,
        /// Runs of one tenant at once, in all processes.
        slots_per_tenant: i32 = 2,
        /// Runs that take access away worked at once by this process, beside the others.
        closing_slots: usize = 16,
        /// Such runs of one tenant at once, in all processes.
        closing_slots_per_tenant: i32 = 8,
        /// Calls at once to one peer.
        calls_per_peer: usize = 8,
        /// Seconds after which a run of a dead worker is taken over.
        lease_seconds: u64 = 60,
    }
}

section! {
    /// Old clients.
    Compat {
        /// Accepts `nc_user`, `nc_pass` and `password` in a query or form.
        credentials_in_request: bool = false,
    }
}

section! {
    /// Log lines.
    Log {
        /// What is logged, such as `info,bheem_saga=debug`.
        filter: String = crate::logging::DEFAULT_FILTER.to_owned(),
    }
}
