//! Builds everything once, by hand, and takes it down again.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use bheem_domain::{Clock, DomainName, SystemClock};
use bheem_http_kit::Auth;
use bheem_identity::{Identity, IdentityConfig, IdentitySource};
use bheem_oidc_provider::{ProgramServer, Provider, ProviderConfig};
use bheem_persistence::{Database, DatabaseSettings, ErpUsers, Presence, repo::AppService};
use bheem_provisioning::{
    AppPasswords, MailInspector, NextcloudPeer, Peers, Planner, ProvisioningConfig,
};
use bheem_saga::{Store, Worker, WorkerConfig};
use bheem_services::{ErpSource, PassportSource, ReadAudit, Services, ServicesConfig};
use bheem_vault::{KeyRing, MasterKey, Vault};
use secrecy::ExposeSecret;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    acting::OwnTokens, app::App, extract::Assurance, health::Health, http::crowd::Crowd,
    settings::Settings, tidy::tidy,
};

/// The parts of a running server.
pub struct Wired {
    /// What requests work with.
    pub app: App,
    tasks: TaskTracker,
    stop: CancellationToken,
    database: Database,
}

/// Migrates, if the settings say so.
///
/// # Errors
/// When the database refuses.
pub async fn migrate(settings: &Settings) -> anyhow::Result<Vec<String>> {
    let url = if settings.database.migration_url.is_set() {
        settings.database.migration_url.get()
    } else {
        settings.database.url.get()
    };
    bheem_persistence::migrate(url.expose_secret())
        .await
        .context("applying migrations")
}

/// Opens the database.
///
/// # Errors
/// When it does not answer.
pub async fn database(settings: &Settings) -> anyhow::Result<Database> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let database = DatabaseSettings {
        url: settings.database.url.get().expose_secret().to_owned(),
        max_connections: settings.database.max_connections,
        wait: Duration::from_secs(settings.database.wait_seconds),
    };
    Database::connect(&database, clock)
        .await
        .context("connecting to the database")
}

/// Opens the vault.
///
/// # Errors
/// When a key does not read.
pub fn vault(settings: &Settings) -> anyhow::Result<Vault> {
    let keys = settings
        .vault
        .keys
        .iter()
        .map(|key| MasterKey::parse(key.get().expose_secret()))
        .collect::<Result<_, _>>()?;
    Ok(Vault::new(KeyRing::new(keys)?))
}

/// Builds identity alone; for the command line.
///
/// # Errors
/// When the database or the vault refuses.
pub async fn identity(settings: &Settings, database: &Database) -> anyhow::Result<Identity> {
    let config = identity_config(settings);
    let identity = Identity::start(database.clone(), vault(settings)?, config).await?;
    let sources = sources(settings, &identity)?;
    Ok(identity.with_sources(sources))
}

/// Builds the provider alone; for the command line.
///
/// # Errors
/// When the vault refuses.
pub fn provider(
    settings: &Settings,
    database: &Database,
    identity: &Identity,
) -> anyhow::Result<Provider> {
    Ok(Provider::new(
        database.clone(),
        vault(settings)?,
        identity.clone(),
        provider_config(settings),
    ))
}

/// Other systems whose people may sign in.
fn sources(
    settings: &Settings,
    identity: &Identity,
) -> anyhow::Result<Vec<Arc<dyn IdentitySource>>> {
    let mut sources: Vec<Arc<dyn IdentitySource>> = Vec::new();
    let passport = &settings.passport;
    if !passport.url.is_empty() {
        let client = bheem_passport::Client::builder(&passport.url)
            .timeout(Duration::from_secs(passport.timeout_seconds))
            .build()
            .context("passport.url")?;
        sources.push(Arc::new(PassportSource::new(
            client,
            &passport.company_code,
            domains(&passport.domains).context("passport.domains")?,
        )));
    }
    let erp = &settings.auth.erp_database_url;
    if erp.is_set() {
        let users = ErpUsers::new(erp.get().expose_secret()).context("auth.erp_database_url")?;
        sources.push(Arc::new(ErpSource::new(
            users,
            identity.passwords().clone(),
            domains(&settings.auth.erp_domains).context("auth.erp_domains")?,
        )));
    }
    Ok(sources)
}

