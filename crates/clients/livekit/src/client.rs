//! The client, and how every operation is sent: Twirp over JSON, each with a token of its own.

use std::time::{Duration, SystemTime};

use bheem_http_kit::{Auth, ClientBuilder, Deleted, HttpClient, Method};
use serde::{Serialize, de::DeserializeOwned};

use crate::{AccessToken, Credentials, Egress, Error, Participants, Rooms, VideoGrant, error};

/// As long as a call may take, and a little more.
const LIFE: Duration = Duration::from_mins(1);

/// A call of a service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    pub(crate) service: &'static str,
    pub(crate) method: &'static str,
    /// Whether doing it twice is as good as once.
    pub(crate) is_repeatable: bool,
}

/// A client of one LiveKit server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    http: HttpClient,
    credentials: Credentials,
}

impl Client {
    /// Begins a client for the server at `base_url`, with or without `ws` for `http`.
    pub fn builder(base_url: impl Into<String>, credentials: Credentials) -> ClientBuilder<Self> {
        let base_url = base_url.into();
        let base_url = match base_url.strip_prefix("ws") {
            Some(rest) if rest.starts_with("://") || rest.starts_with("s://") => {
                format!("http{rest}")
            }
            _ => base_url,
        };
        ClientBuilder::new("livekit", base_url, Auth::None, |http| Self {
            http,
            credentials,
        })
    }

    /// Rooms.
    #[must_use]
    pub fn rooms(&self) -> Rooms<'_> {
        Rooms { client: self }
    }

    /// Who is in a room.
    pub fn participants<'a>(&'a self, room: &'a str) -> Participants<'a> {
        Participants { client: self, room }
    }

    /// Recordings and streams.
    #[must_use]
    pub fn egress(&self) -> Egress<'_> {
        Egress { client: self }
    }

    /// Calls a method with a token that allows it alone.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        call: Call,
        grant: VideoGrant,
        body: &(impl Serialize + Sync),
    ) -> Result<T, Error> {
        let operation = call.operation;
        let work = async {
            let token = AccessToken::new("", grant)
                .life(LIFE)
                .sign(&self.credentials, wall_clock())
                .map_err(|source| Error::Token { operation, source })?;
            let http = self.http.with_auth(&Auth::bearer(token)).map_err(|error| {
                bheem_http_kit::Error::Request {
                    operation,
                    source: Box::new(error),
                }
            })?;
            let path = ["twirp", call.service, call.method];
            let mut request = http.request(operation, Method::POST, &path).json(body);
            if call.is_repeatable {
                request = request.repeatable();
            }
            let answer = request.send().await?;
            if answer.status().is_success() {
                return Ok(answer.json()?);
            }
            Err(error::of(&answer))
        };
        self.http.observe(operation, work).await
    }

    /// Calls a method that removes something.
    pub(crate) async fn remove(
        &self,
        call: Call,
        grant: VideoGrant,
        body: &(impl Serialize + Sync),
    ) -> Result<Deleted, Error> {
        match self.call::<serde_json::Value>(call, grant, body).await {
            Ok(_) => Ok(Deleted::Removed),
            Err(error) if error.is_absent() => Ok(Deleted::Absent),
            Err(error) => Err(error),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "LiveKit judges the token by the time of day"
)]
fn wall_clock() -> SystemTime {
    SystemTime::now()
}
