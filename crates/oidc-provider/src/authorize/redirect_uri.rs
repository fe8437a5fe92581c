//! Whether a code may go to an address (RFC 9700 section 2.1, RFC 8252 section 7.3).
//!
//! Addresses are compared as text, character by character. Nothing is parsed and nothing is
//! normalised: whatever a browser makes of dot segments, user names or backslashes, an address that
//! passes is one that was registered.

/// Hosts of the machine itself, as they are written in an address. The name `localhost` is not one:
/// it may resolve to anything (RFC 8252 section 8.3).
const LOOPBACK: [&str; 2] = ["http://127.0.0.1", "http://[::1]"];

/// Whether `given` is one of the `registered`. For a native application the port of a loopback
/// address does not count: it takes whichever is free.
pub(crate) fn is_registered(registered: &[String], is_native: bool, given: &str) -> bool {
    is_sendable(given)
        && registered
            .iter()
            .any(|one| one == given || (is_native && differ_by_port(one, given)))
}

/// Visible ASCII without a fragment, so that it fits a header and takes parameters.
fn is_sendable(uri: &str) -> bool {
    uri.bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'#')
}

fn differ_by_port(registered: &str, given: &str) -> bool {
    LOOPBACK.iter().any(|host| {
        let rest = |uri| -> Option<&str> { without_port(str::strip_prefix(uri, host)?) };
        match (rest(registered), rest(given)) {
            (Some(registered), Some(given)) => registered == given,
            _ => false,
        }
    })
}

/// What follows the port; `None` where the host goes on, or the port is none.
fn without_port(rest: &str) -> Option<&str> {
    let rest = match rest.strip_prefix(':') {
        Some(rest) => {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (port, rest) = rest.split_at_checked(digits)?;
            port.parse::<u16>().ok().filter(|port| *port > 0)?;
            rest
        }
        None => rest,
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some(rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn allows(registered: &str, is_native: bool, given: &str) -> bool {
        is_registered(&[registered.to_owned()], is_native, given)
    }

    #[test]
    fn only_the_very_text_passes() {
        let registered = "https://app.example/cb?tenant=1";
        assert!(allows(registered, false, registered));
        for trick in [
            "https://app.example/cb",
            "https://app.example/cb?tenant=1&x=1",
            "https://app.example/cb?tenant=1#x",
            "https://app.example/cb?tenant=1#",
            "https://app.example/cb/?tenant=1",
            "https://app.example/./cb?tenant=1",
            "https://app.example/x/../cb?tenant=1",
            "https://app.example/%63b?tenant=1",
            "https://app.example%2fcb?tenant=1",
            "https://app.example//cb?tenant=1",
            "https://app.example\\cb?tenant=1",
            "https://app.example:443/cb?tenant=1",
            "https://app.example./cb?tenant=1",
            "https://APP.example/cb?tenant=1",
            "HTTPS://app.example/cb?tenant=1",
            "http://app.example/cb?tenant=1",
            "https://user@app.example/cb?tenant=1",
            "https://app.example@evil.example/cb?tenant=1",
            "https://app.example.evil.example/cb?tenant=1",
            "https://evil.example/?https://app.example/cb?tenant=1",
            " https://app.example/cb?tenant=1",
            "https://app.example/cb?tenant=1 ",
            "https://app.example/cb?tenant=1\r\nx: y",
            "//app.example/cb?tenant=1",
            "javascript:alert(1)",
            "",
        ] {
            assert!(!allows(registered, false, trick), "{trick}");
            assert!(!allows(registered, true, trick), "{trick}");
        }
    }

    #[test]
    fn a_native_application_takes_any_port_of_this_machine() {
        for (registered, given) in [
            ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb"),
            ("http://127.0.0.1:8080/cb", "http://127.0.0.1:51004/cb"),
            ("http://127.0.0.1:8080/cb", "http://127.0.0.1/cb"),
            ("http://[::1]/cb", "http://[::1]:1/cb"),
            ("http://127.0.0.1", "http://127.0.0.1:65535"),
            ("http://127.0.0.1?x=1", "http://127.0.0.1:2?x=1"),
        ] {
            assert!(allows(registered, true, given), "{given}");
            assert!(!allows(registered, false, given), "{given} of a web client");
        }
    }

    #[test]
    fn nothing_but_the_port_may_differ() {
        let registered = "http://127.0.0.1/cb";
        for trick in [
            "http://127.0.0.1:0/cb",
            "http://127.0.0.1:65536/cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:8080",
            "http://127.0.0.1:8080/cb/",
            "http://127.0.0.1:8080/cb?x=1",
            "http://127.0.0.1:8080@evil.example/cb",
            "http://127.0.0.1:80.evil.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.1@evil.example/cb",
            "http://127.0.0.1:+80/cb",
            "http://127.0.0.1:8080\\cb",
            "http://127.0.0.10:8080/cb",
            "http://127.1:8080/cb",
            "http://localhost:8080/cb",
            "http://[::1]:8080/cb",
            "https://127.0.0.1:8080/cb",
        ] {
            assert!(!allows(registered, true, trick), "{trick}");
        }
        assert!(!allows(
            "http://localhost/cb",
            true,
            "http://localhost:8080/cb"
        ));
        assert!(!allows(
            "com.example.app:/cb",
            true,
            "com.example.app:8080/cb"
        ));
    }

    proptest! {
        #[test]
        fn fuzz_a_web_client_gets_what_it_registered_and_nothing_else(
            registered in "https?://[a-z0-9.@:\\[\\]/?%\\\\]{0,40}",
            given in "(https?://)?[ -~]{0,40}",
        ) {
            prop_assert_eq!(
                allows(&registered, false, &given),
                registered == given && !given.contains(['#', ' '])
            );
        }

        #[test]
        fn fuzz_what_passes_for_a_native_one_leads_to_the_same_place(
            host in prop::sample::select(vec!["127.0.0.1", "[::1]", "localhost", "evil.example"]),
            tail in "[:0-9@./?a-z\\\\#]{0,16}",
        ) {
            let given = format!("http://{host}{tail}");
            let registered = "http://127.0.0.1:8080/cb?a=b";
            if allows(registered, true, &given) {
                let url = url::Url::parse(&given).unwrap();
                prop_assert_eq!(url.host_str(), Some("127.0.0.1"));
                prop_assert_eq!((url.username(), url.password()), ("", None));
                prop_assert_eq!((url.path(), url.query()), ("/cb", Some("a=b")));
                prop_assert_eq!(url.fragment(), None);
            }
        }
    }
}
