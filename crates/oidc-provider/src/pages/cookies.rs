//! Cookies. The prefix `__Host-` makes browsers refuse one that another host, a subdomain or a page
//! without TLS wants to set (RFC 6265bis section 4.1.3.2): nobody can plant a session.

use secrecy::{ExposeSecret, SecretString};

/// Longest value that is looked at.
const LONGEST: usize = 4_096;

/// Which cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// Who is signed in.
    Session,
    /// The device, so that the next sign-in from it is no surprise.
    Device,
    /// The browser: forms and requests that wait belong to one.
    Browser,
    /// A sign-in between its two factors.
    Pending,
}

impl Cookie {
    const fn name(self) -> &'static str {
        match self {
            Self::Session => "__Host-bheem-session",
            Self::Device => "__Host-bheem-device",
            Self::Browser => "__Host-bheem-browser",
            Self::Pending => "__Host-bheem-pending",
        }
    }

    /// Seconds; without, until the browser is closed.
    const fn life(self) -> Option<u32> {
        match self {
            // The longest that browsers allow.
            Self::Device => Some(400 * 24 * 60 * 60),
            Self::Pending => Some(600),
            Self::Session | Self::Browser => None,
        }
    }

    /// The header that sets it.
    pub(crate) fn set(self, value: &SecretString) -> String {
        let life = self
            .life()
            .map(|seconds| format!("; Max-Age={seconds}"))
            .unwrap_or_default();
        let (name, value) = (self.name(), value.expose_secret());
        format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{life}")
    }

    /// The header that takes it away.
    pub(crate) fn clear(self) -> String {
        let name = self.name();
        format!("{name}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
    }
}

/// A cookie in a `Cookie` header. One that comes twice is none: nobody can tell which is ours.
pub(crate) fn find(header: &str, cookie: Cookie) -> Option<SecretString> {
    let mut values = header
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == cookie.name())
        .map(|(_, value)| value);
    let value = values.next()?;
    let is_alone = values.next().is_none();
    (is_alone && !value.is_empty() && value.len() <= LONGEST).then(|| value.to_owned().into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn fuzz_a_cookie_that_comes_twice_or_under_another_name_is_none(
            text in ".{0,80}",
            pairs in prop::collection::vec(("__Host-bheem-(session|device|browser|pending)| ?a|__host-bheem-session", "[a-z=]{0,4}"), 0..6),
        ) {
            let _ = find(&text, Cookie::Session);
            let header = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
            for cookie in [Cookie::Session, Cookie::Device, Cookie::Browser, Cookie::Pending] {
                let values: Vec<_> = pairs.iter().filter(|(name, _)| name == cookie.name()).collect();
                let expected = match values.as_slice() {
                    [(_, value)] if !value.is_empty() => Some(value.clone()),
                    _ => None,
                };
                let found = find(&header, cookie).map(|value| value.expose_secret().to_owned());
                prop_assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let found =
            |header| find(header, Cookie::Session).map(|value| value.expose_secret().to_owned());
        assert_eq!(
            found("a=b; __Host-bheem-session=x=y"),
            Some("x=y".to_owned())
        );
        for header in [
            "",
            "bheem-session=x",
            "__host-bheem-session=x",
            "__Host-bheem-session2=x",
            "__Host-bheem-session=",
            "__Host-bheem-session=x; __Host-bheem-session=y",
        ] {
            assert_eq!(found(header), None, "{header}");
        }
    }

    #[test]
    fn each_is_for_this_host_alone_and_hidden_from_scripts() {
        for cookie in [
            Cookie::Session,
            Cookie::Device,
            Cookie::Browser,
            Cookie::Pending,
        ] {
            for header in [cookie.set(&"v".into()), cookie.clear()] {
                assert!(header.starts_with("__Host-bheem-"), "{header}");
                assert!(header.contains("; Path=/; Secure; HttpOnly; SameSite=Lax"));
                assert!(!header.contains("Domain"));
            }
        }
    }
}
