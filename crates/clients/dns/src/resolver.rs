//! Asking name servers. Nothing is cached: somebody is waiting for a change they just made.
//!
//! Each server is asked in turn, over UDP and, when the answer does not fit, over TCP. A definite answer ends it; what a
//! server could not find out, another one is asked.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolverOpts, ServerOrderingStrategy,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::xfer::DnsHandle as _;
use hickory_resolver::net::{DnsError, NetError, NoRecords};
use hickory_resolver::proto::op::{DnsRequestOptions, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, Record};
use hickory_resolver::{NameServerPool, PoolContext, TlsConfig};

use crate::builder::Settings;
use crate::{BuildError, Cause, Error, RecordType, ResolverBuilder, name};

/// Fits one packet nearly everywhere (RFC 9715).
const PAYLOAD: u16 = 1232;

/// Asks name servers; cheap to clone.
#[derive(Clone)]
pub struct Resolver {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    servers: Vec<Server>,
    pub(crate) settings: Settings,
    /// The zone these servers are authoritative for, and who knows the rest of the world.
    authority: Option<(String, Resolver)>,
}

struct Server {
    address: SocketAddr,
    pool: NameServerPool<TokioRuntimeProvider>,
}

/// What one server said.
pub(crate) enum Reply {
    Records(Vec<Record>),
    NoData,
    NoSuchName,
}

impl Resolver {
    /// Begins a resolver that asks these servers, in this order; they have to answer for the whole world.
    pub fn builder(servers: impl IntoIterator<Item = SocketAddr>) -> ResolverBuilder {
        ResolverBuilder::new(servers.into_iter().collect())
    }

    /// Begins a resolver that asks the servers of this machine.
    ///
    /// # Errors
    /// If the machine's configuration cannot be read.
    pub fn system() -> Result<ResolverBuilder, BuildError> {
        let (config, _options) =
            hickory_resolver::system_conf::read_system_conf().map_err(BuildError::System)?;
        let servers = config.name_servers().iter();
        let servers = servers.map(|server| {
            let port = server.connections.first().map_or(53, |first| first.port);
            SocketAddr::new(server.ip, port)
        });
        Ok(ResolverBuilder::new(servers.collect()))
    }

    pub(crate) fn with(servers: Vec<SocketAddr>, settings: Settings) -> Result<Self, BuildError> {
        Self::assemble(servers, settings, None)
    }

    /// A resolver of one zone's servers; other names are asked of `world`.
    pub(crate) fn for_zone(
        servers: Vec<SocketAddr>,
        zone: String,
        world: Self,
    ) -> Result<Self, BuildError> {
        let settings = world.inner.settings;
        Self::assemble(servers, settings, Some((zone, world)))
    }

    fn assemble(
        servers: Vec<SocketAddr>,
        settings: Settings,
        authority: Option<(String, Self)>,
    ) -> Result<Self, BuildError> {
        let tls = || TlsConfig::new().map_err(BuildError::Engine);
        let servers = servers
            .into_iter()
            .map(|address| {
                let context = Arc::new(PoolContext::new(options(settings.timeout), tls()?));
                let provider = TokioRuntimeProvider::default();
                let pool = NameServerPool::from_config([config(address)], context, provider);
                Ok(Server { address, pool })
            })
            .collect::<Result<_, BuildError>>()?;
        Ok(Self {
            inner: Arc::new(Inner {
                servers,
                settings,
                authority,
            }),
        })
    }

    /// The zone whose own servers are asked, if it is so.
    #[must_use]
    pub fn zone(&self) -> Option<&str> {
        let authority = self.inner.authority.as_ref();
        authority.map(|(zone, _)| zone.as_str())
    }

    /// Asks whoever knows this name.
    pub(crate) async fn ask(&self, name: &Name, kind: RecordType) -> Result<Reply, Error> {
        let text = name::show(name);
        let failed = |cause| Error::new(&text, kind, cause);
        let asked = match &self.inner.authority {
            Some((zone, world)) if !name::is_within(&text, zone) => world,
            _ => self,
        };
        let limit = asked.inner.settings.total_timeout;
        // On the heap, so that the futures of callers stay small.
        let work = Box::pin(asked.ask_all(name, kind));
        match tokio::time::timeout(limit, work).await {
            Ok(result) => result.map_err(failed),
            Err(_elapsed) => Err(failed(Cause::Timeout)),
        }
    }