fn domains(names: &[String]) -> anyhow::Result<Vec<DomainName>> {
    let parsed = names.iter().map(|name| DomainName::parse(name));
    Ok(parsed.collect::<Result<_, _>>()?)
}

/// Builds everything and starts what runs beside requests.
///
/// # Errors
/// When a part cannot be built; nothing is left running then.
pub async fn wire(settings: &Settings) -> anyhow::Result<Wired> {
    let database = database(settings).await?;
    let identity = identity(settings, &database).await?;
    let peers = peers(settings, &database, &identity)?;
    let mail = peers.mailcow.clone().map(MailInspector::new);
    let (planner, app_passwords) = provisioning(settings, &database, peers)?;
    let store = Store::new(database.saga_pool());
    let services = Services::new(
        database.clone(),
        identity.clone(),
        planner.clone(),
        store.clone(),
        app_passwords,
        resolver(settings)?,
        services_config(settings)?,
    );
    let provider = provider(settings, &database, &identity)?;
    let (audit, audit_writer) = ReadAudit::new(database.clone());
    let health = Health::default();
    health.look(&database, identity.revocations()).await;

    let presence = Presence::begin(&database).await?;

    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    tasks.spawn(audit_writer.run());
    if settings.saga.slots > 0 {
        let mut registry = planner.registry().clone();
        provider.register_sagas(&mut registry)?;
        let worker = Worker::new(
            store,
            registry,
            worker_config(settings),
            &**database.clock(),
        );
        tasks.spawn(worker.run(stop.clone()));
    }
    spawn_watchers(
        &tasks,
        &stop,
        &database,
        &services,
        &provider,
        &health,
        mail.as_ref(),
    );
    tasks.spawn({
        let (stop, database) = (stop.clone(), database.clone());
        async move { stop.run_until_cancelled(presence.keep(&database)).await }
    });
    tasks.close();
    Ok(Wired {
        app: App {
            services,
            provider,
            audit,
            health,
            administration: Assurance {
                second_factor: settings.auth.admin_second_factor,
                max_age: (settings.auth.admin_max_age_minutes > 0)
                    .then(|| Duration::from_mins(settings.auth.admin_max_age_minutes)),
            },
            trusted_proxies: settings.http.trusted_proxies.clone(),
            vault: vault(settings)?,
            crowd: Crowd::new(settings.http.requests_per_account, usize::MAX),
            watchers: Crowd::new(settings.http.streams_per_account, settings.http.streams),
            body_patience: Duration::from_secs(settings.http.body_seconds.max(1)),
            accepts_credentials: settings.compat.credentials_in_request,
        },
        tasks,
        stop,
        database,
    })
}

/// What goes on beside requests until the server stops.
fn spawn_watchers(
    tasks: &TaskTracker,
    stop: &CancellationToken,
    database: &Database,
    services: &Services,
    provider: &Provider,
    health: &Health,
    mail: Option<&MailInspector>,
) {
    macro_rules! beside {
        (|$($part:ident),*| $work:expr) => {{
            $(let $part = $part.clone();)*
            let stop = stop.clone();
            tasks.spawn(async move { stop.run_until_cancelled($work).await });
        }};
    }
    beside!(|services, database| services.identity().revocations().watch(&database));
    beside!(|services, database, health| health.watch(&database, services.identity().revocations()));
    beside!(|services| services.identity().keys().watch());
    beside!(|services| services.watch_alerts());
    beside!(|services| services.watch_accepted());
    let mail = mail.cloned();
    beside!(|services, mail| services.watch_domains(mail));
    beside!(|services| services.runs().hear_moves());
    beside!(|provider| provider.watch_logouts());
    beside!(|database, provider| tidy(&database, &provider));
}

