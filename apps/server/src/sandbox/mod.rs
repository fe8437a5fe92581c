//! `sandbox`: everything on this machine, with nothing configured.
//!
//! A private PostgreSQL, the stand-ins of the peers, a first administrator. All of it is kept in one
//! directory, so several sandboxes run side by side and each is found again after a stop or a crash.

mod clients;
mod description;
mod mail;
mod secrets;
mod summary;

pub use description::Description;

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Context;
use bheem_domain::EmailAddress;
use bheem_embedded_postgres::{Cluster, Options as ClusterOptions};
use bheem_persistence::SystemScope;
use bheem_sandbox::{Options as PeerOptions, Sandbox};
use secrecy::{ExposeSecret, SecretString};

use mail::Mail;

use crate::{
    server::{self, Running},
    settings::{Secret, Settings},
    wiring,
};

/// Address of the first administrator.
const ADMIN: &str = "admin@workspace.test";

/// What to start.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Whether it does without a mail server, though one is installed.
    pub without_mail: bool,
    /// What the environment sets. A database there is used instead of a private one; peers are
    /// always the stand-ins.
    pub settings: Settings,
}

/// Starts everything, prints a summary, answers until a signal comes, stops everything.
///
/// # Errors
/// When a part does not start; the message says what to install or to stop.
pub async fn run(options: &Options) -> anyhow::Result<()> {
    let mut sandbox = Parts::start(options).await?;
    summary::print(&sandbox.description, &options.data_dir)?;
    let mut signal = std::pin::pin!(server::until_signal()?);
    // A mail server takes seconds to start, and the rest does not wait for it.
    let mail = sandbox.start_mail(options.without_mail);
    let started = tokio::select! {
        () = &mut signal => None,
        started = mail => Some(started),
    };
    if let Some(started) = started {
        sandbox.take_mail(started)?;
        signal.await;
    }
    sandbox.stop().await;
    tracing::info!("stopped");
    Ok(())
}

/// A running sandbox.
struct Parts {
    running: Running,
    description: Description,
    peers: Sandbox,
    directory: PathBuf,
    mail_secret: SecretString,
    mail: Option<Mail>,
    cluster: Option<Cluster>,
}

impl Parts {
    async fn start(options: &Options) -> anyhow::Result<Self> {
        let directory = secrets::prepare(&options.data_dir)?;
        let (cluster, database_url) = database(options, &directory)?;
        let secrets = secrets::Secrets::load_or_generate(&directory)?;
        let peers = Sandbox::start(PeerOptions {
            data_dir: Some(directory.join("peers")),
            ..PeerOptions::default()
        })
        .await
        .context("starting the stand-ins")?;
        let mut settings = settings(options, &peers, &database_url, &secrets);
        // Links in mails need the port before anything is started, and nobody else may have it by then.
        let listener = server::listen(options.listen)?;
        settings.http.listen = listener.local_addr()?;
        settings.http.public_url = public_url(settings.http.listen);
        wiring::migrate(&settings).await?;
        let running = server::start_on(listener, &settings).await?;
        first_admin(&running, &secrets.admin_password).await?;
        let base_url = settings.http.public_url.as_str();
        let provider = &running.app().provider;
        let clients = clients::ensure(provider, base_url, &peers.nextcloud, &directory).await?;
        clients::connect_nextcloud(&peers.nextcloud, base_url)?;
        let mut description = Description::new(&running, &peers, &database_url, ADMIN, &secrets);
        base_url.clone_into(&mut description.base_url);
        let mail_secret = clients.get(mail::CLIENT).cloned().unwrap_or_default();
        description.clients = clients;
        if let Some(cluster) = &cluster {
            cluster.set_note(&description.base_url)?;
        }
        description.write(&directory)?;
        Ok(Self {
            running,
            description,
            peers,
            directory,
            mail_secret: mail_secret.into(),
            mail: None,
            cluster,
        })
    }

    /// Starts the mail server, or says why there is none.
    fn start_mail(&self, is_unwanted: bool) -> impl Future<Output = Result<Mail, String>> + use<> {
        let start = Mail::start(
            self.directory.clone(),
            self.peers.mail(),
            self.description.base_url.clone(),
            self.mail_secret.clone(),
        );
        async move {
            if is_unwanted {
                return Err("it is not wanted".to_owned());
            }
            start.await
        }
    }

