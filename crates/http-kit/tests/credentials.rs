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
    fn credentials(&self) -> BoxFuture<'_, Result<Auth, SourceError>> {
        let number = self.1.fetch_add(1, Ordering::SeqCst) + 1;
        async move { Ok(Auth::bearer(format!("{}{number}", self.0).into())) }.boxed()
    }
}

struct Failing;

impl CredentialSource for Failing {
    fn credentials(&self) -> BoxFuture<'_, Result<Auth, SourceError>> {
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

fn kept(password: &str) -> Auth {
    Auth::bearer(password.into())
}

fn both(token: &Arc<Counted>, password: &str, person: &str, shared: &Arc<Preference>) -> Fallback {
    Fallback::new(token.clone(), kept(password), person, Arc::clone(shared))
}

#[tokio::test]
async fn a_person_whose_tokens_are_refused_goes_without_them_for_a_while() {
    let server = MockServer::start().await;
    let token = Counted::new("token");
    let preference = Arc::new(Preference::default());
    let http = client(&server, Arc::new(both(&token, "kept", "john", &preference)));
    refuses_others(&server).await;
    accepts(&server, "kept", 70).await;
    for number in 1..=70 {
        assert_eq!(ask(&http).await.unwrap(), 204, "{number}");
    }
    assert_eq!(token.asked(), 2);
    // What one person's account refuses says nothing of another's.
    accepts(&server, "token3", 1).await;
    let jane = both(&token, "other", "jane", &preference);
    assert_eq!(ask(&client(&server, Arc::new(jane))).await.unwrap(), 204);
    assert_eq!(token.asked(), 3);
}

#[tokio::test]
async fn kept_credentials_that_were_refused_are_never_sent_again_until_they_change() {
    let server = MockServer::start().await;
    let token = Counted::new("token");
    let preference = Arc::new(Preference::default());
    refuses_others(&server).await;
    let stale = || Arc::new(both(&token, "stale", "john", &preference));
    let alone = || Fallback::kept(kept("stale"), "john", Arc::clone(&preference));
    assert_eq!(ask(&client(&server, stale())).await.unwrap(), 401);
    for _ in 0..3 {
        assert_eq!(ask(&client(&server, stale())).await.unwrap(), 401);
        let refused = ask(&client(&server, Arc::new(alone()))).await.unwrap_err();
        assert_eq!(refused.effect(), Effect::NotSent);
    }
    let sent = server.received_requests().await.unwrap();
    let offered = |password: &str| {
        let header = format!("Bearer {password}");
        let is_it = |request: &&wiremock::Request| request.headers["authorization"] == *header;
        sent.iter().filter(is_it).count()
    };
    assert_eq!((offered("stale"), token.asked()), (1, 4));
    // Another password is something else, and so is the same one after a change there.
    accepts(&server, "fresh", 1).await;
    let fresh = both(&token, "fresh", "john", &preference);
    assert_eq!(ask(&client(&server, Arc::new(fresh))).await.unwrap(), 204);
    preference.forget("john");
    assert_eq!(ask(&client(&server, stale())).await.unwrap(), 401);
    let sent = server.received_requests().await.unwrap();
    let is_stale =
        |request: &&wiremock::Request| request.headers["authorization"] == "Bearer stale";
    assert_eq!(sent.iter().filter(is_stale).count(), 2);
}

#[tokio::test]
async fn when_the_kept_one_is_refused_the_first_kind_is_asked_at_once() {
    let server = MockServer::start().await;
    let token = Counted::new("token");
    let preference = Arc::new(Preference::default());
    let http = client(&server, Arc::new(both(&token, "kept", "john", &preference)));
    refuses_others(&server).await;
    Mock::given(header("authorization", "Bearer kept"))
        .respond_with(ResponseTemplate::new(204))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    assert_eq!(ask(&http).await.unwrap(), 204);
    // The password was changed there, and tokens are taken now.
    accepts(&server, "token2", 1).await;
    accepts(&server, "token3", 1).await;
    assert_eq!(ask(&http).await.unwrap(), 204);
    assert_eq!(ask(&http).await.unwrap(), 204);
}

#[tokio::test]
async fn the_same_header_is_not_sent_twice_for_one_request() {
    struct Same;
    impl CredentialSource for Same {
        fn credentials(&self) -> BoxFuture<'_, Result<Auth, SourceError>> {
            async { Ok(Auth::bearer("same".into())) }.boxed()
        }
    }
    let server = MockServer::start().await;
    refuses_others(&server).await;
    let http = client(&server, Arc::new(Same));
    assert_eq!(ask(&http).await.unwrap(), 401);
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
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
    let token = Counted::new("token");
    let http = client(
        &server,
        Arc::new(both(&token, "kept", "john", &Arc::default())),
    );
    refuses_others(&server).await;
    accepts_any_body(&server, "kept", 2).await;
    for _ in 0..2 {
        let request = http.request("op", Method::GET, &["x"]);
        let answer = request.send_streaming().await.unwrap();
        assert_eq!(answer.status(), 200);
        let pieces: Vec<Bytes> = answer.into_stream().try_collect().await.unwrap();
        assert_eq!(pieces.concat(), b"all of it");
    }
    assert_eq!(token.asked(), 1);
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
