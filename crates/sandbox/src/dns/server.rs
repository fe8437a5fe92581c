//! The DNS side.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket},
    sync::Arc,
    time::Duration,
};

use hickory_proto::{
    op::{Header, HeaderCounts, Metadata, OpCode, ResponseCode},
    rr::{Name, RData, Record, RecordType, rdata::SOA},
};
use hickory_server::{
    net::runtime::Time,
    server::{Request, RequestHandler, ResponseHandler, ResponseInfo, Server},
    zone_handler::MessageResponseBuilder,
};

use super::records;
use crate::{Error, cloudflare, fault::FaultAction, peer::Peer};

/// A chain of aliases longer than this is a loop.
const ALIAS_LIMIT: usize = 8;

/// One port, both protocols.
pub(crate) struct DnsSockets {
    pub(crate) address: SocketAddr,
    udp: UdpSocket,
    tcp: TcpListener,
}

impl DnsSockets {
    /// With port 0, tries until a port is free for both.
    pub(crate) fn bind(port: u16) -> Result<Self, Error> {
        let failed = |source| Error::Listen {
            peer: "dns",
            port,
            source,
        };
        let mut attempts = 0;
        loop {
            attempts += 1;
            let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
            let address = tcp.local_addr().map_err(failed)?;
            match UdpSocket::bind(address) {
                Err(_) if port == 0 && attempts < 50 => {}
                Err(error) => return Err(failed(error)),
                Ok(udp) => {
                    tcp.set_nonblocking(true).map_err(failed)?;
                    udp.set_nonblocking(true).map_err(failed)?;
                    return Ok(Self { address, udp, tcp });
                }
            }
        }
    }
}

/// Serves until dropped: what was published to `peer`, and what stands in the zones of `cloudflare` at
/// the time of each question. Call inside a tokio runtime.
pub(crate) fn serve(
    sockets: DnsSockets,
    peer: Arc<Peer>,
    cloudflare: Arc<Peer>,
) -> std::io::Result<Server<impl RequestHandler>> {
    let mut server = Server::new(Handler { peer, cloudflare });
    server.register_socket(tokio::net::UdpSocket::from_std(sockets.udp)?);
    let tcp = tokio::net::TcpListener::from_std(sockets.tcp)?;
    server.register_listener(tcp, Duration::from_secs(10), 16);
    Ok(server)
}

struct Handler {
    peer: Arc<Peer>,
    cloudflare: Arc<Peer>,
}

#[async_trait::async_trait]
impl RequestHandler for Handler {
    async fn handle_request<R: ResponseHandler, T: Time>(
        &self,
        request: &Request,
        mut response: R,
    ) -> ResponseInfo {
        let mut metadata = Metadata::response_from_request(&request.metadata);
        let outcome = match request.request_info() {
            Ok(info) if request.metadata.op_code == OpCode::Query => {
                let name = Name::from(info.query.name().clone());
                match self.meet_fault(&name).await {
                    Some(FaultAction::Hang | FaultAction::ApplyThenDrop) => {
                        return failed(request);
                    }
                    Some(_) => Outcome::code(ResponseCode::ServFail),
                    None => self.look_up(&name, info.query.query_type()),
                }
            }
            Ok(_) => Outcome::code(ResponseCode::NotImp),
            Err(_) => Outcome::code(ResponseCode::FormErr),
        };
        metadata.authoritative = true;
        metadata.recursion_available = false;
        metadata.response_code = outcome.code;
        let message = MessageResponseBuilder::from_message_request(request).build(
            metadata,
            &outcome.answers,
            &[],
            &outcome.soa,
            &[],
        );
        match response.send_response(message).await {
            Ok(info) => info,
            Err(error) => {
                tracing::debug!(%error, "a DNS answer was not delivered");
                failed(request)
            }
        }
    }
}

/// For the server's own records; nothing is sent.
fn failed(request: &Request) -> ResponseInfo {
    let mut metadata = Metadata::response_from_request(&request.metadata);
    metadata.response_code = ResponseCode::ServFail;
    ResponseInfo::from(Header {
        metadata,
        counts: HeaderCounts::default(),
    })
}

struct Outcome {
    code: ResponseCode,
    answers: Vec<Record>,
    soa: Vec<Record>,
}

impl Outcome {
    fn code(code: ResponseCode) -> Self {
        Self {
            code,
            answers: Vec::new(),
            soa: Vec::new(),
        }
    }
}

impl Handler {
    /// A query meets faults of the method `QUERY`; its path is the name in lower case.
    async fn meet_fault(&self, name: &Name) -> Option<FaultAction> {
        let name = name.to_lowercase().to_ascii();
        let verdict = self.peer.faults_of("QUERY", name.trim_end_matches('.'));
        if !verdict.delay.is_zero() {
            tokio::time::sleep(verdict.delay).await;
        }
        verdict.action
    }

    /// Follows aliases. Nothing of the type gives the zone's SOA, and NXDOMAIN if there is nothing
    /// of the name at all (RFC 2308).
    fn look_up(&self, name: &Name, wanted: RecordType) -> Outcome {
        let mut outcome = Outcome::code(ResponseCode::NoError);
        let mut owner = name.clone();
        let mut published = self.peer.read(records::list);
        published.extend(self.cloudflare.read(cloudflare::published));
        for _ in 0..ALIAS_LIMIT {
            let (found, exists) = records::at(&published, &owner.to_ascii());
            let matching = found
                .iter()
                .filter(|record| wanted == RecordType::ANY || record.record_type() == wanted);
            let before = outcome.answers.len();
            outcome.answers.extend(matching.cloned());
            if outcome.answers.len() > before {
                return outcome;
            }
            let alias = found.iter().find_map(|record| match &record.data {
                RData::CNAME(target) => Some((record.clone(), target.0.clone())),
                _ => None,
            });
            let Some((record, target)) = alias else {
                if !exists {
                    outcome.code = ResponseCode::NXDomain;
                }
                outcome.soa.push(start_of_authority(&owner));
                return outcome;
            };
            outcome.answers.push(record);
            owner = target;
        }
        Outcome::code(ResponseCode::ServFail)
    }
}

/// The zone is taken to begin two labels below the root. A negative answer may not be cached.
fn start_of_authority(name: &Name) -> Record {
    let zone = name.trim_to(2);
    let server = Name::from_ascii("ns.sandbox.invalid.").unwrap_or_default();
    let data = RData::SOA(SOA::new(server.clone(), server, 1, 3600, 600, 86_400, 0));
    Record::from_rdata(zone, 0, data)
}
