//! The client, and how every operation is sent.

use bheem_http_kit::{
    Auth, BuildError, ClientBuilder, Deleted, HttpClient, Listed, Method, Request, Response,
    SecretString,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::wire::Done;
use crate::{
    Channels, Error, Members, Posts, Sessions, System, TeamId, Teams, Tokens, Users, error,
};

/// A client of one server, as one of its users. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) http: HttpClient,
}

impl Client {
    /// Begins a client; `base_url` is the part before `/api/v4`, `token` that of an administrator, a bot, or a session.
    pub fn builder(base_url: impl Into<String>, token: SecretString) -> ClientBuilder<Self> {
        let auth = Auth::bearer(token);
        ClientBuilder::new("mattermost", base_url, auth, |http| Self { http })
    }

    /// The same server as another user, on the same connections.
    ///
    /// # Errors
    /// If the token cannot be sent in a header.
    pub fn with_token(&self, token: SecretString) -> Result<Self, BuildError> {
        let http = self.http.with_auth(&Auth::bearer(token))?;
        Ok(Self { http })
    }

    /// Teams.
    #[must_use]
    pub fn teams(&self) -> Teams<'_> {
        Teams { client: self }
    }

    /// Who is in a team.
    #[must_use]
    pub fn members<'a>(&'a self, team: &'a TeamId) -> Members<'a> {
        Members { client: self, team }
    }

    /// Users, of the whole server.
    #[must_use]
    pub fn users(&self) -> Users<'_> {
        Users { client: self }
    }

    /// Channels.
    #[must_use]
    pub fn channels(&self) -> Channels<'_> {
        Channels { client: self }
    }

    /// Messages.
    #[must_use]
    pub fn posts(&self) -> Posts<'_> {
        Posts { client: self }
    }

    /// Sessions, and signing in.
    #[must_use]
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions { client: self }
    }

    /// Personal access tokens.
    #[must_use]
    pub fn tokens(&self) -> Tokens<'_> {
        Tokens { client: self }
    }

    /// The server itself.
    #[must_use]
    pub fn system(&self) -> System<'_> {
        System { client: self }
    }

    pub(crate) fn request(
        &self,
        operation: &'static str,
        method: Method,
        path: &[&str],
    ) -> Request {
        let segments: Vec<&str> = ["api", "v4"].iter().chain(path).copied().collect();
        self.http.request(operation, method, &segments)
    }

    /// Sends a request and reads the answer.
    pub(crate) async fn fetch<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        request: Request,
    ) -> Result<T, Error> {
        let work = async { read(&request.send().await?) };
        self.http.observe(operation, work).await
    }

    /// Sends a request for a list, of which each member is read by itself.
    pub(crate) async fn fetch_list<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        request: Request,
    ) -> Result<Listed<T>, Error> {
        let found: Value = self.fetch(operation, request).await?;
        Ok(Listed::of_value(operation, found)?)
    }

    /// Sends a request for one thing, which may not be there.
    pub(crate) async fn fetch_one<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        request: Request,
    ) -> Result<Option<T>, Error> {
        let work = async {
            match read(&request.send().await?) {
                Err(error) if error.is_missing() => Ok(None),
                other => other.map(Some),
            }
        };
        self.http.observe(operation, work).await
    }

    /// Sends a request that is answered with `{"status": "OK"}`.
    pub(crate) async fn perform(
        &self,
        operation: &'static str,
        request: Request,
    ) -> Result<(), Error> {
        self.fetch::<Done>(operation, request).await.map(drop)
    }

    /// Sends a request that takes something away, which may be gone.
    pub(crate) async fn remove(
        &self,
        operation: &'static str,
        request: Request,
    ) -> Result<Deleted, Error> {
        let found = self.fetch_one::<Done>(operation, request).await?;
        Ok(found.map_or(Deleted::Absent, |_done| Deleted::Removed))
    }
}

pub(crate) fn read<T: DeserializeOwned>(answer: &Response) -> Result<T, Error> {
    if answer.status().is_success() {
        let first = answer
            .body()
            .iter()
            .find(|byte| !byte.is_ascii_whitespace());
        if first == Some(&b'<') {
            return Err(error::page(answer));
        }
        return Ok(answer.json()?);
    }
    Err(error::of(answer))
}
