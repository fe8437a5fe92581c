//! What has to be there before something can be measured.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    http::{Connection, Request},
    process::Program,
};

/// Good enough, and of no use anywhere else.
pub(crate) const PASSWORD: &str = "a bench is no place to sit";

/// Somebody who is signed in.
pub(crate) struct Session {
    pub(crate) token: String,
    pub(crate) refresh_token: String,
    address: SocketAddr,
    credentials: String,
}

impl Session {
    pub(crate) async fn admin(program: &Program) -> Self {
        let admin = &program.description["admin"];
        let credentials = json!({"username": admin["email"], "password": admin["password"]});
        Self::sign_in(program.address(), credentials.to_string()).await
    }

    /// Somebody who registers.
    pub(crate) async fn person(program: &Program, name: &str) -> Self {
        let credentials = json!({"username": name, "password": PASSWORD}).to_string();
        let request = Request::post("/api/v1/auth/register", None, &credentials);
        let mut connection = Connection::open(program.address()).await;
        assert_eq!(connection.send(&request).await.0, 201);
        Self::sign_in(program.address(), credentials).await
    }

    /// The same person once more, in a session of its own.
    pub(crate) async fn again(&self) -> Self {
        Self::sign_in(self.address, self.credentials.clone()).await
    }

    async fn sign_in(address: SocketAddr, credentials: String) -> Self {
        let request = Request::post("/api/v1/auth/login", None, &credentials);
        let mut connection = Connection::open(address).await;
        let (status, body) = connection.send(&request).await;
        assert_eq!(status, 200);
        let body: Value = serde_json::from_slice(body).unwrap();
        Self {
            token: body["access_token"].as_str().unwrap().to_owned(),
            refresh_token: body["refresh_token"].as_str().unwrap().to_owned(),
            address,
            credentials,
        }
    }

    pub(crate) fn login_request(&self) -> Request {
        Request::post("/api/v1/auth/login", None, &self.credentials)
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        let request = Request::post(path, Some(&self.token), &body.to_string());
        let mut connection = Connection::open(self.address).await;
        let (status, body) = connection.send(&request).await;
        assert!(
            status < 300,
            "{path}: {status} {}",
            String::from_utf8_lossy(body)
        );
        serde_json::from_slice(body).unwrap_or_default()
    }

    pub(crate) async fn make_tenants(&self, count: usize) {
        let mut tasks = JoinSet::new();
        for worker in 0..16 {
            let (address, token) = (self.address, self.token.clone());
            tasks.spawn(async move {
                let mut connection = Connection::open(address).await;
                for number in (worker..count).step_by(16) {
                    let body = json!({"name": format!("Tenant {number}"), "slug": format!("tenant-{number}")});
                    let request = Request::post("/api/v1/tenants", Some(&token), &body.to_string());
                    let (status, body) = connection.send(&request).await;
                    assert_eq!(status, 201, "{}", String::from_utf8_lossy(body));
                }
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
    }
}

/// Adds people to a tenant with a proven domain, with stand-ins that take 20 ms for each answer.
pub(crate) async fn provision_people(program: &Program, count: usize) -> Duration {
    let admin = Session::admin(program).await;
    admin
        .post("/api/v1/tenants", &json!({"name": "Acme"}))
        .await;
    let mut connection = Connection::open(program.address()).await;
    let plan = json!({"plan": "enterprise"}).to_string();
    let patch = patch("/api/v1/admin/tenants/acme", &admin.token, &plan);
    assert_eq!(connection.send(&patch).await.0, 200);
    let domain = admin
        .post("/api/v1/domains", &json!({"domain": "acme.test"}))
        .await;
    control(program, "dns", "PUT", "records", &domain["dns_records"]).await;
    let verify = format!("/api/v1/domains/{}/verify", domain["id"].as_str().unwrap());
    let verified = admin.post(&verify, &json!({})).await;
    assert_eq!(verified["mail_enabled"], true);
    for peer in ["mailcow", "nextcloud", "notify"] {
        let delay = json!({"method": null, "path_prefix": "/", "action": "delay", "times": -1, "delay_ms": 20});
        control(program, peer, "POST", "faults", &delay).await;
    }
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for worker in 0..16 {
        let (address, token) = (program.address(), admin.token.clone());
        tasks.spawn(async move {
            let mut connection = Connection::open(address).await;
            for number in (worker..count).step_by(16) {
                let body =
                    json!({"username": format!("p{number}"), "name": format!("Person {number}")});
                let request = Request::post(
                    "/api/v1/admin/tenants/acme/users",
                    Some(&token),
                    &body.to_string(),
                );
                let (status, body) = connection.send(&request).await;
                assert!(status < 300, "{}", String::from_utf8_lossy(body));
                let person: Value = serde_json::from_slice(body).unwrap();
                // One that is still at work is waited for, so that the last one ends the measurement.
                let operation = format!(
                    "/api/v1/operations/{}",
                    person["operation"]["id"].as_str().unwrap()
                );
                let request = Request::get(&operation, Some(&token));
                loop {
                    let (_, body) = connection.send(&request).await;
                    let operation: Value = serde_json::from_slice(body).unwrap();
                    if operation["status"] == "success" {
                        break;
                    }
                    assert_eq!(operation["status"], "running", "{operation}");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    started.elapsed()
}

async fn control(program: &Program, peer: &str, method: &str, what: &str, body: &Value) {
    let url = program.description["peers"][peer]["control_url"]
        .as_str()
        .unwrap();
    let address = url.strip_prefix("http://").unwrap().parse().unwrap();
    let path = format!("/__sandbox/{what}");
    let request = with_method(method, &path, None, &body.to_string());
    let (status, answer) = {
        let mut connection = Connection::open(address).await;
        let (status, body) = connection.send(&request).await;
        (status, String::from_utf8_lossy(body).into_owned())
    };
    assert!(status < 300, "{path}: {status} {answer}");
}

fn patch(path: &str, token: &str, body: &str) -> Request {
    with_method("PATCH", path, Some(token), body)
}

fn with_method(method: &str, path: &str, token: Option<&str>, body: &str) -> Request {
    Request::post(path, token, body).method(method)
}
