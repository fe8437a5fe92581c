//! Credentials that are asked for when a request is sent.
#![cfg(test)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bheem_http_kit::{
    Auth, Bytes, ClientBuilder, CredentialSource, Effect, Error, ErrorKind, Fallback, HttpClient,
    Method, Preference, SourceError,
};
use futures::future::BoxFuture;
use futures::{FutureExt as _, TryStreamExt as _};
use wiremock::matchers::{body_string, header};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// Answers a credential that tells how often it was asked.
struct Counted(&'static str, AtomicUsize);

impl Counted {
    fn new(name: &'static str) -> Arc<Self> {
        Arc::new(Self(name, AtomicUsize::new(0)))
    }

    fn asked(&self) -> usize {
        self.1.load(Ordering::SeqCst)
    }
}

impl CredentialSource for Counted {
    fn credentials(&self, _is_refused: bool) -> BoxFuture<'_, Result<Auth, SourceError>> {
        let number = self.1.fetch_add(1, Ordering::SeqCst) + 1;
        async move { Ok(Auth::bearer(format!("{}{number}", self.0).into())) }.boxed()
    }
}

struct Failing;

impl CredentialSource for Failing {
    fn credentials(&self, _is_refused: bool) -> BoxFuture<'_, Result<Auth, SourceError>> {
        async { Err(SourceError::from("nobody there")) }.boxed()
    }
}

fn client(server: &MockServer, source: Arc<dyn CredentialSource>) -> HttpClient {
    ClientBuilder::new("peer", server.uri(), Auth::Source(source), |http| http)
        .build()
        .unwrap()
}

async fn accepts(server: &MockServer, token: &str, times: u64) {
    Mock::given(header("authorization", format!("Bearer {token}").as_str()))
        .and(body_string("hello"))
        .respond_with(ResponseTemplate::new(204))
        .expect(times)
        .mount(server)
        .await;
}

async fn refuses_others(server: &MockServer) {
    Mock::given(wiremock::matchers::any())
        .respond_with(ResponseTemplate::new(401))
        .with_priority(9)
        .mount(server)
        .await;
}

async fn ask(http: &HttpClient) -> Result<u16, Error> {
    let request = http
        .request("op", Method::POST, &["x"])
        .bytes("text/plain", "hello");
    Ok(request.send().await?.status().as_u16())
}

#[tokio::test]
async fn each_request_asks_anew() {
    let server = MockServer::start().await;
    let source = Counted::new("t");
    let http = client(&server, source.clone());
    accepts(&server, "t1", 1).await;
    accepts(&server, "t2", 1).await;
    assert_eq!(ask(&http).await.unwrap(), 204);
    assert_eq!(ask(&http).await.unwrap(), 204);
    assert_eq!(source.asked(), 2);
}

#[tokio::test]
async fn a_refused_request_is_sent_once_more_and_no_oftener() {
    let server = MockServer::start().await;
    let source = Counted::new("t");
    let http = client(&server, source.clone());
    refuses_others(&server).await;
    accepts(&server, "t2", 1).await;
    assert_eq!(ask(&http).await.unwrap(), 204);
    assert_eq!(ask(&http).await.unwrap(), 401);
    assert_eq!(source.asked(), 4);
}

#[tokio::test]
async fn a_peer_that_refuses_tokens_is_not_offered_them_again_soon() {
    let server = MockServer::start().await;
    let (token, password) = (Counted::new("token"), Counted::new("password"));
    let preference = Arc::new(Preference::default());
    let both = Fallback::new(token.clone(), password.clone(), Arc::clone(&preference));
    let http = client(&server, Arc::new(both));
    refuses_others(&server).await;
    for number in 1..=300 {
        accepts(&server, &format!("password{number}"), 1).await;
        assert_eq!(ask(&http).await.unwrap(), 204, "{number}");
    }
    assert_eq!((token.asked(), password.asked()), (2, 300));
    // Somebody else at the same peer knows it, too.
    let (token, password) = (Counted::new("token"), Counted::new("other"));
    let both = Fallback::new(token.clone(), password.clone(), preference);
    accepts(&server, "other1", 1).await;
    assert_eq!(ask(&client(&server, Arc::new(both))).await.unwrap(), 204);
    assert_eq!(token.asked(), 0);
}

#[tokio::test]
async fn without_credentials_nothing_is_sent() {
    let server = MockServer::start().await;
    let error = ask(&client(&server, Arc::new(Failing))).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Unavailable, Effect::NotSent)
    );
    assert!(server.received_requests().await.unwrap().is_empty());
}

async fn accepts_any_body(server: &MockServer, token: &str, times: u64) {
    Mock::given(header("authorization", format!("Bearer {token}").as_str()))
        .respond_with(ResponseTemplate::new(200).set_body_string("all of it"))
        .expect(times)
        .mount(server)
        .await;
}

#[tokio::test]
async fn a_refused_download_is_asked_for_once_more_with_the_other_credentials() {
    let server = MockServer::start().await;
    let (token, password) = (Counted::new("token"), Counted::new("password"));
    let both = Fallback::new(token.clone(), password.clone(), Arc::default());
    let http = client(&server, Arc::new(both));
    refuses_others(&server).await;
    accepts_any_body(&server, "password1", 1).await;
    accepts_any_body(&server, "password2", 1).await;
    for _ in 0..2 {
        let request = http.request("op", Method::GET, &["x"]);
        let answer = request.send_streaming().await.unwrap();
        assert_eq!(answer.status(), 200);
        let pieces: Vec<Bytes> = answer.into_stream().try_collect().await.unwrap();
        assert_eq!(pieces.concat(), b"all of it");
    }
    assert_eq!((token.asked(), password.asked()), (1, 2));
    assert_eq!(server.received_requests().await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_download_that_is_refused_twice_stays_refused() {
    let server = MockServer::start().await;
    let source = Counted::new("t");
    let http = client(&server, source.clone());
    refuses_others(&server).await;
    let request = http.request("op", Method::GET, &["x"]);
    assert_eq!(request.send_streaming().await.unwrap().status(), 401);
    assert_eq!(source.asked(), 2);
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
}

/// What was read from a stream is gone.
#[tokio::test]
async fn a_refused_upload_from_a_stream_is_not_sent_again() {
    let server = MockServer::start().await;
    let source = Counted::new("t");
    let http = client(&server, source.clone());
    refuses_others(&server).await;
    accepts_any_body(&server, "t2", 0).await;
    let request = || {
        let pieces = futures::stream::iter([Ok::<_, std::io::Error>(Bytes::from("hello"))]);
        http.request("op", Method::PUT, &["x"]).stream_of(5, pieces)
    };
    let answer = request().send_streaming().await.unwrap();
    assert_eq!((answer.status().as_u16(), source.asked()), (401, 1));
    source.1.store(0, Ordering::SeqCst);
    let answer = request().send().await.unwrap();
    assert_eq!((answer.status().as_u16(), source.asked()), (401, 1));
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
}

#[tokio::test]
async fn fixed_credentials_are_not_offered_twice() {
    let server = MockServer::start().await;
    refuses_others(&server).await;
    let auth = Auth::bearer("fixed".into());
    let http = ClientBuilder::new("peer", server.uri(), auth, |http: HttpClient| http)
        .build()
        .unwrap();
    let request = || http.request("op", Method::GET, &["x"]);
    assert_eq!(request().send_streaming().await.unwrap().status(), 401);
    assert_eq!(request().send().await.unwrap().status(), 401);
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
}