impl Wired {
    /// Lets the worker give its runs back, writes what is still to be written, closes the database.
    pub async fn shut_down(self, patience: Duration) {
        self.stop.cancel();
        // The last note of the audit is written when nobody is left to take another.
        drop(self.app);
        if tokio::time::timeout(patience, self.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!("some work did not end in time; another process takes it over");
        }
        self.database.close();
    }
}

fn provisioning(
    settings: &Settings,
    database: &Database,
    peers: Peers,
) -> anyhow::Result<(Planner, AppPasswords)> {
    let config = ProvisioningConfig {
        auto_mailbox: settings.provisioning.auto_mailbox,
        send_welcome: settings.provisioning.send_welcome,
        sync_nextcloud: settings.provisioning.sync_nextcloud,
        link_life: Duration::from_hours(settings.auth.link_hours),
        mailbox_quota_mb: settings.provisioning.mailbox_quota_mb,
        nextcloud_quota: settings.provisioning.nextcloud_quota.parse()?,
        support_email: settings.provisioning.support_email.clone(),
        sender: (!settings.notify.sender_email.is_empty()).then(|| {
            let notify = &settings.notify;
            (notify.sender_email.clone(), notify.sender_name.clone())
        }),
        ..ProvisioningConfig::new(settings.frontend_url())
    };
    let app_passwords = AppPasswords::new(
        database.clone(),
        vault(settings)?,
        peers.clone(),
        config.clone(),
    );
    let planner = bheem_provisioning::build(database.clone(), vault(settings)?, peers, config)?;
    Ok((planner, app_passwords))
}

fn peers(settings: &Settings, database: &Database, identity: &Identity) -> anyhow::Result<Peers> {
    let mut peers = Peers::default();
    let (mailcow, nextcloud, notify) = (&settings.mailcow, &settings.nextcloud, &settings.notify);
    if !mailcow.url.is_empty() {
        let client = bheem_mailcow::Client::builder(&mailcow.url, mailcow.api_key.get())
            .timeout(Duration::from_secs(mailcow.timeout_seconds))
            .build()
            .context("mailcow.url")?;
        peers.mailcow = Some(client);
    }
    if !nextcloud.url.is_empty() {
        let timeout = Duration::from_secs(nextcloud.timeout_seconds);
        let admin = Auth::basic(&nextcloud.admin_user, nextcloud.admin_password.get());
        let peer = bheem_nextcloud::Client::builder(&nextcloud.url, admin)
            .timeout(timeout)
            .build()
            .and_then(|ocs| NextcloudPeer::new(ocs, &nextcloud.url, timeout))
            .context("nextcloud.url")?;
        peers.nextcloud = Some(if nextcloud.oidc_client_id.is_empty() {
            peer
        } else {
            peer.acting(
                Arc::new(OwnTokens {
                    identity: identity.clone(),
                    database: database.clone(),
                }),
                &nextcloud.oidc_client_id,
            )
        });
    }
    if !notify.url.is_empty() {
        let client = bheem_notify::Client::builder(&notify.url, notify.api_key.get())
            .timeout(Duration::from_secs_f64(
                notify.timeout_seconds.clamp(0.1, 600.0),
            ))
            .build()
            .context("notify.url")?;
        peers.notify = Some(client);
    }
    Ok(peers)
}

fn resolver(settings: &Settings) -> anyhow::Result<bheem_dns::Resolver> {
    let servers = &settings.dns.servers;
    let builder = if servers.is_empty() {
        bheem_dns::Resolver::system().context("reading the system's name servers")?
    } else {
        bheem_dns::Resolver::builder(servers.iter().copied())
    };
    builder.build().context("dns.servers")
}

