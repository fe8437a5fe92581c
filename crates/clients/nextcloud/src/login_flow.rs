//! Login flow v2 (nextcloud/documentation, `developer_manual/client_apis/LoginFlow`): a person signs in with a
//! browser, and we get an app password without ever seeing the real one.

use std::time::Duration;

use bheem_http_kit::{
    Auth, EncodedPath, ExposeSecret as _, Method, SecretString, StatusCode, Url, header,
};
use serde::Deserialize;

use crate::{Client, Error};

/// A login that waits for a person.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LoginFlow {
    /// What the person opens. It is a secret until then.
    pub login_url: SecretString,
    token: SecretString,
    poll: EncodedPath,
}

/// What a login ended with.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct LoginCredentials {
    /// The server, as it calls itself.
    pub server: String,
    /// The name to log in with.
    #[serde(rename = "loginName")]
    pub login_name: String,
    /// The app password.
    #[serde(rename = "appPassword")]
    pub app_password: SecretString,
}

#[derive(Deserialize)]
struct Started {
    poll: Poll,
    login: SecretString,
}

#[derive(Deserialize)]
struct Poll {
    token: SecretString,
    endpoint: String,
}

impl Client {
    /// Begins a login. Needs no credentials. The client's `User-Agent` becomes the app password's name.
    ///
    /// # Errors
    /// If Nextcloud refuses or cannot be understood.
    pub async fn start_login(&self) -> Result<LoginFlow, Error> {
        const OPERATION: &str = "start_login";
        let work = async {
            let http = self.anonymous(OPERATION)?;
            let request = http
                .request(OPERATION, Method::POST, &["index.php", "login", "v2"])
                .header(header::ACCEPT, "application/json");
            let started: Started = request.send().await?.checked()?.json()?;
            // Only the path counts: the token goes to the configured host and to no other.
            let path = Url::parse(&started.poll.endpoint)
                .ok()
                .and_then(|url| EncodedPath::absolute(url.path()).ok());
            Ok(LoginFlow {
                login_url: started.login,
                token: started.poll.token,
                poll: path.ok_or(Error::Protocol {
                    operation: OPERATION,
                })?,
            })
        };
        self.http.observe(OPERATION, work).await
    }

    /// Asks whether the person has signed in; `None` until then, and after 20 minutes for ever. The credentials are
    /// given once: an answer that got lost means another login.
    ///
    /// # Errors
    /// If Nextcloud refuses or cannot be understood.
    pub async fn poll_login(&self, flow: &LoginFlow) -> Result<Option<LoginCredentials>, Error> {
        const OPERATION: &str = "poll_login";
        let work = async {
            let token = flow.token.expose_secret();
            let form = form_urlencoded::Serializer::new(String::new())
                .append_pair("token", token)
                .finish();
            let http = self.anonymous(OPERATION)?;
            let request = http
                .request_path(OPERATION, Method::POST, &flow.poll)
                .header(header::ACCEPT, "application/json")
                .bytes("application/x-www-form-urlencoded", form);
            let answer = request.send().await?;
            if answer.status() == StatusCode::NOT_FOUND {
                return Ok(None);
            }
            Ok(Some(answer.checked()?.json()?))
        };
        self.http.observe(OPERATION, work).await
    }

    /// Asks again and again until the person has signed in, or `limit` has passed.
    ///
    /// # Errors
    /// As for [`Client::poll_login`].
    pub async fn wait_for_login(
        &self,
        flow: &LoginFlow,
        every: Duration,
        limit: Duration,
    ) -> Result<Option<LoginCredentials>, Error> {
        let mut waited = Duration::ZERO;
        loop {
            if let Some(found) = self.poll_login(flow).await? {
                return Ok(Some(found));
            }
            if waited >= limit {
                return Ok(None);
            }
            tokio::time::sleep(every).await;
            waited = waited.saturating_add(every);
        }
    }

    fn anonymous(&self, operation: &'static str) -> Result<bheem_http_kit::HttpClient, Error> {
        let without = self.http.with_auth(&Auth::None);
        without.map_err(|_impossible| Error::Protocol { operation })
    }
}
