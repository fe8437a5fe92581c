//! Peers that misbehave, for the tests of client crates.
//!
//! Each client runs every operation against each of these, so that "the peer was unwell" is understood alike
//! everywhere. What a 404 or a 409 means differs from peer to peer and is tested there.
#![expect(clippy::panic, clippy::unwrap_used, reason = "assertions of tests")]

mod log;

use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{Effect, ErrorKind, Failure};

pub use log::captured_log;

/// The cap on answers that clients under test should set.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// Where to find a misbehaving peer, and how long to wait for it.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Its base URL.
    pub url: String,
    /// The time limit to set: short if the peer never answers.
    pub timeout: Duration,
    /// The cap on answers to set.
    pub max_body_bytes: usize,
}

/// The request that is answered badly.
#[derive(Clone, Copy, Debug)]
pub struct Route<'a> {
    /// Its method.
    pub method: &'a str,
    /// Its path.
    pub path: &'a str,
    /// What a healthy peer would answer; cut in half, it must be understood as damaged. `None` if the client
    /// does not read the body of a success.
    pub body: Option<&'a str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    Unauthorized,
    Forbidden,
    RateLimited,
    ServerError,
    Maintenance,
    Hang,
    Truncated,
    Html,
    Oversized,
}

impl Trouble {
    const ALL: [Self; 9] = [
        Self::Unauthorized,
        Self::Forbidden,
        Self::RateLimited,
        Self::ServerError,
        Self::Maintenance,
        Self::Hang,
        Self::Truncated,
        Self::Html,
        Self::Oversized,
    ];

    fn needs_body(self) -> bool {
        matches!(self, Self::Truncated | Self::Html | Self::Oversized)
    }

    fn answer(self, body: &str) -> ResponseTemplate {
        let html = "<html><body>Something else lives here</body></html>";
        match self {
            Self::Unauthorized => ResponseTemplate::new(401),
            Self::Forbidden => ResponseTemplate::new(403),
            Self::RateLimited => ResponseTemplate::new(429).insert_header("retry-after", "7"),
            Self::ServerError => ResponseTemplate::new(500).set_body_string(html),
            Self::Maintenance => ResponseTemplate::new(503).set_body_string(html),
            Self::Hang => ResponseTemplate::new(200)
                .set_body_string(body)
                .set_delay(Duration::from_mins(10)),
            Self::Truncated => {
                let half: String = body.chars().take(body.chars().count() / 2).collect();
                ResponseTemplate::new(200).set_body_string(half)
            }
            Self::Html => ResponseTemplate::new(200).set_body_raw(html, "text/html"),
            Self::Oversized => ResponseTemplate::new(200)
                .set_body_string(body.to_owned() + &" ".repeat(MAX_BODY_BYTES)),
        }
    }

    fn expected(self) -> (ErrorKind, Effect) {
        match self {
            Self::Unauthorized | Self::Forbidden => (ErrorKind::Unauthorized, Effect::Rejected),
            Self::RateLimited => (
                ErrorKind::RateLimited {
                    after: Some(Duration::from_secs(7)),
                },
                Effect::Rejected,
            ),
            Self::ServerError | Self::Maintenance => (ErrorKind::Unavailable, Effect::Unknown),
            Self::Hang => (ErrorKind::Timeout, Effect::Unknown),
            Self::Truncated | Self::Html | Self::Oversized => {
                (ErrorKind::Protocol, Effect::Unknown)
            }
        }
    }
}

/// Runs `call` against each misbehaving peer and checks that it understands what happened, with one request.
///
/// # Panics
/// If it does not.
pub async fn misbehaving_peers<T, E, F, Fut>(route: Route<'_>, call: F)
where
    T: Debug,
    E: Failure + Debug,
    F: Fn(Peer) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    for trouble in Trouble::ALL {
        if trouble.needs_body() && route.body.is_none() {
            continue;
        }
        let server = MockServer::start().await;
        Mock::given(method(route.method))
            .and(path(route.path))
            .respond_with(trouble.answer(route.body.unwrap_or_default()))
            .mount(&server)
            .await;
        // Only the peer that never answers gets a short limit: it cannot answer in time by accident.
        let timeout = Duration::from_millis(if trouble == Trouble::Hang {
            150
        } else {
            60_000
        });
        let peer = Peer {
            url: server.uri(),
            timeout,
            max_body_bytes: MAX_BODY_BYTES,
        };
        match call(peer).await {
            Ok(value) => panic!("{route:?} with {trouble:?} passed for a success: {value:?}"),
            Err(error) => {
                assert_eq!(
                    (error.kind(), error.effect()),
                    trouble.expected(),
                    "{route:?} {trouble:?}: {error:?}"
                );
            }
        }
        let requests = server.received_requests().await.unwrap().len();
        if trouble != Trouble::Hang {
            assert_eq!(requests, 1, "{route:?} with {trouble:?} was asked again");
        }
    }
}