fn services_config(settings: &Settings) -> anyhow::Result<ServicesConfig> {
    let mx_host = DomainName::parse(&settings.mail.mx_host).context("mail.mx_host")?;
    let nextcloud = &settings.nextcloud;
    let or_host = |server: &str| {
        if server.is_empty() {
            mx_host.to_string()
        } else {
            server.to_owned()
        }
    };
    Ok(ServicesConfig {
        frontend_url: settings.frontend_url(),
        imap_server: or_host(&settings.mail.imap_server),
        imap_port: settings.mail.imap_port,
        smtp_server: or_host(&settings.mail.smtp_server),
        smtp_port: settings.mail.smtp_port,
        mx_host,
        mx_priority: settings.mail.mx_priority,
        spf_include: DomainName::parse(&settings.mail.spf_include).context("mail.spf_include")?,
        webmail_url: settings.mail.webmail_url.clone(),
        nextcloud_url: (!nextcloud.url.is_empty())
            .then(|| nextcloud.public_url.as_ref().unwrap_or(&nextcloud.url))
            .map(|url| url.trim_end_matches('/').to_owned()),
    })
}

fn identity_config(settings: &Settings) -> IdentityConfig {
    let (auth, oidc) = (&settings.auth, &settings.oidc);
    let defaults = IdentityConfig::new(settings.http.public_url.trim_end_matches('/'));
    IdentityConfig {
        access_token_life: Duration::from_mins(auth.access_token_minutes),
        // The provider signs with the same keys, and its tokens end early by the same word.
        longest_token_life: Duration::from_mins(oidc.access_token_minutes)
            .max(defaults.longest_token_life),
        key_period: Duration::from_hours(24 * oidc.key_period_days.max(1)),
        session_life: Duration::from_hours(24 * auth.session_days),
        browser_idle_life: Duration::from_hours(auth.browser_idle_hours),
        browser_session_life: Duration::from_hours(24 * auth.browser_session_days),
        product_name: auth.product_name.clone(),
        link_life: Duration::from_hours(auth.link_hours),
        registrations_per_network: auth.registrations_per_network,
        codes_per_day: auth.codes_per_day,
        ..defaults
    }
}

fn provider_config(settings: &Settings) -> ProviderConfig {
    let oidc = &settings.oidc;
    ProviderConfig {
        access_token_life: Duration::from_mins(oidc.access_token_minutes),
        id_token_life: Duration::from_mins(oidc.access_token_minutes),
        grant_life: Duration::from_hours(24 * oidc.grant_days),
        private_hosts: oidc.private_hosts.clone(),
        program_servers: program_servers(settings),
        ..ProviderConfig::new(settings.http.public_url.trim_end_matches('/'))
    }
}

/// What the account page says of where programs sign in.
fn program_servers(settings: &Settings) -> Vec<ProgramServer> {
    let (mail, nextcloud) = (&settings.mail, &settings.nextcloud);
    let server = |service, protocol, address| ProgramServer {
        service,
        protocol,
        address,
    };
    let mut servers = Vec::new();
    if !settings.mailcow.url.is_empty() {
        let at = |host: &str, port| {
            let host = if host.is_empty() { &mail.mx_host } else { host };
            format!("{host}:{port} (TLS)")
        };
        let imap = at(&mail.imap_server, mail.imap_port);
        servers.push(server(AppService::Mail, "IMAP", imap));
        let smtp = at(&mail.smtp_server, mail.smtp_port);
        servers.push(server(AppService::Mail, "SMTP", smtp));
    }
    if !nextcloud.url.is_empty() {
        let url = nextcloud.public_url.as_ref().unwrap_or(&nextcloud.url);
        let dav = format!("{}/remote.php/dav/", url.trim_end_matches('/'));
        servers.push(server(AppService::Files, "WebDAV", dav.clone()));
        servers.push(server(AppService::Calendar, "CalDAV, CardDAV", dav));
    }
    servers
}

fn worker_config(settings: &Settings) -> WorkerConfig {
    WorkerConfig {
        slots: settings.saga.slots,
        closing_slots: settings.saga.closing_slots.max(1),
        default_max_leased: settings.saga.slots_per_tenant.max(1),
        default_max_closing: settings.saga.closing_slots_per_tenant.max(1),
        peer_limit: settings.saga.calls_per_peer.max(1),
        lease: Duration::from_secs(settings.saga.lease_seconds.max(2)),
        ..WorkerConfig::default()
    }
}
