//! What the client does on the wire.
#![cfg(test)]

use std::collections::BTreeSet;
use std::time::Duration;

use bheem_http_kit::testing::{Route, misbehaving_peers};
use bheem_http_kit::{
    Auth, Bytes, ClientBuilder, Effect, Error, ErrorKind, HttpClient, Method, RetryPolicy,
    Traceparent, header, with_traceparent,
};
use futures::TryStreamExt as _;
use wiremock::matchers::{
    body_json, body_string, header as has_header, header_exists, method, path, query_param,
};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn builder(url: &str) -> ClientBuilder<HttpClient> {
    ClientBuilder::new("peer", url, Auth::bearer("token".into()), |http| http)
}

/// Retries at once, so that no test waits.
fn eager(max_attempts: u32) -> RetryPolicy {
    RetryPolicy {
        max_attempts,
        base: Duration::ZERO,
        cap: Duration::from_mins(1),
    }
}

async fn serve(status: u16, times: u64) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(path("/x"))
        .respond_with(ResponseTemplate::new(status))
        .expect(times)
        .mount(&server)
        .await;
    server
}

async fn ask(
    url: &str,
    verb: Method,
    policy: RetryPolicy,
) -> Result<bheem_http_kit::Response, Error> {
    builder(url)
        .retry(policy)
        .build()
        .unwrap()
        .request("op", verb, &["x"])
        .send()
        .await?
        .checked()
}

#[tokio::test]
async fn a_request_carries_what_it_was_given() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/base/a%20b/c%2Fd"))
        .and(query_param("q", "x&y"))
        .and(has_header("authorization", "Bearer token"))
        .and(has_header("user-agent", "tester"))
        .and(has_header(
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ))
        .and(has_header("content-type", "application/json"))
        .and(body_json(serde_json::json!({"n": 1})))
        .respond_with(ResponseTemplate::new(200).set_body_string("[1]"))
        .expect(1)
        .mount(&server)
        .await;
    let http = builder(&format!("{}/base/", server.uri()))
        .user_agent("tester")
        .build()
        .unwrap();
    let request = http
        .request("op", Method::POST, &["a b", "c/d"])
        .query("q", "x&y")
        .json(&serde_json::json!({"n": 1}));
    let parent =
        Traceparent::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap();
    let answer = with_traceparent(parent, request.send()).await.unwrap();
    assert_eq!(answer.json::<Vec<u8>>().unwrap(), vec![1]);
}

#[tokio::test]
async fn a_path_that_cannot_be_sent_is_not_sent() {
    let server = MockServer::start().await;
    let http = builder(&server.uri()).build().unwrap();
    let error = http
        .request("op", Method::GET, &["a", "..", "b"])
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Invalid, Effect::NotSent)
    );
    let error = http
        .request("op", Method::GET, &["a"])
        .header(header::ACCEPT, "a\nb")
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Invalid, Effect::NotSent)
    );
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn nobody_listening_means_not_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = ask(&url, Method::POST, RetryPolicy::none())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Unavailable, Effect::NotSent)
    );
}

#[tokio::test]
async fn a_connection_that_breaks_leaves_the_effect_unknown() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = async {
        use tokio::io::AsyncReadExt as _;
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = [0_u8; 1024];
        let _read = socket.read(&mut request).await.unwrap();
    };
    let (error, ()) = tokio::join!(ask(&url, Method::POST, RetryPolicy::none()), server);
    let error = error.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Unavailable, Effect::Unknown)
    );
}

#[tokio::test]
async fn misbehaviour_is_understood() {
    misbehaving_peers(
        Route {
            method: "GET",
            path: "/x",
            body: Some("[1, 2, 3]"),
        },
        |peer| async move {
            let http = builder(&peer.url)
                .timeout(peer.timeout)
                .max_body_bytes(peer.max_body_bytes)
                .build()
                .unwrap();
            http.request("op", Method::GET, &["x"])
                .send()
                .await?
                .checked()?
                .json::<Vec<u8>>()
        },
    )
    .await;
}

