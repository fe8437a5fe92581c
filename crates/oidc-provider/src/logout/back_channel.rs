//! Telling a client that a session has ended (OpenID Connect Back-Channel Logout 1.0).
//!
//! One run for each session and client, which goes on until the client has taken it, whichever
//! replica is there to send it.

use std::time::Duration;

use bheem_domain::{AccountId, SessionId};
use bheem_http_kit::{Auth, ClientBuilder, EncodedPath, HttpClient, Method};
use bheem_saga::{
    Apply, Backoff, Failure, Graph, Policy, Probe, Reject, Retry, Saga, Step, StepContext, Undo,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use super::address::{Destination, Forbidden};
use crate::{Provider, client::Client, pages::message::chain};

/// How long a client may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Life of a logout token (section 2.4 recommends at most two minutes).
const LIFE: i64 = 120;
/// The event that it is about.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// No answer is longer that matters.
const LONGEST_ANSWER: usize = 16 * 1024;

/// Tells a client that a session has ended. See the module.
#[derive(Debug, Clone)]
pub struct TellClient(Provider);

/// Which session, and whom to tell.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LogoutParams {
    /// The session that has ended.
    pub session_id: SessionId,
    /// Whose it was.
    pub account_id: AccountId,
    /// The client that knows it.
    pub client_id: String,
}

impl TellClient {
    /// The lane of the platform itself, in the place of a tenant: the nil UUID, which no tenant has.
    pub const TENANT: Uuid = Uuid::nil();

    pub(super) fn new(provider: Provider) -> Self {
        Self(provider)
    }
}

impl Saga for TellClient {
    const KIND: &'static str = "oidc_logout";
    const VERSION: i32 = 1;
    const PIVOT: Option<&'static str> = None;
    /// Who was signed out must not be signed in elsewhere for want of a slot.
    const IS_CLOSING: bool = true;
    type Params = LogoutParams;

    fn define(&self, graph: &mut Graph<LogoutParams>) {
        graph.step(PostToken(self.0.clone()));
    }
}

struct PostToken(Provider);

/// What the step leaves.
#[derive(Debug, Serialize, Deserialize)]
struct Posted {
    /// What the client answered; none when there was nobody to tell.
    status: Option<u16>,
}

type Context = StepContext<LogoutParams>;

impl PostToken {
    async fn post(&self, ctx: &Context) -> Result<Posted, Failure> {
        let inner = &self.0.inner;
        let params = &ctx.params;
        let client = inner.clients.find(&params.client_id).await;
        let client = client.map_err(|error| Retry::because(chain(&error)))?;
        let Some(client) = client else {
            return Ok(Posted { status: None });
        };
        let Some(uri) = &client.record.settings.backchannel_logout_uri else {
            return Ok(Posted { status: None });
        };
        let config = &inner.config;
        let destination =
            Destination::parse(uri, &config.issuer, &config.private_hosts).map_err(refused)?;
        let addresses = destination
            .resolve()
            .await
            .map_err(|error| Retry::because(format!("resolving the client's host: {error}")))?
            .map_err(refused)?;
        let http = connect(&destination.url, addresses)?;
        let token = self.token(params, &client)?;
        let status = send(&http, &destination.url, &token).await?;
        metrics::counter!("oidc_logouts_told_total", "status" => status.to_string()).increment(1);
        match status {
            200..=299 => Ok(Posted {
                status: Some(status),
            }),
            // Section 2.8: the client will not take it, now or later.
            400 => Err(Reject::new("logout_refused", "the client refused the token").into()),
            _ => Err(Retry::because(format!("the client answered {status}")).into()),
        }
    }

    /// The token (section 2.4). Each attempt has a new one: they live for two minutes.
    fn token(&self, params: &LogoutParams, client: &Client) -> Result<String, Failure> {
        let inner = &self.0.inner;
        let now = inner.clock.now().timestamp();
        let claims: Value = json!({
            "iss": inner.config.issuer,
            "aud": client.id(),
            "sub": params.account_id,
            "sid": params.session_id,
            "iat": now,
            "exp": now + LIFE,
            "jti": inner.clock.new_uuid(),
            "events": { EVENT: {} },
        });
        let signed = inner
            .identity
            .keys()
            .sign(client.algorithm, Some("logout+jwt"), &claims);
        signed.map_err(|error| Retry::because(chain(&error)).into())
    }
}

fn refused(why: Forbidden) -> Failure {
    match why {
        Forbidden::Address => Reject::new(
            "logout_address",
            "the client's address for logouts is not one that may be visited",
        ),
        Forbidden::Private => Reject::new(
            "logout_address_private",
            "the client's address for logouts lies in a private network",
        ),
    }
    .into()
}

/// A client for one host, bound to the addresses that were looked at.
fn connect(url: &Url, addresses: Vec<std::net::SocketAddr>) -> Result<HttpClient, Failure> {
    let origin = url.origin().ascii_serialization();
    ClientBuilder::new("relying_party", origin, Auth::None, |http| http)
        .timeout(PATIENCE)
        .connect_timeout(PATIENCE)
        .max_body_bytes(LONGEST_ANSWER)
        .addresses(addresses)
        .build()
        .map_err(|error| Retry::because(error.to_string()).into())
}

async fn send(http: &HttpClient, url: &Url, token: &str) -> Result<u16, Failure> {
    let path = EncodedPath::absolute(url.path()).map_err(|_error| refused(Forbidden::Address))?;
    let mut request = http.request_path("back_channel_logout", Method::POST, &path);
    for (name, value) in url.query_pairs() {
        request = request.query(&name, &value);
    }
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("logout_token", token)
        .finish();
    let response = request
        .bytes("application/x-www-form-urlencoded", form)
        .send()
        .await
        .map_err(|error| Retry::because(error.to_string()))?;
    Ok(response.status().as_u16())
}

impl Step for PostToken {
    const NAME: &'static str = "post_logout_token";
    type Params = LogoutParams;
    type Output = Posted;

    fn policy(&self) -> Policy {
        Policy {
            backoff: Backoff::default(),
            deadline: Duration::from_hours(24),
            timeout: PATIENCE * 3,
        }
    }

    /// A client cannot be asked what it was told; hearing it twice does no harm.
    async fn probe(&self, _ctx: &Context) -> Probe<Posted> {
        Probe::Absent
    }

    async fn apply(&self, ctx: &Context) -> Apply<Posted> {
        self.post(ctx).await.into()
    }

    async fn undo(&self, _ctx: &Context, _ours: Posted) -> Undo {
        Undo::Done
    }
}
