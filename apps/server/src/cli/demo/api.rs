//! The API, as a program of somebody else would use it.

use std::time::Duration;

use anyhow::{Context, bail};
use bheem_http_kit::{Auth, ClientBuilder, HttpClient, Method, Request};
use secrecy::SecretString;
use serde_json::Value;

use crate::routes::PREFIX;

/// A client of the API.
pub(super) struct Api {
    http: HttpClient,
    token: Option<SecretString>,
}

/// A client of any service that speaks JSON.
pub(super) fn json_client(name: &'static str, base_url: &str) -> anyhow::Result<HttpClient> {
    ClientBuilder::new(name, base_url, Auth::None, |http| http)
        .timeout(Duration::from_mins(1))
        .build()
        .with_context(|| format!("{base_url} is no URL"))
}

/// Sends a request and reads JSON, or says what the other side said.
pub(super) async fn exchange(request: Request) -> anyhow::Result<Value> {
    let response = request.send().await?;
    let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    if !response.status().is_success() {
        let detail = body.get("detail").and_then(Value::as_str).unwrap_or("");
        bail!("{} {detail}", response.status());
    }
    Ok(body)
}

impl Api {
    pub(super) fn new(base_url: &str) -> anyhow::Result<Self> {
        Ok(Self {
            http: json_client("bheem-workspace", base_url)?,
            token: None,
        })
    }

    /// From now on, requests carry the token.
    pub(super) fn sign_in(&mut self, token: &str) {
        self.token = Some(token.into());
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let http = match &self.token {
            Some(token) => self.http.with_auth(&Auth::bearer(token.clone()))?,
            None => self.http.clone(),
        };
        let path = format!("{PREFIX}{path}");
        let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        exchange(http.request("demo", Method::POST, &segments).json(body)).await
    }
}
