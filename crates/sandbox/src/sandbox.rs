//! Starting all stand-ins.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
    sync::Arc,
    thread,
};

use actix_web::dev::ServerHandle;
use tokio::sync::oneshot;

use crate::{
    Error,
    credentials::Credentials,
    dns::{self, Dns, DnsSockets},
    handle::{DnsHandle, PeerHandle},
    mail_feed::MailFeed,
    peer::{Peer, Service},
    server, services,
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
    /// LiveKit's server API.
    pub livekit: u16,
    /// Mattermost's API.
    pub mattermost: u16,
    /// Mailgun's API.
    pub mailgun: u16,
    /// Cloudflare's API.
    pub cloudflare: u16,
    /// Passport's API.
    pub passport: u16,
    /// The ERP's API.
    pub erp: u16,
    /// Razorpay's API.
    pub razorpay: u16,
    /// MSG91's API.
    pub msg91: u16,
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

/// All stand-ins, running on a thread of their own. Dropping it stops them.
#[derive(Debug)]
pub struct Sandbox {
    /// Mail server and its API.
    pub mailcow: PeerHandle,
    /// Files, calendars and accounts.
    pub nextcloud: PeerHandle,
    /// Outgoing mail and messages.
    pub notify: PeerHandle,
    /// Meetings.
    pub livekit: PeerHandle,
    /// Chat.
    pub mattermost: PeerHandle,
    /// Mail for the domains of customers.
    pub mailgun: PeerHandle,
    /// DNS zones; what is written there, the name server tells.
    pub cloudflare: PeerHandle,
    /// Accounts of other products.
    pub passport: PeerHandle,
    /// Plans and subscriptions.
    pub erp: PeerHandle,
    /// Payments.
    pub razorpay: PeerHandle,
    /// Text messages.
    pub msg91: PeerHandle,
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
        let dns_sockets = DnsSockets::bind(options.ports.dns)?;
        let dns_address = dns_sockets.address;
        let mut parts = Vec::new();
        let mut handles = BTreeMap::new();
        let mut add = |name, port, service, credentials: Vec<_>| {
            let part = part(&options, name, port, service)?;
            let handle = handle(&part, credentials)?;
            parts.push(part);
            handles.insert(name, handle);
            Ok::<_, Error>(())
        };
        for entry in services::all(options.ports, &credentials) {
            add(entry.name, entry.port, entry.service, entry.credentials)?;
        }
        add(DNS, options.ports.dns_control, Box::new(Dns), Vec::new())?;
        let mut take = |name| handles.remove(name).ok_or(Error::Missing(name));
        let mailcow = take("mailcow")?;
        let nextcloud = take("nextcloud")?;
        let notify = take("notify")?;
        let livekit = take("livekit")?;
        let mattermost = take("mattermost")?;
        let mailgun = take("mailgun")?;
        let cloudflare = take("cloudflare")?;
        let passport = take("passport")?;
        let erp = take("erp")?;
        let razorpay = take("razorpay")?;
        let msg91 = take("msg91")?;
        let peer = take(DNS)?;
        let dns = DnsHandle {
            address: dns_address,
            control_url: peer.control_url.clone(),
            peer,
        };
        let (started, starting) = oneshot::channel();
        let (ending, ended) = oneshot::channel();
        thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || {
                actix_web::rt::System::new().block_on(run(parts, dns_sockets, started));
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
            livekit,
            mattermost,
            mailgun,
            cloudflare,
            passport,
            erp,
            razorpay,
            msg91,
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

    /// The HTTP stand-ins, for listings.
    #[must_use]
    pub fn peers(&self) -> [&PeerHandle; 11] {
        [
            &self.mailcow,
            &self.nextcloud,
            &self.notify,
            &self.livekit,
            &self.mattermost,
            &self.mailgun,
            &self.cloudflare,
            &self.passport,
            &self.erp,
            &self.razorpay,
            &self.msg91,
        ]
    }

    /// What a mail server beside Mailcow's stand-in must know.
    #[must_use]
    pub fn mail(&self) -> MailFeed {
        MailFeed(self.mailcow.clone())
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

/// The name server's name among the stand-ins.
const DNS: &str = "dns";
/// The name of the one whose zones it tells.
const CLOUDFLARE: &str = "cloudflare";

/// A bound socket and a filled store, before anything runs.
type Part = (TcpListener, Arc<Peer>);

async fn run(
    parts: Vec<Part>,
    dns_sockets: DnsSockets,
    started: oneshot::Sender<std::io::Result<ServerHandle>>,
) {
    let find = |name| {
        let found = parts.iter().find(|(_, peer)| peer.name == name);
        found.map(|(_, peer)| Arc::clone(peer))
    };
    let prepared = find(DNS)
        .zip(find(CLOUDFLARE))
        .ok_or_else(|| std::io::Error::other("there is no name server"))
        .and_then(|(peer, cloudflare)| dns::serve(dns_sockets, peer, cloudflare))
        .and_then(|name_server| Ok((name_server, server::build(parts)?)));
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

fn part(
    options: &Options,
    name: &'static str,
    port: u16,
    service: Box<dyn Service>,
) -> Result<Part, Error> {
    let journal = options.data_dir.as_ref();
    let journal = journal.map(|directory| directory.join(format!("{name}.journal")));
    let peer = Peer::new(name, service, Store::open(journal)?)?;
    Ok((listen(name, port)?, Arc::new(peer)))
}

fn handle(
    (listener, peer): &Part,
    credentials: Vec<(&'static str, &str)>,
) -> Result<PeerHandle, Error> {
    let address = listener.local_addr().map_err(Error::Start)?;
    let url = format!("http://{address}");
    Ok(PeerHandle {
        name: peer.name,
        base_url: url.clone(),
        control_url: url,
        credentials: credentials
            .into_iter()
            .map(|(name, value)| (name, value.to_owned()))
            .collect(),
        peer: Arc::clone(peer),
    })
}

fn listen(peer: &'static str, port: u16) -> Result<TcpListener, Error> {
    let failed = |source| Error::Listen { peer, port, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    Ok(listener)
}