#[tokio::test]
async fn repeatable_requests_are_retried_and_others_are_not() {
    let server = serve(503, 3).await;
    let error = ask(&server.uri(), Method::PUT, eager(3)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let server = serve(503, 1).await;
    ask(&server.uri(), Method::POST, eager(3))
        .await
        .unwrap_err();
    let server = serve(401, 1).await;
    ask(&server.uri(), Method::GET, eager(3)).await.unwrap_err();
}

#[tokio::test]
async fn an_idempotency_key_makes_a_post_repeatable() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(body_string("body"))
        .respond_with(ResponseTemplate::new(502))
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(body_string("body"))
        .respond_with(ResponseTemplate::new(201))
        .expect(1)
        .mount(&server)
        .await;
    let http = builder(&server.uri()).retry(eager(2)).build().unwrap();
    let answer = http
        .request("op", Method::POST, &["x"])
        .bytes("text/plain", "body")
        .repeatable()
        .send()
        .await;
    assert_eq!(answer.unwrap().status(), 201);
}

#[tokio::test]
async fn the_retry_budget_is_shared_by_clones_and_runs_dry() {
    // 20 tokens allow 20 retries; from then on each call is a single request.
    let server = serve(503, 60).await;
    let http = builder(&server.uri()).retry(eager(2)).build().unwrap();
    for _ in 0..40 {
        http.clone()
            .request("op", Method::GET, &["x"])
            .send()
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_streamed_upload_is_sent_once() {
    // Not even after a refusal, which leaves nothing done: what was read from the stream is gone.
    for status in [429, 503] {
        let server = MockServer::start().await;
        Mock::given(method("PUT"))
            .respond_with(ResponseTemplate::new(status).insert_header("retry-after", "0"))
            .mount(&server)
            .await;
        let http = builder(&server.uri()).retry(eager(3)).build().unwrap();
        let pieces = futures::stream::iter([
            Ok::<_, std::io::Error>(Bytes::from("one")),
            Ok(Bytes::from("two")),
        ]);
        let answer = http
            .request("op", Method::PUT, &["x"])
            .stream(pieces)
            .repeatable()
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status);
        let received = server.received_requests().await.unwrap();
        let bodies: Vec<&[u8]> = received.iter().map(|one| one.body.as_slice()).collect();
        assert_eq!(bodies, [b"onetwo"]);
    }
}

#[tokio::test]
async fn a_download_can_be_streamed() {
    let server = MockServer::start().await;
    Mock::given(path("/x"))
        .respond_with(ResponseTemplate::new(200).set_body_string("a".repeat(100_000)))
        .mount(&server)
        .await;
    let http = builder(&server.uri()).max_body_bytes(10).build().unwrap();
    let answer = http
        .request("op", Method::GET, &["x"])
        .send_streaming()
        .await
        .unwrap();
    let pieces: Vec<Bytes> = answer.into_stream().try_collect().await.unwrap();
    assert_eq!(pieces.iter().map(Bytes::len).sum::<usize>(), 100_000);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let server = MockServer::start().await;
    let elsewhere = MockServer::start().await;
    Mock::given(path("/x"))
        .respond_with(
            ResponseTemplate::new(302).insert_header("location", elsewhere.uri().as_str()),
        )
        .mount(&server)
        .await;
    let error = ask(&server.uri(), Method::GET, RetryPolicy::none())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Protocol, Effect::Unknown)
    );
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn custom_methods_and_other_credentials_work() {
    let server = MockServer::start().await;
    Mock::given(method("PROPFIND"))
        .and(has_header("x-api-key", "other"))
        .respond_with(ResponseTemplate::new(207))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(header_exists("authorization"))
        .respond_with(ResponseTemplate::new(500))
        .expect(0)
        .mount(&server)
        .await;
    let http = builder(&server.uri())
        .build()
        .unwrap()
        .with_auth(&Auth::header("X-API-Key", "other".into()))
        .unwrap();
    let verb = Method::from_bytes(b"PROPFIND").unwrap();
    assert_eq!(
        http.request("op", verb, &[]).send().await.unwrap().status(),
        207
    );
}

#[test]
fn a_base_url_that_could_leak_or_cannot_work_is_refused() {
    for url in [
        "",
        "/relative",
        "ftp://host/",
        "https://me:secret@host/",
        "https://host/?key=secret",
        "mailto:a@b",
    ] {
        let error = builder(url).build().unwrap_err();
        assert!(!format!("{error:?} {error}").contains("secret"), "{url}");
    }
}

#[test]
fn kinds_of_failure_have_distinct_labels() {
    let statuses = [401, 404, 409, 422, 429, 503, 504, 300];
    let kinds = statuses.map(|code| ErrorKind::of_status(code.try_into().unwrap(), None).as_str());
    assert_eq!(kinds.iter().collect::<BTreeSet<_>>().len(), statuses.len());
}
