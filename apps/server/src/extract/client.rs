//! Where a request comes from.

use std::{
    future::{Ready, ready},
    net::IpAddr,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header};
use bheem_identity::Client;

use crate::app::App;

/// The client behind a request. Its address is that of the connection, or what a trusted proxy says.
#[derive(Debug, Clone)]
pub struct RequestClient(pub Client);

impl RequestClient {
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let header = |name| {
            request
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let peer = request.peer_addr().map(|address| address.ip());
        let trusted = &App::of(request).trusted_proxies;
        let ip = peer.map(|peer| {
            header(header::X_FORWARDED_FOR)
                .filter(|_| trusted.contains(&peer))
                .and_then(|list| original(list, trusted))
                .unwrap_or(peer)
        });
        Self(Client {
            ip,
            user_agent: header(header::USER_AGENT).map(str::to_owned),
        })
    }
}

/// The last address in the list that is not a proxy of ours; what stands before it, anybody may have
/// written.
fn original(list: &str, trusted: &[IpAddr]) -> Option<IpAddr> {
    list.rsplit(',')
        .map_while(|text| text.trim().parse().ok())
        .find(|ip| !trusted.contains(ip))
}

impl FromRequest for RequestClient {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stranger_wrote_into_the_list_is_not_believed() {
        let proxy: IpAddr = "10.0.0.1".parse().unwrap();
        let seen = |list| original(list, &[proxy]).map(|ip| ip.to_string());
        assert_eq!(seen("198.51.100.7").as_deref(), Some("198.51.100.7"));
        assert_eq!(seen("203.0.113.9, 198.51.100.7, 10.0.0.1").as_deref(), Some("198.51.100.7"));
        assert_eq!(seen("203.0.113.9, nonsense"), None);
        assert_eq!(seen(""), None);
    }
}
