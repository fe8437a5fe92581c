//! A whole server for a test: its own database, its own stand-ins, real sockets.

#![expect(dead_code, reason = "each test file uses the part of it that it needs")]

pub(crate) mod browser;
pub(crate) mod contract;
pub(crate) mod flow;
pub(crate) mod relay;
pub(crate) mod sign_in;
pub(crate) mod tools;

use std::{net::TcpListener, time::Duration};

use bheem_http_kit::{Auth, ClientBuilder, HttpClient, Method, Response};
use bheem_sandbox::{PublishedRecord, Sandbox};
use bheem_server::{server::Running, settings::Settings};
use bheem_testkit::TestDatabase;
use bheem_vault::MasterKey;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

/// A password that is good enough.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// Waits for the work at the peers also where many tests share a slow machine.
const PATIENT: &[(&str, &str)] = &[("prefer", "wait=45")];

/// A running server.
pub(crate) struct TestApp {
    pub(crate) base_url: String,
    pub(crate) sandbox: Sandbox,
    pub(crate) running: Running,
    pub(crate) database: TestDatabase,
    pub(crate) settings: Settings,
}

/// Somebody who is signed in.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) username: String,
    pub(crate) token: String,
    pub(crate) refresh_token: String,
    pub(crate) id: String,
    http: HttpClient,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The body; null when it is no JSON.
    pub(crate) body: Value,
    /// The body as it came.
    pub(crate) raw: String,
    pub(crate) headers: bheem_http_kit::HeaderMap,
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// A server with other settings.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        let listener = listen(0);
        Self::start_on(listener, change).await
    }

    async fn start_on(listener: TcpListener, change: impl FnOnce(&mut Settings)) -> Self {
        let database = TestDatabase::create().await.unwrap();
        let sandbox = Sandbox::in_memory().await.unwrap();
        let mut settings = settings(&sandbox, database.url());
        change(&mut settings);
        let running = bheem_server::server::start_on(listener, &settings)
            .await
            .unwrap();
        Self {
            base_url: format!("http://{}", running.address),
            sandbox,
            running,
            database,
            settings,
        }
    }

    /// A server whose issuer is where it really is, as relying parties want it. The port is none of those that
    /// connections go out from, so that the program may be started on it again.
    pub(crate) async fn at_localhost(change: impl FnOnce(&mut Settings)) -> Self {
        let listener = listen(bheem_local_servers::free_port().unwrap());
        let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let address = listener.local_addr().unwrap();
        let mut app = Self::start_on(listener, |settings| {
            settings.http.listen = address;
            settings.http.public_url.clone_from(&url);
            change(settings);
        })
        .await;
        app.base_url = url;
        app
    }

    /// Makes a relying party; answers it with its secret.
    pub(crate) async fn client(admin: &Person, body: &Value) -> Value {
        let answer = admin.post("/admin/oidc/clients", body).await;
        assert_eq!(answer.status, 201, "{:?}", answer.body);
        answer.body
    }

    /// A second server on the same database and stand-ins.
    pub(crate) async fn replica(&self) -> Running {
        bheem_server::server::start(&self.settings).await.unwrap()
    }

    /// Sends a request without a token.
    pub(crate) async fn send(&self, method: Method, path: &str, body: &Value) -> Answer {
        send(&client(&self.base_url, Auth::None), method, path, &[], body).await
    }

    /// Registers somebody and signs them in.
    pub(crate) async fn person(&self, username: &str) -> Person {
        let body = json!({"username": username, "password": PASSWORD});
        let answer = self.send(Method::POST, "/auth/register", &body).await;
        assert_eq!(answer.status, 201, "{:?}", answer.body);
        self.sign_in(username, PASSWORD).await
    }

    /// Signs somebody in.
    pub(crate) async fn sign_in(&self, username: &str, password: &str) -> Person {
        self.sign_in_with(username, password, None).await
    }

    /// Signs somebody in, with a second factor if they have one.
    pub(crate) async fn sign_in_with(
        &self,
        username: &str,
        password: &str,
        otp: Option<&str>,
    ) -> Person {
        let body = json!({"username": username, "password": password, "otp": otp});
        let answer = self.send(Method::POST, "/auth/login", &body).await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        let token = answer.text("access_token");
        Person {
            username: username.to_owned(),
            http: client(&self.base_url, Auth::bearer(token.as_str().into())),
            refresh_token: answer.text("refresh_token"),
            id: answer.body["user"]["id"].as_str().unwrap().to_owned(),
            token,
        }
    }

    /// A platform administrator.
    pub(crate) async fn super_admin(&self) -> Person {
        let email = "root@workspace.test".parse_email();
        let identity = self.running.app().services.identity();
        identity
            .create_super_admin(&email, PASSWORD.into())
            .await
            .unwrap();
        self.sign_in("root@workspace.test", PASSWORD).await
    }

    /// Somebody's new tenant; answers its slug.
    pub(crate) async fn tenant(&self, owner: &Person, name: &str) -> String {
        let answer = owner.post("/tenants", &json!({"name": name})).await;
        assert_eq!(answer.status, 201, "{:?}", answer.body);
        answer.text("slug")
    }

    /// Claims a domain for a tenant and proves it; answers its id.
    pub(crate) async fn proven_domain(&self, owner: &Person, slug: &str, domain: &str) -> String {
        let path = format!("/admin/tenants/{slug}/domains");
        let added = owner.post(&path, &json!({"domain": domain})).await;
        assert_eq!(added.status, 201, "{:?}", added.body);
        self.publish(&added.body);
        let id = added.text("id");
        let verified = owner.post(&format!("{path}/{id}/verify"), &json!({})).await;
        assert_eq!(verified.status, 200, "{:?}", verified.body);
        let has_mail = !self.settings.mailcow.url.is_empty();
        assert_eq!(
            verified.body["mail_enabled"], has_mail,
            "{:?}",
            verified.body
        );
        id
    }

    /// Publishes the records that a domain is expected to carry.
    pub(crate) fn publish(&self, domain: &Value) {
        let records: Vec<_> = domain["dns_records"]
            .as_array()
            .unwrap()
            .iter()
            .map(|record| {
                let (name, value) = (
                    record["name"].as_str().unwrap(),
                    record["value"].as_str().unwrap(),
                );
                match record["type"].as_str().unwrap() {
                    "MX" => PublishedRecord::mx(
                        name,
                        u16::try_from(record["priority"].as_u64().unwrap()).unwrap(),
                        value,
                    ),
                    kind => PublishedRecord::new(name, kind, value),
                }
            })
            .collect();
        self.sandbox.dns.publish(&records).unwrap();
    }

    /// Sends a request with headers and without a token.
    pub(crate) async fn send_with(
        &self,
        method: Method,
        path: &str,
        headers: &[(&'static str, &str)],
        body: &Value,
    ) -> Answer {
        send(
            &client(&self.base_url, Auth::None),
            method,
            path,
            headers,
            body,
        )
        .await
    }

    /// Somebody adds a person, who follows the link in the mail and signs in.
    pub(crate) async fn invited(&self, admin: &Person, slug: &str, body: Value) -> Person {
        let added = admin
            .post(&format!("/admin/tenants/{slug}/users"), &body)
            .await;
        assert_eq!(added.status, 201, "{:?}", added.body);
        let email = added.text("email");
        let messages = self.messages_to(&email);
        let token = Self::link_token(messages.last().expect("an invitation"));
        let set = json!({"token": token, "password": PASSWORD});
        let answer = self.send(Method::POST, "/auth/set-password", &set).await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        self.sign_in(&email, PASSWORD).await
    }

    /// Messages that Notify holds, to this address.
    pub(crate) fn messages_to(&self, address: &str) -> Vec<Value> {
        let state = self.sandbox.notify.state();
        state["messages"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|message| message["body"]["to"] == address || message["to"] == address)
            .cloned()
            .collect()
    }

    /// The token of the one link in a message.
    pub(crate) fn link_token(message: &Value) -> String {
        let text = message.to_string();
        let (_, rest) = text.split_once("#token=").expect("a link with a token");
        rest.chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_')
            .collect()
    }
}

trait ParseEmail {
    fn parse_email(&self) -> bheem_domain::EmailAddress;
}

impl ParseEmail for str {
    fn parse_email(&self) -> bheem_domain::EmailAddress {
        bheem_domain::EmailAddress::parse(self).unwrap()
    }
}

impl Person {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(&self.http, Method::GET, path, &[], &Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        send(&self.http, Method::POST, path, PATIENT, body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        send(&self.http, Method::PATCH, path, PATIENT, body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        send(&self.http, Method::DELETE, path, PATIENT, &Value::Null).await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&'static str, &str)],
        body: &Value,
    ) -> Answer {
        send(&self.http, method, path, headers, body).await
    }

    /// The same person with another access token.
    pub(crate) fn with_token(&self, app: &TestApp, token: &str) -> Self {
        Self {
            token: token.to_owned(),
            http: client(&app.base_url, Auth::bearer(token.into())),
            ..self.clone()
        }
    }

    /// The same person at another replica.
    pub(crate) fn at(&self, base_url: &str) -> Self {
        Self {
            http: client(base_url, Auth::bearer(self.token.as_str().into())),
            ..self.clone()
        }
    }
}

impl Answer {
    /// A field that must be a text.
    pub(crate) fn text(&self, name: &str) -> String {
        self.body[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name} in {:?}", self.body))
            .to_owned()
    }

    /// Checks status and the stable code of a problem.
    pub(crate) fn is_problem(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{:?}", self.body);
        assert_eq!(self.body["code"], code, "{:?}", self.body);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert!(!self.body["trace_id"].as_str().unwrap().is_empty());
    }
}

fn listen(port: u16) -> TcpListener {
    bheem_server::server::listen(([127, 0, 0, 1], port).into()).unwrap()
}

/// Waits until something holds; fails after a while, for a test that would hang.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..2_400 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never: {what}");
}

pub(crate) fn client(base_url: &str, auth: Auth) -> HttpClient {
    ClientBuilder::new("bheem-workspace", base_url, auth, |http| http)
        .timeout(Duration::from_mins(1))
        .build()
        .unwrap()
}

/// Sends a request below the API's prefix, or at a root path that begins with `//`.
pub(crate) async fn send(
    http: &HttpClient,
    method: Method,
    path: &str,
    headers: &[(&'static str, &str)],
    body: &Value,
) -> Answer {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let full = match path.strip_prefix("//") {
        Some(root) => root.to_owned(),
        None => format!("api/v1{path}"),
    };
    let segments: Vec<&str> = full.split('/').filter(|part| !part.is_empty()).collect();
    let mut request = http.request("test", method.clone(), &segments);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap();
        request = request.query(name, value);
    }
    for (name, value) in headers {
        request = request.header(bheem_http_kit::HeaderName::from_static(name), value);
    }
    if !body.is_null() {
        request = request.json(body);
    }
    let response: Response = request.send().await.unwrap();
    let answer = Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        raw: String::from_utf8_lossy(response.body()).into_owned(),
        body: serde_json::from_slice(response.body()).unwrap_or(Value::Null),
    };
    contract::check(&method, &format!("/{full}"), &answer);
    answer
}

fn settings(sandbox: &Sandbox, database_url: &str) -> Settings {
    let mut settings = Settings::default();
    let key = MasterKey::generate("test").unwrap().to_text().to_string();
    settings.database.url = database_url.into();
    settings.database.max_connections = 8;
    settings.vault.keys = vec![key.as_str().into()];
    settings.http.listen = "127.0.0.1:0".parse().unwrap();
    settings.http.public_url = "http://workspace.test".to_owned();
    settings.http.workers = 1;
    // All of a test comes from one address.
    settings.auth.registrations_per_network = 100_000;
    settings.mail.mx_host = "mail.workspace.test".to_owned();
    settings.mail.spf_include = "spf.workspace.test".to_owned();
    settings.dns.servers = vec![sandbox.dns.address];
    settings.mailcow.url.clone_from(&sandbox.mailcow.base_url);
    settings.mailcow.api_key = sandbox.mailcow.credential("api_key").into();
    settings
        .nextcloud
        .url
        .clone_from(&sandbox.nextcloud.base_url);
    settings.nextcloud.admin_user = sandbox.nextcloud.credential("admin_user").to_owned();
    settings.nextcloud.admin_password = sandbox.nextcloud.credential("admin_password").into();
    settings.notify.url.clone_from(&sandbox.notify.base_url);
    settings.notify.api_key = sandbox.notify.credential("api_key").into();
    assert!(
        settings
            .database
            .url
            .get()
            .expose_secret()
            .contains("postgres")
    );
    settings
}
