use std::time::Duration;

use bheem_domain::{Clock, SessionId, SystemClock, TenantId};
use bheem_oidc_provider::{LogoutParams, TellClient};
use bheem_persistence::repo::{ClientChange, ClientSettings};
use bheem_saga::{Registry, RunState, Store, Worker, WorkerConfig};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

use crate::support::{App, Bed, PATIENCE, Person, leads_to};

/// The whole installation is on this machine, and may tell clients that are, too.
const LOCAL: &str = "http://localhost:8080";

async fn client_at(bed: &Bed, uri: &str) -> App {
    bed.client_with(ClientSettings {
        backchannel_logout_uri: Some(uri.to_owned()),
        ..Bed::settings("App")
    })
    .await
}

/// A session that has signed in to the client, and has ended.
async fn ended(bed: &Bed, app: &App, ada: &Person) -> SessionId {
    let mut browser = bed.signed_in(ada).await;
    let session = bed.identity.sessions(ada.id).await.unwrap().remove(0).id;
    let now = bed.clock.now();
    let mut read = bed.read().await;
    read.session_clients()
        .insert(session, &app.id, ada.id, now)
        .await
        .unwrap();
    let account = browser.get("/account").await;
    leads_to(&browser.submit(&account, &[]).await, "/signed-out");
    session
}

/// Works until the condition holds.
async fn working(bed: &Bed, mut holds: impl AsyncFnMut() -> bool) {
    let mut registry = Registry::new();
    bed.provider.register_sagas(&mut registry).unwrap();
    let config = WorkerConfig {
        poll: Duration::from_millis(50),
        ..WorkerConfig::default()
    };
    let store = Store::new(bed.database.saga_pool());
    let worker = Worker::new(store, registry, config, &SystemClock);
    let waiting = async {
        while !holds().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = worker.run(CancellationToken::new()) => panic!("the worker ended"),
        done = tokio::time::timeout(PATIENCE, waiting) => done.expect("it never came true"),
    }
}

async fn requests(server: &MockServer) -> Vec<wiremock::Request> {
    server.received_requests().await.unwrap()
}

/// The claims of the logout token in a request, checked against our keys.
fn claims(bed: &Bed, request: &wiremock::Request) -> (Value, Value) {
    let form: Vec<(String, String)> = form_urlencoded::parse(&request.body).into_owned().collect();
    assert_eq!(form.len(), 1);
    assert_eq!(form[0].0, "logout_token");
    let header = jsonwebtoken::decode_header(&form[0].1).unwrap();
    let key = bed
        .identity
        .keys()
        .find(header.kid.as_deref().unwrap())
        .unwrap();
    let mut validation = jsonwebtoken::Validation::new(key.algorithm.jose());
    validation.validate_aud = false;
    let token = jsonwebtoken::decode::<Value>(&form[0].1, key.decoding(), &validation).unwrap();
    (serde_json::to_value(header).unwrap(), token.claims)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_hears_that_a_session_has_ended_once() {
    let bed = Bed::at(LOCAL).await;
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&server)
        .await;
    let app = client_at(&bed, &format!("{}/logout?tenant=1", server.uri())).await;
    let ada = bed.person("ada").await;
    let session = ended(&bed, &app, &ada).await;
    assert_eq!(bed.provider.enqueue_logouts().await.unwrap(), 1);
    assert_eq!(bed.provider.enqueue_logouts().await.unwrap(), 0);
    working(&bed, async || !requests(&server).await.is_empty()).await;
    let sent = requests(&server).await;
    assert_eq!(sent.len(), 1);
    assert_eq!(
        (sent[0].url.path(), sent[0].url.query()),
        ("/logout", Some("tenant=1"))
    );
    let (header, claims) = claims(&bed, &sent[0]);
    assert_eq!(header["typ"], "logout+jwt");
    assert_eq!(claims["iss"], LOCAL);
    assert_eq!(claims["aud"], app.id);
    assert_eq!(claims["sub"], ada.id.to_string());
    assert_eq!(claims["sid"], session.to_string());
    assert!(claims["events"]["http://schemas.openid.net/event/backchannel-logout"].is_object());
    let life = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert!((1..=120).contains(&life));
    assert!(claims["jti"].is_string());
    assert!(claims.get("nonce").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_away_is_told_again() {
    let bed = Bed::at(LOCAL).await;
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(503))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    // A redirect is not followed, and is no success.
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(302).insert_header("location", "/elsewhere"))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(204))
        .mount(&server)
        .await;
    let app = client_at(&bed, &format!("{}/logout", server.uri())).await;
    let ada = bed.person("ada").await;
    ended(&bed, &app, &ada).await;
    bed.provider.enqueue_logouts().await.unwrap();
    working(&bed, async || requests(&server).await.len() == 3).await;
    let sent = requests(&server).await;
    assert!(sent.iter().all(|request| request.url.path() == "/logout"));
    let first = claims(&bed, &sent[0]).1;
    let last = claims(&bed, &sent[2]).1;
    assert_ne!(first["jti"], last["jti"]);
}

