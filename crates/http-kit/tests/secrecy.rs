//! Nothing secret reaches a log, an error or a `Debug`.
#![cfg(test)]

use std::collections::HashMap;

use bheem_http_kit::testing::captured_log;
use bheem_http_kit::{
    Auth, ClientBuilder, Error, ExposeSecret as _, HttpClient, Method, RetryPolicy,
    throwaway_password,
};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

#[tokio::test]
async fn neither_log_nor_error_shows_credentials_query_or_body() {
    let (key, sent, received) = (
        throwaway_password(),
        throwaway_password(),
        throwaway_password(),
    );
    let server = MockServer::start().await;
    let answer = serde_json::json!({"count": received.expose_secret()});
    Mock::given(path("/x"))
        .respond_with(ResponseTemplate::new(200).set_body_json(answer))
        .mount(&server)
        .await;
    let work = async {
        let auth = Auth::header("x-api-key", key.clone());
        let http: HttpClient = ClientBuilder::new("peer", server.uri(), auth, |http| http)
            .retry(RetryPolicy::standard())
            .build()
            .unwrap();
        let result: Result<HashMap<String, u64>, Error> = http
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
        format!("{error:?} {error} {http:?}")
    };
    let (shown, log) = captured_log(work).await;
    assert!(
        log.contains("peer_call") && log.contains("outcome=\"protocol\""),
        "{log}"
    );
    assert!(shown.contains("count"), "the JSON path is told: {shown}");
    for secret in [&key, &sent, &received] {
        assert!(!log.contains(secret.expose_secret()) && !shown.contains(secret.expose_secret()));
    }
}