    async fn ask_all(&self, name: &Name, kind: RecordType) -> Result<Reply, Cause> {
        let mut worst = Cause::NoServers;
        let mut hopeless = Vec::new();
        for _attempt in 0..self.inner.settings.attempts {
            for server in &self.inner.servers {
                if hopeless.contains(&server.address) {
                    continue;
                }
                let cause = match self.ask_one(server, name, kind).await {
                    Ok(reply) => return Ok(reply),
                    Err(cause) => cause,
                };
                tracing::debug!(server = %server.address, %name, %kind, %cause, "no DNS answer");
                if !cause.may_pass() {
                    hopeless.push(server.address);
                }
                if cause.weight() > worst.weight() {
                    worst = cause;
                }
            }
        }
        Err(worst)
    }

    async fn ask_one(
        &self,
        server: &Server,
        name: &Name,
        kind: RecordType,
    ) -> Result<Reply, Cause> {
        let is_authority = self.inner.authority.is_some();
        let mut options = DnsRequestOptions::default();
        options.use_edns = true;
        options.edns_payload_len = PAYLOAD;
        options.recursion_desired = !is_authority;
        let mut answers = server
            .pool
            .lookup(Query::query(name.clone(), kind), options);
        let limit = self.inner.settings.timeout;
        let answer = tokio::time::timeout(limit, answers.next()).await;
        match answer.map_err(|_elapsed| Cause::Timeout)? {
            None => Err(Cause::Malformed),
            Some(Err(error)) => reply_of(&error, is_authority),
            Some(Ok(answer)) if is_authority && !answer.metadata.authoritative => Err(Cause::Lame),
            Some(Ok(answer)) => Ok(Reply::Records(answer.answers.clone())),
        }
    }
}

/// What is an answer after all, and what is none.
fn reply_of(error: &NetError, is_authority: bool) -> Result<Reply, Cause> {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(NoRecords {
            response_code,
            soa,
            ns,
            ..
        })) => match *response_code {
            ResponseCode::NXDomain => Ok(Reply::NoSuchName),
            // A referral: somebody else would know.
            ResponseCode::NoError if is_authority && soa.is_none() && ns.is_some() => {
                Err(Cause::Lame)
            }
            ResponseCode::NoError => Ok(Reply::NoData),
            code => Err(cause_of(code)),
        },
        NetError::Dns(DnsError::ResponseCode(code)) => Err(cause_of(*code)),
        NetError::Timeout => Err(Cause::Timeout),
        NetError::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => Err(Cause::Timeout),
        NetError::Io(_) | NetError::NoConnections | NetError::Busy => Err(Cause::Unreachable),
        _ => Err(Cause::Malformed),
    }
}

fn cause_of(code: ResponseCode) -> Cause {
    match code {
        ResponseCode::ServFail => Cause::ServerFailure,
        ResponseCode::Refused => Cause::Refused,
        other => Cause::Code(other.into()),
    }
}

fn config(address: SocketAddr) -> NameServerConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()]
        .into_iter()
        .map(|mut connection| {
            connection.port = address.port();
            connection
        });
    NameServerConfig::new(address.ip(), true, connections.collect())
}

fn options(timeout: Duration) -> ResolverOpts {
    let mut options = ResolverOpts::default();
    options.timeout = timeout;
    options.cache_size = 0;
    options.num_concurrent_reqs = 1;
    options.server_ordering_strategy = ServerOrderingStrategy::UserProvidedOrder;
    options
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let servers: Vec<SocketAddr> = self.inner.servers.iter().map(|one| one.address).collect();
        f.debug_struct("Resolver")
            .field("servers", &servers)
            .field("zone", &self.zone())
            .finish_non_exhaustive()
    }
}
