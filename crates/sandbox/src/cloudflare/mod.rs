//! Cloudflare's API v4 (<https://developers.cloudflare.com/api/>): zones and DNS records. Zones come by control, as they
//! come by an account's dashboard; what stands in an active one is told by the stand-in of the name server.

mod answer;
mod batch;
mod check;
mod content;
mod list;
mod publish;
mod quota;
mod records;
mod zones;

use serde_json::{Value, json};

use crate::{
    credentials::Credentials,
    digest,
    http::{Answer, Request},
    peer::Service,
    store::Store,
};
use answer::{Refusal, refuse};
pub(crate) use publish::published;

/// See the module.
pub(crate) struct Cloudflare {
    token: String,
    quota: quota::Quota,
}

impl Cloudflare {
    pub(crate) fn new(credentials: &Credentials) -> Self {
        Self {
            token: credentials.cloudflare_token.clone(),
            quota: quota::Quota::default(),
        }
    }

    /// What somebody without a good token is told. The verification of tokens has words of its own.
    fn stranger(&self, request: &Request) -> Option<Answer> {
        let Some(token) = request.bearer() else {
            let chain = [(6111, "Invalid format for Authorization header")];
            return Some(answer::refuse_because(
                400,
                6003,
                "Invalid request headers",
                &chain,
            ));
        };
        if digest::equal(token, &self.token) {
            return None;
        }
        Some(if request.path.ends_with("/tokens/verify") {
            refuse(401, 1000, "Invalid API Token")
        } else {
            refuse(403, 9109, "Invalid access token")
        })
    }

    fn dispatch(request: &Request, store: &mut Store, path: &[&str]) -> Result<Answer, Refusal> {
        match (request.method.as_str(), path) {
            ("GET", ["user", "tokens", "verify"] | ["accounts", _, "tokens", "verify"]) => {
                Ok(answer::result(&zones::token()))
            }
            ("GET", ["zones"]) => zones::list(request, store),
            ("GET", ["zones", id]) => Ok(answer::result(&zones::get(store, id)?)),
            (_, ["zones", id, "dns_records", rest @ ..]) => {
                let zone = zones::get(store, id)?;
                records::dispatch(request, store, &zone, rest)
            }
            _ => Err(Refusal::no_route(&request.path)),
        }
    }
}

impl Service for Cloudflare {
    fn seed(&self, store: &mut Store) {
        zones::put(store, "active.test", "active");
        zones::put(store, "pending.test", "pending");
    }

    fn answer(&self, request: &Request, store: &mut Store) -> Answer {
        let Some(segments) = request.segments_after("/client/v4/") else {
            return Refusal::no_route(&request.path).into_answer();
        };
        if let Some(refusal) = self.stranger(request) {
            return refusal;
        }
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        let answer = Self::dispatch(request, store, &path);
        self.quota.tell(answer.unwrap_or_else(Refusal::into_answer))
    }

    fn failure(&self, status: u16) -> Answer {
        match status {
            429 => refuse(
                429,
                971,
                "Please wait and consider throttling your request speed",
            ),
            401 | 403 => refuse(status, 10_000, "Authentication error"),
            _ => refuse(status, 10_013, "An unknown error has occurred"),
        }
    }

    fn state(&self, store: &Store) -> Value {
        json!({"zones": store.values("zone"), "records": store.values("record")})
    }

    fn control(&self, path: &str, request: &Request, store: &mut Store) -> Option<Answer> {
        match (request.method.as_str(), path) {
            ("POST", "zones") => Some(zones::control(request, store)),
            _ => None,
        }
    }
}
