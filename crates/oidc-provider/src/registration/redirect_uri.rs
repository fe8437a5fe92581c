//! Which URIs a client may register (RFC 9700 section 4.1, RFC 8252 section 7).

use url::{Host, Url};

const LONGEST: usize = 2_000;

/// Why a redirect URI is refused.
pub(crate) fn check(uri: &str, is_native: bool) -> Result<(), &'static str> {
    let url = absolute(uri)?;
    match url.scheme() {
        "https" if url.host().is_some() => Ok(()),
        "http" if is_loopback(&url) => Ok(()),
        "https" | "http" => Err("must be https, or http to this very machine"),
        // RFC 8252 section 7.1: a private scheme is a domain name turned around.
        scheme if is_native && scheme.contains('.') => Ok(()),
        _ => Err("has a scheme that is not allowed"),
    }
}

/// Why a URL that this server itself will call, or a browser be sent to as a link, is refused.
pub(crate) fn check_web(uri: &str) -> Result<(), &'static str> {
    let url = absolute(uri)?;
    match url.scheme() {
        "https" if url.host().is_some() => Ok(()),
        "http" if is_loopback(&url) => Ok(()),
        _ => Err("must be https"),
    }
}

fn absolute(uri: &str) -> Result<Url, &'static str> {
    if uri.len() > LONGEST {
        return Err("is too long");
    }
    // What URL parsers would drop or turn around must not be there in the first place.
    if !uri.bytes().all(|b| b.is_ascii_graphic()) || uri.contains(['\\', '*', '"', '<', '>']) {
        return Err("has a character that is not allowed");
    }
    let url = Url::parse(uri).map_err(|_error| "is not an absolute URI")?;
    if url.fragment().is_some() {
        return Err("must not have a fragment");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not have a user name");
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn good_ones_pass() {
        for uri in [
            "https://app.example/callback",
            "https://app.example/callback?tenant=a",
            "https://app.example:8443/cb",
            "http://127.0.0.1:3000/cb",
            "http://[::1]/cb",
            "http://localhost/cb",
        ] {
            assert_eq!(check(uri, false), Ok(()), "{uri}");
        }
        assert_eq!(check("com.example.app:/cb", true), Ok(()));
    }

    #[test]
    fn bad_ones_do_not() {
        for uri in [
            "",
            "/callback",
            "app.example/cb",
            "https://",
            "http://app.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://localhost.evil.example/cb",
            "https://app.example/cb#fragment",
            "https://app.example/cb#",
            "https://user@app.example/cb",
            "https://user:pass@app.example/cb",
            "https://*.app.example/cb",
            "https://app.example\\@evil.example/cb",
            "https://app.example/c b",
            "https://app.example/cb\n",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "com.example.app:/cb",
            "ftp://app.example/",
        ] {
            assert!(check(uri, false).is_err(), "{uri}");
        }
        for uri in ["myapp:/cb", "javascript:alert(1)", "data:text/html,x"] {
            assert!(check(uri, true).is_err(), "{uri}");
        }
    }

    proptest! {
        #[test]
        fn fuzz_no_text_makes_it_panic(uri in ".{0,100}", is_native: bool) {
            let _ = check(&uri, is_native);
        }

        #[test]
        fn fuzz_what_passes_leads_where_it_seems_to(
            before in "(https|http|com\\.example)://?[a-z@:/#\\\\.*]{0,12}",
            host in "(app\\.example|localhost|127\\.0\\.0\\.1)",
            after in "[a-z@:/#\\\\.?]{0,12}",
        ) {
            let uri = format!("{before}{host}{after}");
            if check(&uri, true).is_ok() {
                let url = Url::parse(&uri).unwrap();
                prop_assert!(url.fragment().is_none());
                prop_assert!(url.username().is_empty() && url.password().is_none());
                prop_assert!(url.scheme() != "http" || is_loopback(&url));
            }
        }
    }
}
