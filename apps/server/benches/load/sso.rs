//! The OpenID Connect provider: tokens, what they say, and whole sign-ins of people who are signed in already.

use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    CONNECTIONS, SECONDS,
    api::{PASSWORD, Session},
    http::{Connection, Figures, Request, gather, run},
    process::Program,
};

const CALLBACK: &str = "https://rp.example/callback";
const VERIFIER: &str = "a-code-verifier-that-is-as-long-as-it-has-to-be-43";
const TOKEN: &str = "/api/v1/sso/token";

/// A relying party, and how it proves who it is.
#[derive(Clone)]
struct Party {
    id: String,
    basic: String,
}

impl Party {
    async fn make(admin: &Session, more: Value) -> Self {
        let mut body = json!({
            "name": "Bench", "redirect_uris": [CALLBACK], "is_first_party": true,
        });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let made = admin.post("/api/v1/admin/oidc/clients", &body).await;
        let (id, secret) = (
            made["client_id"].as_str().unwrap(),
            made["client_secret"].as_str().unwrap(),
        );
        let basic = STANDARD.encode(format!("{id}:{secret}"));
        Self {
            id: id.to_owned(),
            basic: format!("Authorization: Basic {basic}\r\n"),
        }
    }

    fn form(&self, path: &str, body: &str) -> Request {
        Request::form(path, &self.basic, body)
    }

    fn authorize(&self, cookies: &str) -> Request {
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()));
        let callback: String = form_urlencoded::byte_serialize(CALLBACK.as_bytes()).collect();
        let path = format!(
            "/api/v1/sso/authorize?response_type=code&client_id={}&redirect_uri={callback}&scope=openid+profile+email\
             &state=s&nonce=n&code_challenge={challenge}&code_challenge_method=S256",
            self.id
        );
        Request::get_with(&path, &format!("Cookie: {cookies}\r\n"))
    }

    /// A whole flow of somebody who is signed in: the code, then its tokens.
    async fn flow(&self, connection: &mut Connection, cookies: &str) -> Value {
        let (status, body) = connection.send(&self.authorize(cookies)).await;
        assert_eq!(status, 303, "{}", String::from_utf8_lossy(body));
        let location = connection.header("location").unwrap();
        let (_, query) = location.split_once('?').unwrap();
        let code = form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == "code")
            .unwrap_or_else(|| panic!("no code: {location}"))
            .1
            .into_owned();
        let callback: String = form_urlencoded::byte_serialize(CALLBACK.as_bytes()).collect();
        let body = format!(
            "grant_type=authorization_code&code={code}&redirect_uri={callback}&code_verifier={VERIFIER}"
        );
        let (status, body) = connection.send(&self.form(TOKEN, &body)).await;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(body));
        serde_json::from_slice(body).unwrap()
    }
}

/// Signs somebody in on the pages, and answers the cookies.
async fn cookies(program: &Program, name: &str) -> String {
    let mut connection = Connection::open(program.address()).await;
    let (status, body) = connection.send(&Request::get_with("/login", "")).await;
    assert_eq!(status, 200);
    let page = String::from_utf8_lossy(body).into_owned();
    let csrf = page.split_once("name=\"csrf\" value=\"").unwrap().1;
    let csrf = csrf.split_once('"').unwrap().0;
    let cookie = |line: &str| line.split_once(';').unwrap().0.to_owned();
    let browser = cookie(connection.header("set-cookie").unwrap());
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("csrf", csrf)
        .append_pair("username", name)
        .append_pair("password", PASSWORD)
        .finish();
    let lines = format!("Cookie: {browser}\r\n");
    let (status, body) = connection
        .send(&Request::form("/login", &lines, &body))
        .await;
    assert_eq!(status, 303, "{}", String::from_utf8_lossy(body));
    let session = connection.cookie("__Host-bheem-session").unwrap();
    format!("{browser}; {session}")
}

