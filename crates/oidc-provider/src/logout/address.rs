//! Where a client may be told of a logout. Its address was given by whoever registered it, and must
//! not lead this server into its own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

/// Why nobody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forbidden {
    /// It is no address of the web, or not a safe one.
    Address,
    /// It lies in a network that is not public.
    Private,
}

/// A destination before its name is resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination {
    pub(crate) url: Url,
    host: String,
    port: u16,
    /// Its addresses need not be public.
    may_be_private: bool,
}

impl Destination {
    /// Reads an address. `private_hosts` may be private, and loopback when the whole installation is.
    pub(crate) fn parse(
        uri: &str,
        issuer: &str,
        private_hosts: &[String],
    ) -> Result<Self, Forbidden> {
        let url = Url::parse(uri).map_err(|_error| Forbidden::Address)?;
        let host = url.host_str().ok_or(Forbidden::Address)?;
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let port = url.port_or_known_default().ok_or(Forbidden::Address)?;
        let is_named = private_hosts
            .iter()
            .any(|private| private.eq_ignore_ascii_case(&host));
        let is_beside_us =
            is_loopback(&url) && Url::parse(issuer).is_ok_and(|issuer| is_loopback(&issuer));
        let may_be_private = is_named || is_beside_us;
        let is_safe = match url.scheme() {
            "https" => true,
            "http" => may_be_private,
            _ => false,
        };
        let is_plain = url.username().is_empty() && url.password().is_none();
        if !is_safe || !is_plain || url.fragment().is_some() {
            return Err(Forbidden::Address);
        }
        Ok(Self {
            url,
            host,
            port,
            may_be_private,
        })
    }

    /// The addresses behind it, each of which may be visited: one bad one is enough to refuse.
    pub(crate) async fn resolve(&self) -> std::io::Result<Result<Vec<SocketAddr>, Forbidden>> {
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await?;
        Ok(self.check(found.collect()))
    }

    fn check(&self, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Forbidden> {
        let is_good = |address: &SocketAddr| self.may_be_private || is_public(address.ip());
        if found.is_empty() || !found.iter().all(is_good) {
            return Err(Forbidden::Private);
        }
        Ok(found)
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Whether an address can belong to somebody on the Internet (RFC 6890).
fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let is_special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_broadcast()
        || ip.is_documentation()
        || a == 0
        // Carrier-grade NAT, protocol assignments, benchmarks, reserved.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b))
        || a >= 240;
    !is_special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    // An address of IPv4 in disguise is what it stands for: NAT64 and 6to4.
    let hidden = |high: u16, low: u16| {
        let [one, two] = high.to_be_bytes();
        let [three, four] = low.to_be_bytes();
        is_public_v4(Ipv4Addr::new(one, two, three, four))
    };
    match ip.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => hidden(high, low),
        // Teredo and protocol assignments, documentation.
        [0x2001, 0..0x200 | 0xdb8, ..] => false,
        // Only 2000::/3 is given out.
        [first, ..] => (first & 0xe000) == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &str = "https://work.example";

    #[test]
    fn addresses_of_inner_networks_are_not_public() {
        for ip in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.1",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
        ] {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
        for ip in [
            "1.1.1.1",
            "8.8.8.8",
            "100.128.0.1",
            "2606:4700::1111",
            "64:ff9b::808:808",
        ] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn only_safe_addresses_of_the_web_are_visited() {
        let parse = |uri| Destination::parse(uri, PUBLIC, &["inner.example".to_owned()]);
        assert!(parse("https://app.example/logout").is_ok());
        assert!(parse("http://inner.example/logout").is_ok());
        for uri in [
            "http://app.example/logout",
            "ftp://app.example/",
            "file:///etc/passwd",
            "https://user:secret@app.example/",
            "https://app.example/#x",
            "http://127.0.0.1/logout",
            "http://localhost/logout",
            "nonsense",
        ] {
            assert_eq!(parse(uri), Err(Forbidden::Address), "{uri}");
        }
    }

    #[tokio::test]
    async fn private_addresses_are_visited_only_where_that_was_said() {
        let visits = async |uri: &str, issuer: &str, private: &[String]| {
            let destination = Destination::parse(uri, issuer, private).unwrap();
            destination.resolve().await.unwrap().is_ok()
        };
        assert!(!visits("https://127.0.0.1:1/x", PUBLIC, &[]).await);
        assert!(!visits("https://10.0.0.7/x", PUBLIC, &[]).await);
        assert!(!visits("https://[::1]/x", PUBLIC, &[]).await);
        assert!(!visits("https://169.254.169.254/latest", "http://127.0.0.1:80", &[]).await);
        assert!(visits("https://10.0.0.7/x", PUBLIC, &["10.0.0.7".to_owned()]).await);
        assert!(visits("http://127.0.0.1:1/x", "http://127.0.0.1:80", &[]).await);
        assert!(visits("http://[::1]:1/x", "http://localhost:80", &[]).await);
    }
}
