//! Nothing secret reaches a log, an error or a `Debug`.
#![cfg(test)]

use std::io;
use std::sync::{Arc, Mutex};

use bheem_http_kit::{
    Auth, ClientBuilder, Error, ExposeSecret as _, HttpClient, Method, RetryPolicy,
    throwaway_password,
};
use tracing::Instrument as _;
use tracing::instrument::WithSubscriber as _;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn neither_log_nor_error_shows_credentials_query_or_body() {
    let (key, sent, received) = (
        throwaway_password(),
        throwaway_password(),
        throwaway_password(),
    );
    let server = MockServer::start().await;
    Mock::given(path("/x"))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(serde_json::json!({"count": received.expose_secret()})),
        )
        .mount(&server)
        .await;
    let log = Captured::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(move || writer.clone())
        .finish();
    let shown = async {
        let http: HttpClient = ClientBuilder::new(
            "peer",
            server.uri(),
            Auth::header("x-api-key", key.clone()),
            |http| http,
        )
        .retry(RetryPolicy::standard())
        .build()
        .unwrap();
        let result: Result<std::collections::HashMap<String, u64>, Error> = http
            .observe("op", async {
                let request = http
                    .request("op", Method::POST, &["x"])
                    .query("token", sent.expose_secret());
                let answer = request
                    .json(&serde_json::json!({"password": sent.expose_secret()}))
                    .send()
                    .await?;
                tracing::info!(?answer, client = ?http, "answered");
                answer.json()
            })
            .await;
        let error = result.unwrap_err();
        let source: &dyn std::error::Error = &error;
        tracing::error!(error = source, "failed");
        format!("{error:?} {error} {http:?}")
    }
    .instrument(tracing::info_span!("test"))
    .with_subscriber(subscriber)
    .await;
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        log.contains("peer_call") && log.contains("outcome=\"protocol\""),
        "{log}"
    );
    assert!(shown.contains("count"), "the JSON path is told: {shown}");
    for secret in [&key, &sent, &received] {
        assert!(!log.contains(secret.expose_secret()) && !shown.contains(secret.expose_secret()));
    }
}
