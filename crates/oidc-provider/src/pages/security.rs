//! What keeps foreign scripts, frames and forms away from the pages.

use url::{Host, Url};

/// The Content-Security-Policy of a page.
///
/// Chromium holds redirects that follow a form against `form-action` too. Those to clients on the web
/// are therefore not made (see [`super::leave`]); the scheme of any other client is named.
pub(crate) fn policy(leads_to: &[String], images: &[String]) -> String {
    let mut policy = String::from(
        "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    for (directive, own, further) in [
        ("img-src", "'self' data:", images),
        ("form-action", "'self'", leads_to),
    ] {
        policy.push_str("; ");
        policy.push_str(directive);
        policy.push(' ');
        policy.push_str(own);
        for source in further {
            policy.push(' ');
            policy.push_str(source);
        }
    }
    policy
}

/// An address as a source of a policy: its origin, or its scheme where an origin cannot be written.
/// Nothing else of it gets into the header.
pub(crate) fn source(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok()?;
    let is_plain = |name: &str| {
        name.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
    };
    let scheme = url.scheme();
    match url.host() {
        Some(Host::Domain(name)) if matches!(scheme, "http" | "https") && is_plain(name) => {
            Some(url.origin().ascii_serialization())
        }
        Some(Host::Ipv4(_)) if matches!(scheme, "http" | "https") => {
            Some(url.origin().ascii_serialization())
        }
        // Neither an address of IPv6 nor a scheme of one's own can be written in any other way.
        _ => Some(format!("{scheme}:")),
    }
}

/// What a page names whose form may end at this address.
pub(crate) fn leads_to(uri: &str) -> Vec<String> {
    source(uri)
        .filter(|_| !super::leave::is_web(uri))
        .into_iter()
        .collect()
}

/// What a page names that posts to this address, from which the client may send the browser on to
/// another of its own.
pub(crate) fn posts_to(uri: &str) -> Vec<String> {
    let mut sources: Vec<String> = source(uri).into_iter().collect();
    if super::leave::is_web(uri) {
        sources.push("https:".to_owned());
        // A client of the developers' own machine.
        if !uri.starts_with("https:") {
            sources.push("http:".to_owned());
        }
    }
    sources
}

/// The origin of a picture that may be shown.
pub(crate) fn picture(uri: &str) -> Option<String> {
    source(uri).filter(|source| source.starts_with("https://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_brings_its_origin_and_nothing_else() {
        for (uri, expected) in [
            ("https://app.example/cb?x=1", "https://app.example"),
            ("https://app.example:8443/cb", "https://app.example:8443"),
            ("http://127.0.0.1:9000/cb", "http://127.0.0.1:9000"),
            ("http://[::1]:9000/cb", "http:"),
            ("com.example.app:/cb", "com.example.app:"),
            ("https://a;script-src*/cb", "https:"),
            ("https://a,b/cb", "https:"),
        ] {
            assert_eq!(source(uri).as_deref(), Some(expected), "{uri}");
        }
        assert_eq!(source("no address"), None);
        assert_eq!(picture("http://app.example/logo.png"), None);
    }

    #[test]
    fn no_source_is_open_to_all() {
        let policy = policy(&["https://app.example".to_owned()], &[]);
        assert!(policy.starts_with("default-src 'none';"));
        assert!(policy.ends_with("form-action 'self' https://app.example"));
        assert!(!policy.contains('*') && !policy.contains("unsafe"));
    }
}