    /// Takes in the mail server, or why there is none, and tells of it.
    fn take_mail(&mut self, started: Result<Mail, String>) -> anyhow::Result<()> {
        match started {
            Ok(mail) => {
                let addresses = mail.describe();
                summary::print_mail(&addresses)?;
                self.description.peers.insert("mail".to_owned(), addresses);
                self.mail = Some(mail);
            }
            Err(why) => {
                summary::print_no_mail(&why)?;
                self.description.no_mail = Some(why);
            }
        }
        self.description.write(&self.directory)
    }

    async fn stop(self) {
        self.running.stop().await;
        if let Some(mail) = self.mail {
            mail.stop().await;
        }
        self.peers.shutdown().await;
        if let Some(cluster) = self.cluster
            && let Err(error) = cluster.stop()
        {
            tracing::warn!(%error, "stopping PostgreSQL");
        }
    }
}

/// The database that is named, or else a private one.
fn database(
    options: &Options,
    directory: &std::path::Path,
) -> anyhow::Result<(Option<Cluster>, String)> {
    let named = &options.settings.database.url;
    if named.is_set() {
        return Ok((None, named.get().expose_secret().to_owned()));
    }
    let note = format!("a sandbox in {}", directory.display());
    let cluster = Cluster::start(ClusterOptions {
        note,
        settings: vec![("max_connections".to_owned(), "60".to_owned())],
        ..ClusterOptions::new(directory.join("postgres"))
    })?;
    cluster.create_database_if_missing("workspace")?;
    let url = cluster.connection_url("workspace");
    Ok((Some(cluster), url))
}

fn settings(
    options: &Options,
    peers: &Sandbox,
    database_url: &str,
    secrets: &secrets::Secrets,
) -> Settings {
    let mut settings = options.settings.clone();
    settings.database.url = Secret::from(database_url);
    settings.vault.keys = vec![Secret::from(secrets.vault_key.as_str())];
    "mail.workspace.test".clone_into(&mut settings.mail.mx_host);
    "spf.workspace.test".clone_into(&mut settings.mail.spf_include);
    settings.dns.servers = vec![peers.dns.address];
    settings.mailcow.url.clone_from(&peers.mailcow.base_url);
    settings.mailcow.api_key = peers.mailcow.credential("api_key").into();
    settings.nextcloud.url.clone_from(&peers.nextcloud.base_url);
    peers
        .nextcloud
        .credential("admin_user")
        .clone_into(&mut settings.nextcloud.admin_user);
    settings.nextcloud.admin_password = peers.nextcloud.credential("admin_password").into();
    clients::DOCS.clone_into(&mut settings.nextcloud.oidc_client_id);
    settings.oidc.private_hosts = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    settings.notify.url.clone_from(&peers.notify.base_url);
    settings.notify.api_key = peers.notify.credential("api_key").into();
    "support@workspace.test".clone_into(&mut settings.provisioning.support_email);
    settings.http.metrics_listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    settings.compat.credentials_in_request = true;
    // Everybody who tries it comes from this machine.
    settings.auth.registrations_per_network = settings.auth.registrations_per_network.max(10_000);
    settings
}

/// The address for people. Browsers make passkeys for names only, and take `localhost` for a safe place.
fn public_url(listen: SocketAddr) -> String {
    if listen.ip().is_loopback() {
        format!("http://localhost:{}", listen.port())
    } else {
        format!("http://{listen}")
    }
}

async fn first_admin(running: &Running, password: &SecretString) -> anyhow::Result<()> {
    let services = &running.app().services;
    let is_there = services
        .database()
        .system_read(&SystemScope::server("look for the first administrator"))
        .await?
        .accounts()
        .find_for_sign_in(ADMIN)
        .await?
        .is_some();
    if !is_there {
        services
            .identity()
            .create_super_admin(&EmailAddress::parse(ADMIN)?, password.clone())
            .await?;
    }
    Ok(())
}
