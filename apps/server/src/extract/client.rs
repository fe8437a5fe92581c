//! Where a request comes from.

use std::{
    future::{Ready, ready},
    net::IpAddr,
};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderMap},
};
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
        let peer = request
            .peer_addr()
            .map(|address| address.ip().to_canonical());
        let trusted = &App::of(request).trusted_proxies;
        let ip = peer.map(|peer| {
            Some(peer)
                .filter(|peer| trusted.contains(peer))
                .and_then(|_| original(&forwarded(request.headers()), trusted))
                .unwrap_or(peer)
        });
        Self(Client {
            ip,
            user_agent: header(header::USER_AGENT).map(str::to_owned),
        })
    }
}

/// The whole list. A proxy may add a line of its own below those of others (RFC 9110, 5.3).
fn forwarded(headers: &HeaderMap) -> String {
    let lines = headers.get_all(header::X_FORWARDED_FOR);
    // A line that is no text is no address either; it must not vanish from between the others.
    let lines = lines.map(|line| line.to_str().unwrap_or("?"));
    lines.collect::<Vec<_>>().join(",")
}

/// The last address in the list that is not a proxy of ours; what stands before it, anybody may have
/// written.
fn original(list: &str, trusted: &[IpAddr]) -> Option<IpAddr> {
    list.rsplit(',')
        .map_while(|text| text.trim().parse::<IpAddr>().ok())
        .map(|ip| ip.to_canonical())
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
        assert_eq!(
            seen("203.0.113.9, 198.51.100.7, 10.0.0.1").as_deref(),
            Some("198.51.100.7")
        );
        assert_eq!(seen("203.0.113.9, nonsense"), None);
        assert_eq!(seen(""), None);
    }

    #[test]
    fn lines_are_one_list_and_the_proxys_own_comes_last() {
        let mut headers = HeaderMap::new();
        for line in ["203.0.113.9", "198.51.100.7"] {
            headers.append(header::X_FORWARDED_FOR, line.parse().unwrap());
        }
        assert_eq!(
            original(&forwarded(&headers), &[])
                .map(|ip| ip.to_string())
                .as_deref(),
            Some("198.51.100.7")
        );
    }
}
