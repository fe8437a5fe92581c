//! The client against servers that misbehave, and what it does not show.
#![cfg(test)]

use std::time::Duration;

use bheem_http_kit::testing::captured_log;
use bheem_http_kit::{ExposeSecret as _, throwaway_password};
use bheem_objects::{Bucket, Effect, Error, ErrorKind, Key, SecretString};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

fn bucket(url: &str, secret: SecretString) -> Bucket {
    Bucket::builder("eu", "recordings", "key", secret)
        .endpoint(url)
        .timeout(Duration::from_millis(300))
        .retries(0)
        .build()
        .unwrap()
}

fn key() -> Key {
    Key::from_segments(["tenant", "a.mp4"]).unwrap()
}

async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

fn said(error: &Error) -> (ErrorKind, Effect) {
    (error.kind(), error.effect())
}

#[tokio::test]
async fn every_operation_tells_what_happened_and_whether_it_may_have_been_done() {
    use Effect::{Rejected, Unknown};
    let hang = ResponseTemplate::new(200).set_delay(Duration::from_mins(10));
    for (answer, expected) in [
        (
            ResponseTemplate::new(401),
            (ErrorKind::Unauthorized, Rejected),
        ),
        (
            ResponseTemplate::new(403),
            (ErrorKind::Unauthorized, Rejected),
        ),
        (ResponseTemplate::new(400), (ErrorKind::Invalid, Rejected)),
        (ResponseTemplate::new(409), (ErrorKind::Conflict, Rejected)),
        (
            ResponseTemplate::new(429),
            (ErrorKind::RateLimited { after: None }, Rejected),
        ),
        (
            ResponseTemplate::new(500),
            (ErrorKind::Unavailable, Unknown),
        ),
        (
            ResponseTemplate::new(503),
            (ErrorKind::Unavailable, Unknown),
        ),
        (hang, (ErrorKind::Timeout, Unknown)),
    ] {
        let server = answering(answer).await;
        let bucket = bucket(&server.uri(), "secret".into());
        let put = bucket.put(&key(), "text/plain", "x".into()).await;
        assert_eq!(said(&put.unwrap_err()), expected);
        assert_eq!(said(&bucket.get(&key()).await.unwrap_err()), expected);
        assert_eq!(said(&bucket.find(&key()).await.unwrap_err()), expected);
        assert_eq!(said(&bucket.delete(&key()).await.unwrap_err()), expected);
        assert_eq!(said(&bucket.check().await.unwrap_err()), expected);
        assert_eq!(
            said(&bucket.delete_below(&key()).await.unwrap_err()),
            expected
        );
        assert_eq!(
            said(&bucket.page_below(&key(), None, 5).await.unwrap_err()),
            expected
        );
    }
}

#[tokio::test]
async fn nobody_there_is_nothing_sent() {
    // Nobody listens on the port of discard.
    let bucket = bucket("http://127.0.0.1:9", "secret".into());
    let error = bucket
        .put(&key(), "text/plain", "x".into())
        .await
        .unwrap_err();
    assert_eq!(said(&error), (ErrorKind::Unavailable, Effect::NotSent));
}

#[tokio::test]
async fn hostile_lists_are_refused_without_a_panic() {
    let deep = "<a>".repeat(100_000);
    for body in [
        "",
        "{}",
        "<html><body>hello",
        deep.as_str(),
        "\u{fffd}",
        "<ListBucketResult><Contents><Size>many",
    ] {
        let server = answering(ResponseTemplate::new(200).set_body_string(body)).await;
        let bucket = bucket(&server.uri(), "secret".into());
        let listed = bucket.page_below(&key(), None, 5).await;
        assert!(listed.is_err() || listed.unwrap().items.is_empty());
    }
}

#[tokio::test]
async fn plain_http_goes_nowhere_else_and_what_is_no_address_is_none() {
    for endpoint in ["http://s3.example", "s3.example", ""] {
        let built = Bucket::builder("eu", "b", "key", "secret".into())
            .endpoint(endpoint)
            .build();
        assert!(matches!(built, Err(Error::Configuration(_))), "{endpoint}");
    }
}

#[tokio::test]
async fn neither_the_secret_nor_addresses_nor_the_servers_words_are_shown() {
    let secret = throwaway_password();
    let words = format!(
        "<Error><Message>{}</Message></Error>",
        secret.expose_secret()
    );
    let server = answering(ResponseTemplate::new(500).set_body_string(words)).await;
    let work = async {
        let bucket = bucket(&server.uri(), secret.clone());
        let error = bucket
            .put(&key(), "text/plain", "x".into())
            .await
            .unwrap_err();
        let url = bucket
            .signed_url(&key(), Duration::from_mins(1), None)
            .await
            .unwrap();
        assert!(url.expose_secret().contains("X-Amz-Signature="));
        format!("{bucket:?} {error:?} {error} {url:?}")
    };
    let (shown, log) = captured_log(work).await;
    for hidden in [secret.expose_secret(), "X-Amz-Signature"] {
        assert!(!shown.contains(hidden) && !log.contains(hidden), "{hidden}");
    }
}

#[tokio::test]
async fn a_signed_address_carries_the_name_and_nothing_else_of_it() {
    let bucket = bucket("http://127.0.0.1:9", "secret".into());
    let url = bucket
        .signed_url(
            &key(),
            Duration::from_hours(10_000),
            Some("Grüße\"\r\nX: 1'.mp4"),
        )
        .await
        .unwrap();
    let url = bheem_http_kit::Url::parse(url.expose_secret()).unwrap();
    let query: std::collections::HashMap<_, _> = url.query_pairs().into_owned().collect();
    let disposition = &query["response-content-disposition"];
    assert_eq!(
        disposition,
        "attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe%22X%3A%201%27.mp4"
    );
    assert_eq!(query["X-Amz-Expires"], "604800");
}
