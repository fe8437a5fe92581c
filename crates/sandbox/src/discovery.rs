//! Reads what an OpenID Connect provider publishes (OpenID Connect Discovery 1.0).

use std::time::Duration;

use bheem_http_kit::{Auth, ClientBuilder, HttpClient, Method, Url};
use serde_json::{Value, json};

/// Issuer and keys; `None` when the provider cannot be read, and the reason is in the log.
pub(crate) async fn read(discovery_uri: &str) -> Option<Value> {
    let metadata = get(discovery_uri).await?;
    let keys = get(metadata.get("jwks_uri")?.as_str()?).await?;
    Some(json!({"issuer": metadata.get("issuer")?, "keys": keys}))
}

async fn get(uri: &str) -> Option<Value> {
    let url = Url::parse(uri).ok()?;
    let segments: Vec<&str> = url.path_segments()?.collect();
    let http: HttpClient = ClientBuilder::new(
        "provider",
        url.origin().ascii_serialization(),
        Auth::None,
        |http| http,
    )
    .timeout(Duration::from_secs(5))
    .build()
    .ok()?;
    let answer = http
        .request("discover", Method::GET, &segments)
        .send()
        .await;
    match answer
        .and_then(bheem_http_kit::Response::checked)
        .and_then(|answer| answer.json())
    {
        Ok(value) => Some(value),
        Err(error) => {
            tracing::warn!(%error, uri, "the provider cannot be read");
            None
        }
    }
}
