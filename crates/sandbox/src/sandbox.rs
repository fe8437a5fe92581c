//! Starting all stand-ins, and what a caller holds of them.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    sync::Arc,
    thread,
};

use actix_web::dev::ServerHandle;
use serde_json::Value;
use tokio::sync::oneshot;

use crate::{
    Error, Fault, PublishedRecord,
    credentials::Credentials,
    dns::{self, Dns, DnsSockets},
    http::Request,
    mailcow::Mailcow,
    nextcloud::Nextcloud,
    notify::Notify,
    peer::{Peer, Service},
    server,
    store::Store,
};

/// Ports of the stand-ins; 0 takes any free one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ports {
    /// Mailcow's API.
    pub mailcow: u16,
    /// Nextcloud: OCS, `WebDAV` and `CalDAV`.
    pub nextcloud: u16,
    /// Notify's API.
    pub notify: u16,
    /// The name server, UDP and TCP.
    pub dns: u16,
    /// The name server's control address.
    pub dns_control: u16,
}

/// What to start.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where state and credentials are kept; nowhere when `None`.
    pub data_dir: Option<PathBuf>,
    /// Where to listen on 127.0.0.1.
    pub ports: Ports,
}

/// One stand-in.
#[derive(Clone)]
pub struct PeerHandle {
    /// `mailcow`, `nextcloud`, `notify` or `dns`.
    pub name: &'static str,
    /// What a client is configured with, without a slash at the end.
    pub base_url: String,
    /// The control endpoints are `{control_url}/__sandbox/…`.
    pub control_url: String,
    /// By name: `api_key` and `read_only_api_key`; `admin_user`, `admin_password`, `sample_user`
    /// and `sample_password`; `api_key`.
    pub credentials: BTreeMap<&'static str, String>,
    peer: Arc<Peer>,
}

/// The credentials are left out.
impl std::fmt::Debug for PeerHandle {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("PeerHandle")
            .field("name", &self.name)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

impl PeerHandle {
    /// A credential by name; empty if the peer has none of that name.
    #[must_use]
    pub fn credential(&self, name: &str) -> &str {
        self.credentials.get(name).map_or("", String::as_str)
    }

    /// Everything the peer holds, as `GET /__sandbox/state` tells it.
    #[must_use]
    pub fn state(&self) -> Value {
        self.peer.state()
    }

    /// Changes options, as `PUT /__sandbox/options`; `false` when the peer does not take them.
    #[must_use]
    pub fn set_options(&self, options: &Value) -> bool {
        let request = Request {
            method: "PUT".to_owned(),
            path: String::new(),
            query: Vec::new(),
            headers: Vec::new(),
            body: options.to_string().into(),
        };
        let answer = self.peer.control("options", &request);
        answer.is_some_and(|answer| answer.status == 200)
    }

    /// Lets requests fail, as `POST /__sandbox/faults`.
    pub fn fault(&self, fault: Fault) {
        self.peer.add_fault(fault);
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.peer.clear_faults();
    }

    /// The faults that are still to come.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.peer.list_faults()
    }

    /// Back to a fresh installation without faults.
    ///
    /// # Errors
    ///
    /// [`Error::File`] when the journal cannot be written.
    pub fn reset(&self) -> Result<(), Error> {
        self.peer.reset()
    }
}

/// The name server.
#[derive(Debug, Clone)]
pub struct DnsHandle {
    /// Where it answers, over UDP and TCP.
    pub address: SocketAddr,
    /// The control endpoints are `{control_url}/__sandbox/…`.
    pub control_url: String,
    /// Its state and faults. A query meets faults of the method `QUERY`, its path being the name:
    /// `fail` and `garbage` answer SERVFAIL, the others nothing at all.
    pub peer: PeerHandle,
}

impl DnsHandle {
    /// Publishes records; those of the same name and type are replaced.
    ///
    /// # Errors
    ///
    /// [`Error::File`] when the journal cannot be written.
    pub fn publish(&self, records: &[PublishedRecord]) -> Result<(), Error> {
        self.peer
            .peer
            .with_store(|store| dns::records::publish(store, records))
    }

    /// Removes the records of a name, of one type or of all. Answers how many there were.
    ///
    /// # Errors
    ///
    /// [`Error::File`] when the journal cannot be written.
    pub fn unpublish(&self, name: &str, record_type: Option<&str>) -> Result<usize, Error> {
        self.peer
            .peer
            .with_store(|store| dns::records::unpublish(store, name, record_type))
    }
}

/// All stand-ins, running on a thread of their own. Dropping it stops them.
#[derive(Debug)]
pub struct Sandbox {
    /// Mail server and its API.
    pub mailcow: PeerHandle,
    /// Files, calendars and accounts.
    pub nextcloud: PeerHandle,
    /// Outgoing mail and messages.
    pub notify: PeerHandle,
    /// The name server.
    pub dns: DnsHandle,
    server: ServerHandle,
    ended: Option<oneshot::Receiver<()>>,
}