/// How the run that told the client has ended.
async fn outcome(bed: &Bed, app: &App, ada: &Person, session: SessionId) -> (RunState, String) {
    let mut registry = Registry::new();
    bed.provider.register_sagas(&mut registry).unwrap();
    let params = LogoutParams {
        session_id: session,
        account_id: ada.id,
        client_id: app.id.clone(),
    };
    let subject = format!("logout:{session}:{}", app.id);
    let run = registry.new_run::<TellClient>(TellClient::TENANT, &subject, &subject, &params);
    let lane: TenantId = TellClient::TENANT.into();
    // Enqueued a second time, it is the first one.
    let mut read = bed.read().await;
    let enqueued = read.runs_of(lane).enqueue(&run.unwrap()).await.unwrap();
    assert!(enqueued.existed);
    drop(read);
    let mut found = None;
    working(bed, async || {
        let mut read = bed.read().await;
        let view = read.runs_of(lane).find(enqueued.run_id.into()).await;
        let view = view.unwrap().unwrap();
        if view.is_terminal() {
            let code = view.error.map(|error| error.code).unwrap_or_default();
            found = Some((view.state, code));
        }
        found.is_some()
    })
    .await;
    found.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_refuses_is_not_asked_again() {
    let bed = Bed::at(LOCAL).await;
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(400))
        .expect(1)
        .mount(&server)
        .await;
    let app = client_at(&bed, &format!("{}/logout", server.uri())).await;
    let ada = bed.person("ada").await;
    let session = ended(&bed, &app, &ada).await;
    bed.provider.enqueue_logouts().await.unwrap();
    let (state, code) = outcome(&bed, &app, &ada, session).await;
    assert_eq!((state, code.as_str()), (RunState::Undone, "logout_refused"));
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_of_inner_networks_are_not_visited() {
    let server = MockServer::start().await;
    let port = server.address().port();
    let bed = Bed::new().await;
    let ada = bed.person("ada").await;
    for (uri, expected) in [
        (
            format!("https://127.0.0.1:{port}/x"),
            "logout_address_private",
        ),
        (
            format!("https://[::ffff:127.0.0.1]:{port}/x"),
            "logout_address_private",
        ),
        (
            "https://169.254.169.254/latest/meta-data".to_owned(),
            "logout_address_private",
        ),
        (format!("http://127.0.0.1:{port}/x"), "logout_address"),
    ] {
        let app = client_at(&bed, "https://app.example/logout").await;
        // What registration would not take, should it be there all the same.
        let mut read = bed.read().await;
        let record = read.clients().find(&app.id).await.unwrap().unwrap();
        let change = ClientChange {
            version: record.version,
            settings: ClientSettings {
                backchannel_logout_uri: Some(uri.clone()),
                ..record.settings
            },
        };
        let now = bed.clock.now();
        read.clients().update(&app.id, &change, now).await.unwrap();
        drop(read);
        let session = ended(&bed, &app, &ada).await;
        bed.provider.enqueue_logouts().await.unwrap();
        let (state, code) = outcome(&bed, &app, &ada, session).await;
        assert_eq!(
            (state, code.as_str()),
            (RunState::Undone, expected),
            "{uri}"
        );
    }
    assert!(requests(&server).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn several_replicas_begin_one_run() {
    let bed = Bed::at(LOCAL).await;
    let app = client_at(&bed, "http://localhost:1/logout").await;
    let ada = bed.person("ada").await;
    ended(&bed, &app, &ada).await;
    let replicas = (0..4).map(|_| bed.provider.enqueue_logouts());
    let begun = futures::future::join_all(replicas).await;
    let begun: usize = begun.into_iter().map(Result::unwrap).sum();
    assert_eq!(begun, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_sees_that_a_session_has_ended() {
    let bed = Bed::at(LOCAL).await;
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&server)
        .await;
    let app = client_at(&bed, &format!("{}/logout", server.uri())).await;
    let ada = bed.person("ada").await;
    ended(&bed, &app, &ada).await;
    tokio::select! {
        () = bed.provider.watch_logouts() => panic!("nobody watches"),
        () = working(&bed, async || requests(&server).await.len() == 1) => {}
    }
}