/// Prints figures with the time on processors that the server took for each request.
async fn with_cpu(program: &Program, measured: impl Future<Output = Figures>) {
    let before = program.cpu_seconds();
    let figures = measured.await;
    let cpu = (program.cpu_seconds() - before) * 1e6 / figures.count() as f64;
    figures.print();
    println!(
        "{:<36} {cpu:>8.0} us of processor a request, PostgreSQL not counted",
        ""
    );
}

pub(crate) async fn measure(program: &Program, admin: &Session) {
    let address = program.address();
    let simple = |name, requests: Vec<Request>| {
        with_cpu(program, async move {
            run(name, address, CONNECTIONS, SECONDS, &requests).await
        })
    };
    let discovery = Request::get("/.well-known/openid-configuration", None);
    simple("GET openid-configuration", vec![discovery]).await;
    simple("GET jwks", vec![Request::get("/api/v1/sso/jwks", None)]).await;

    let service = Party::make(
        admin,
        json!({"grant_types": ["client_credentials"], "redirect_uris": [], "scopes": []}),
    )
    .await;
    let request = service.form(TOKEN, "grant_type=client_credentials");
    simple("token: client_credentials, ES256", vec![request]).await;

    let party = Party::make(admin, json!({})).await;
    Session::person(program, "signing-in").await;
    let cookies = cookies(program, "signing-in").await;
    let mut connection = Connection::open(address).await;
    let tokens = party.flow(&mut connection, &cookies).await;
    let access = tokens["access_token"].as_str().unwrap();
    let asked = party.form("/api/v1/sso/introspect", &format!("token={access}"));
    simple("introspect", vec![asked]).await;
    simple(
        "userinfo",
        vec![Request::get("/api/v1/sso/userinfo", Some(access))],
    )
    .await;

    // The connection before has been idle for too long.
    let mut connection = Connection::open(address).await;
    let mut refresh = Vec::new();
    for _ in 0..CONNECTIONS {
        let tokens = party.flow(&mut connection, &cookies).await;
        refresh.push(tokens["refresh_token"].as_str().unwrap().to_owned());
    }
    with_cpu(program, refreshes(address, &party, refresh)).await;
    with_cpu(program, flows(address, &party, &cookies)).await;
}

/// Each connection refreshes its own grant, again and again.
async fn refreshes(address: std::net::SocketAddr, party: &Party, tokens: Vec<String>) -> Figures {
    let mut tasks = JoinSet::new();
    let started = Instant::now();
    let end = started + Duration::from_secs(SECONDS);
    for mut token in tokens {
        let party = party.clone();
        tasks.spawn(async move {
            let mut connection = Connection::open(address).await;
            let mut latencies = Vec::new();
            while Instant::now() < end {
                let body = format!("grant_type=refresh_token&refresh_token={token}");
                let request = party.form(TOKEN, &body);
                let sent = Instant::now();
                let (status, body) = connection.send(&request).await;
                latencies.push(sent.elapsed());
                assert_eq!(status, 200, "{}", String::from_utf8_lossy(body));
                let body: Value = serde_json::from_slice(body).unwrap();
                body["refresh_token"]
                    .as_str()
                    .unwrap()
                    .clone_into(&mut token);
            }
            latencies
        });
    }
    gather("token: refresh, durable rotation", tasks, started).await
}

/// Whole flows, each two requests, of somebody who is signed in.
async fn flows(address: std::net::SocketAddr, party: &Party, cookies: &str) -> Figures {
    let mut tasks = JoinSet::new();
    let started = Instant::now();
    let end = started + Duration::from_secs(SECONDS);
    for _ in 0..CONNECTIONS {
        let (party, cookies) = (party.clone(), cookies.to_owned());
        tasks.spawn(async move {
            let mut connection = Connection::open(address).await;
            let mut latencies = Vec::new();
            while Instant::now() < end {
                let sent = Instant::now();
                party.flow(&mut connection, &cookies).await;
                latencies.push(sent.elapsed());
            }
            latencies
        });
    }
    gather("whole code flow with a session", tasks, started).await
}