impl Sandbox {
    /// Starts the stand-ins on loopback ports. Works from any runtime, since they have their own.
    ///
    /// # Errors
    ///
    /// [`Error::Listen`] when a port is taken; [`Error::File`] and [`Error::Damaged`] for the data
    /// directory.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let credentials = match &options.data_dir {
            None => Credentials::generate(),
            Some(directory) => {
                std::fs::create_dir_all(directory).map_err(Error::file("create", directory))?;
                Credentials::load_or_generate(&directory.join("credentials.json"))?
            }
        };
        let parts = Parts::prepare(&options, &credentials)?;
        let (mailcow, nextcloud, notify, dns) = parts.handles(&credentials)?;
        let (started, starting) = oneshot::channel();
        let (ending, ended) = oneshot::channel();
        thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || {
                actix_web::rt::System::new().block_on(run(parts, started));
                // Nobody waits when the sandbox was dropped.
                let _ = ending.send(());
            })
            .map_err(Error::Start)?;
        let server = starting
            .await
            .unwrap_or_else(|_| Err(std::io::Error::other("the stand-ins' thread ended")))
            .map_err(Error::Start)?;
        Ok(Self {
            mailcow,
            nextcloud,
            notify,
            dns,
            server,
            ended: Some(ended),
        })
    }

    /// Stand-ins that keep nothing, on any free ports.
    ///
    /// # Errors
    ///
    /// As [`Sandbox::start`].
    pub async fn in_memory() -> Result<Self, Error> {
        Self::start(Options::default()).await
    }

    /// The HTTP stand-ins by name, for listings.
    #[must_use]
    pub fn peers(&self) -> [&PeerHandle; 3] {
        [&self.mailcow, &self.nextcloud, &self.notify]
    }

    /// Stops them after the requests that are being answered, or a second later.
    pub async fn shutdown(mut self) {
        self.server.stop(true).await;
        if let Some(ended) = self.ended.take() {
            // An error means that the thread has ended, too.
            let _ = ended.await;
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // The command is sent at once; the future only waits for its completion.
        drop(self.server.stop(false));
    }
}

async fn run(parts: Parts, started: oneshot::Sender<std::io::Result<ServerHandle>>) {
    let dns = Arc::clone(&parts.dns.1);
    let peers = vec![parts.mailcow, parts.nextcloud, parts.notify, parts.dns];
    let prepared = dns::serve(parts.dns_sockets, dns)
        .and_then(|name_server| Ok((name_server, server::build(peers)?)));
    match prepared {
        Err(error) => drop(started.send(Err(error))),
        Ok((name_server, server)) => {
            if started.send(Ok(server.handle())).is_ok()
                && let Err(error) = server.await
            {
                tracing::error!(%error, "the stand-ins ended");
            }
            drop(name_server);
        }
    }
}

type Part = (TcpListener, Arc<Peer>);

/// Bound sockets and filled stores, before anything runs.
struct Parts {
    mailcow: Part,
    nextcloud: Part,
    notify: Part,
    dns: Part,
    dns_sockets: DnsSockets,
}

impl Parts {
    fn prepare(options: &Options, credentials: &Credentials) -> Result<Self, Error> {
        let part = |name, port, service: Box<dyn Service>| {
            let journal = options.data_dir.as_ref();
            let journal = journal.map(|directory| directory.join(format!("{name}.journal")));
            let peer = Peer::new(name, service, Store::open(journal)?)?;
            Ok::<_, Error>((listen(name, port)?, Arc::new(peer)))
        };
        let ports = options.ports;
        Ok(Self {
            mailcow: part(
                "mailcow",
                ports.mailcow,
                Box::new(Mailcow::new(credentials)),
            )?,
            nextcloud: part(
                "nextcloud",
                ports.nextcloud,
                Box::new(Nextcloud::new(credentials)),
            )?,
            notify: part("notify", ports.notify, Box::new(Notify::new(credentials)))?,
            dns: part("dns", ports.dns_control, Box::new(Dns))?,
            dns_sockets: DnsSockets::bind(ports.dns)?,
        })
    }

    fn handles(
        &self,
        secrets: &Credentials,
    ) -> Result<(PeerHandle, PeerHandle, PeerHandle, DnsHandle), Error> {
        let mailcow = handle(
            &self.mailcow,
            [
                ("api_key", &secrets.mailcow_api_key),
                ("read_only_api_key", &secrets.mailcow_read_only_api_key),
            ],
        )?;
        let nextcloud = handle(
            &self.nextcloud,
            [
                ("admin_user", &secrets.nextcloud_admin_user),
                ("admin_password", &secrets.nextcloud_admin_password),
                ("sample_user", &secrets.nextcloud_sample_user),
                ("sample_password", &secrets.nextcloud_sample_password),
            ],
        )?;
        let notify = handle(&self.notify, [("api_key", &secrets.notify_api_key)])?;
        let peer = handle(&self.dns, [])?;
        let dns = DnsHandle {
            address: self.dns_sockets.address,
            control_url: peer.control_url.clone(),
            peer,
        };
        Ok((mailcow, nextcloud, notify, dns))
    }
}

fn handle<const N: usize>(
    (listener, peer): &Part,
    credentials: [(&'static str, &String); N],
) -> Result<PeerHandle, Error> {
    let address = listener.local_addr().map_err(Error::Start)?;
    let url = format!("http://{address}");
    Ok(PeerHandle {
        name: peer.name,
        base_url: url.clone(),
        control_url: url,
        credentials: credentials
            .map(|(name, value)| (name, value.clone()))
            .into(),
        peer: Arc::clone(peer),
    })
}

fn listen(peer: &'static str, port: u16) -> Result<TcpListener, Error> {
    let failed = |source| Error::Listen { peer, port, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    Ok(listener)
}
