//! Killed at any moment and started again, the main job is done once.
#![cfg(test)]

mod support;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use bheem_http_kit::{Auth, HttpClient, Method};
use serde_json::{Value, json};
use support::{PASSWORD, client};

const PEOPLE: usize = 100;
const KILLS: usize = 200;
/// Random moments lie within this time after a start: before it listens, and while it works.
const LONGEST_LIFE: Duration = Duration::from_millis(1_600);

struct Sandbox {
    directory: PathBuf,
    child: Child,
}

impl Sandbox {
    fn start(directory: &Path) -> Self {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(directory.join("log"))
            .unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_bheem-workspace"))
            .args([
                "sandbox",
                "--no-mail",
                "--listen",
                "127.0.0.1:0",
                "--data-dir",
            ])
            .arg(directory)
            .env_remove("DATABASE_URL")
            // A dead worker's runs are taken over soon, so that there is work in every life.
            .env("BHEEM__SAGA__LEASE_SECONDS", "2")
            .env("BHEEM__SAGA__SLOTS_PER_TENANT", "10")
            .env("RUST_LOG", "info")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Self {
            directory: directory.to_owned(),
            child,
        }
    }

    /// What this very process says about itself, if it has come so far.
    fn description(&self) -> Option<Value> {
        let text = std::fs::read(self.directory.join("sandbox.json")).ok()?;
        let description: Value = serde_json::from_slice(&text).ok()?;
        (description["pid"] == self.child.id()).then_some(description)
    }

    async fn ready(&mut self) -> Value {
        for _ in 0..1_500 {
            if let Some(description) = self.description() {
                return description;
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                let log = std::fs::read_to_string(self.directory.join("log")).unwrap();
                let end = log.lines().rev().take(10).collect::<Vec<_>>();
                panic!("it ended with {status}, the latest line first: {end:#?}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("it does not start");
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// One request; `None` when the server dies before it answers.
async fn ask(
    http: &HttpClient,
    method: Method,
    path: &str,
    key: Option<&str>,
    body: &Value,
) -> Option<(u16, Value)> {
    let full = format!("api/v1{path}");
    let segments: Vec<&str> = full.split('/').collect();
    let mut request = http.request("crash", method, &segments);
    if let Some(key) = key {
        request = request
            .header(
                bheem_http_kit::HeaderName::from_static("idempotency-key"),
                key,
            )
            .header(
                bheem_http_kit::HeaderName::from_static("prefer"),
                "respond-async",
            );
    }
    if !body.is_null() {
        request = request.json(body);
    }
    let response = request.send().await.ok()?;
    let body = serde_json::from_slice(response.body()).unwrap_or_default();
    Some((response.status().as_u16(), body))
}

async fn sign_in(base_url: &str, username: &str, password: &str) -> Option<HttpClient> {
    let anonymous = client(base_url, Auth::None);
    let body = json!({"username": username, "password": password});
    let (status, body) = ask(&anonymous, Method::POST, "/auth/login", None, &body).await?;
    (status == 200).then(|| {
        client(
            base_url,
            Auth::bearer(body["access_token"].as_str().unwrap().into()),
        )
    })
}

/// A tenant with seats for everybody and a proven domain.
async fn prepare(description: &Value) {
    let base_url = description["base_url"].as_str().unwrap();
    let anonymous = client(base_url, Auth::None);
    let owner = json!({"username": "owner", "password": PASSWORD});
    ask(&anonymous, Method::POST, "/auth/register", None, &owner)
        .await
        .unwrap();
    let http = sign_in(base_url, "owner", PASSWORD).await.unwrap();
    let post = |path: String, body: Value| {
        let http = http.clone();
        async move {
            ask(&http, Method::POST, &path, None, &body)
                .await
                .unwrap()
                .1
        }
    };
    post("/tenants".into(), json!({"name": "Acme"})).await;
    let admin = sign_in(
        base_url,
        description["admin"]["email"].as_str().unwrap(),
        description["admin"]["password"].as_str().unwrap(),
    )
    .await
    .unwrap();
    let plan = json!({"plan": "enterprise"});
    let (status, _) = ask(&admin, Method::PATCH, "/admin/tenants/acme", None, &plan)
        .await
        .unwrap();
    assert_eq!(status, 200);
    let domain = post("/domains".into(), json!({"domain": "acme.test"})).await;
    let control = client(
        description["peers"]["dns"]["control_url"].as_str().unwrap(),
        Auth::None,
    );
    let published = control
        .request("publish", Method::PUT, &["__sandbox", "records"])
        .json(&domain["dns_records"])
        .send()
        .await
        .unwrap();
    assert!(published.status().is_success());
    let id = domain["id"].as_str().unwrap();
    let verified = post(format!("/domains/{id}/verify"), json!({})).await;
    assert_eq!(verified["mail_enabled"], true, "{verified}");
}

/// Adds whoever was not yet acknowledged, each under a key of their own.
async fn add(base_url: &str, acknowledged: &mut BTreeSet<usize>, upto: usize) -> Option<()> {
    let http = sign_in(base_url, "owner", PASSWORD).await?;
    for number in 0..upto {
        if acknowledged.contains(&number) {
            continue;
        }
        let body =
            json!({"username": format!("person{number}"), "name": format!("Person {number}")});
        let key = format!("person-{number}");
        let (status, body) = ask(
            &http,
            Method::POST,
            "/admin/tenants/acme/users",
            Some(&key),
            &body,
        )
        .await?;
        // Also after a death between commit and answer the key tells what was done.
        let is_there = matches!(status, 201 | 202);
        let is_held = body["code"] == "idempotency_key_busy";
        assert!(is_there || is_held, "{status} {body}");
        if is_there {
            acknowledged.insert(number);
        }
    }
    Some(())
}

async fn state(description: &Value, peer: &str) -> Value {
    let control = client(
        description["peers"][peer]["control_url"].as_str().unwrap(),
        Auth::None,
    );
    let response = control
        .request("state", Method::GET, &["__sandbox", "state"])
        .send()
        .await
        .unwrap();
    serde_json::from_slice(response.body()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_moments_it_adds_everybody_once() {
    let directory = tempfile::tempdir().unwrap();
    let mut sandbox = Sandbox::start(directory.path());
    prepare(&sandbox.ready().await).await;
    sandbox.kill();

    let mut acknowledged = BTreeSet::new();
    for round in 0..KILLS {
        let sandbox = Sandbox::start(directory.path());
        let life = LONGEST_LIFE.mul_f64(f64::from(random_fraction()));
        let dies_at = Instant::now() + life;
        let upto = PEOPLE.min(round * PEOPLE / (KILLS * 3 / 4) + 1);
        let work = async {
            loop {
                if let Some(description) = sandbox.description() {
                    let base_url = description["base_url"].as_str().unwrap().to_owned();
                    if add(&base_url, &mut acknowledged, upto).await.is_some() {
                        return;
                    }
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let _ = tokio::time::timeout(life, work).await;
        tokio::time::sleep(dies_at.saturating_duration_since(Instant::now())).await;
        sandbox.kill();
    }

    let mut sandbox = Sandbox::start(directory.path());
    let description = sandbox.ready().await;
    let base_url = description["base_url"].as_str().unwrap();
    support::eventually("everybody is acknowledged", async || {
        add(base_url, &mut acknowledged, PEOPLE).await;
        acknowledged.len() == PEOPLE
    })
    .await;
    let owner = sign_in(base_url, "owner", PASSWORD).await.unwrap();
    let mut people = Vec::new();
    support::eventually("everybody has everything", async || {
        people = list(&owner).await;
        people
            .iter()
            .filter(|person| person["provisioning_status"] == "success")
            .count()
            == PEOPLE
    })
    .await;
    everybody_is_there_once(&description, &people).await;
    some_steps_were_interrupted(&owner, &people).await;
    nothing_is_left_leased(directory.path());
    sandbox.kill();
}

async fn list(owner: &HttpClient) -> Vec<Value> {
    let mut people: Vec<Value> = Vec::new();
    for skip in ["0", "100"] {
        let response = owner
            .request(
                "list",
                Method::GET,
                &["api", "v1", "admin", "tenants", "acme", "users"],
            )
            .query("limit", "100")
            .query("skip", skip)
            .send()
            .await
            .unwrap();
        people.extend(serde_json::from_slice::<Vec<Value>>(response.body()).unwrap());
    }
    people
}

async fn everybody_is_there_once(description: &Value, people: &[Value]) {
    // The owner is a member, too.
    assert_eq!(people.len(), PEOPLE + 1);
    let expected: BTreeSet<String> = (0..PEOPLE)
        .map(|number| format!("person{number}@acme.test"))
        .collect();
    let exactly_once = |things: &Value, field: &str, what: &str| {
        let mut found: Vec<String> = things
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|thing| thing[field].as_str())
            .filter(|name| name.contains("@acme.test"))
            .map(str::to_owned)
            .collect();
        found.sort();
        assert_eq!(
            found,
            expected.iter().cloned().collect::<Vec<_>>(),
            "{what}"
        );
    };
    let mailcow = state(description, "mailcow").await;
    exactly_once(&mailcow["mailboxes"], "username", "mailboxes");
    exactly_once(&mailcow["app_passwords"], "mailbox", "app passwords");
    let nextcloud = state(description, "nextcloud").await;
    exactly_once(&nextcloud["users"], "email", "accounts");
    let ids: BTreeSet<&str> = people
        .iter()
        .map(|person| person["user_id"].as_str().unwrap())
        .collect();
    let mut calendars: Vec<&str> = nextcloud["calendars"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|calendar| calendar["user"].as_str())
        .filter(|user| ids.contains(user))
        .collect();
    calendars.sort_unstable();
    calendars.dedup();
    assert_eq!(calendars.len(), PEOPLE);
    let notify = state(description, "notify").await;
    exactly_once(&notify["messages"], "to", "invitations");
}

/// Without it, the kills would have hit nothing.
async fn some_steps_were_interrupted(owner: &HttpClient, people: &[Value]) {
    let mut repeated = 0;
    for person in people {
        let Some(id) = person["operation"]["id"].as_str() else {
            continue;
        };
        let path = format!("/operations/{id}");
        let (_, operation) = ask(owner, Method::GET, &path, None, &Value::Null)
            .await
            .unwrap();
        let steps = operation["steps"].as_array().unwrap();
        repeated += steps
            .iter()
            .filter(|step| step["attempt"].as_u64() > Some(1))
            .count();
    }
    assert!(repeated > 0, "no step was interrupted");
}

fn nothing_is_left_leased(directory: &Path) {
    let output = Command::new(env!("CARGO_BIN_EXE_bheem-workspace"))
        .args([
            "saga",
            "list",
            "--limit",
            "100",
            "--state",
            "forward",
            "--data-dir",
        ])
        .arg(directory)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), "No runs.");
    for state in ["stuck", "unwinding", "undone"] {
        let output = Command::new(env!("CARGO_BIN_EXE_bheem-workspace"))
            .args(["saga", "list", "--state", state, "--data-dir"])
            .arg(directory)
            .output()
            .unwrap();
        assert_eq!(
            String::from_utf8(output.stdout).unwrap().trim(),
            "No runs.",
            "{state}"
        );
    }
}

async fn make(http: &HttpClient, number: usize) -> Option<(u16, Value)> {
    let body = json!({"name": format!("Tenant {number}")});
    let key = format!("tenant-{number}");
    ask(http, Method::POST, "/tenants", Some(&key), &body).await
}

/// A kill between the commit and the answer neither repeats nor loses a tenant, and a key whose process is gone is free.
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_moments_it_makes_each_tenant_once() {
    const TENANTS: usize = 30;
    let directory = tempfile::tempdir().unwrap();
    let mut sandbox = Sandbox::start(directory.path());
    let description = sandbox.ready().await;
    let anonymous = client(description["base_url"].as_str().unwrap(), Auth::None);
    let owner = json!({"username": "owner", "password": PASSWORD});
    ask(&anonymous, Method::POST, "/auth/register", None, &owner)
        .await
        .unwrap();
    for number in 0..TENANTS {
        let base_url = description_of(&mut sandbox).await;
        let http = sign_in(&base_url, "owner", PASSWORD).await.unwrap();
        // The request takes a few milliseconds; the kill falls before, within or behind it.
        let mut request = tokio::task::JoinSet::new();
        request.spawn(async move { make(&http, number).await });
        tokio::time::sleep(Duration::from_millis(12).mul_f64(f64::from(random_fraction()))).await;
        sandbox.kill();
        let _ = request.join_next().await;
        sandbox = Sandbox::start(directory.path());
    }
    let base_url = description_of(&mut sandbox).await;
    let http = sign_in(&base_url, "owner", PASSWORD).await.unwrap();
    let mut ids = BTreeSet::new();
    for number in 0..TENANTS {
        let mut answer = make(&http, number).await.unwrap();
        // For a moment the database may still hold what the last process left open.
        support::eventually("the key is free", async || {
            if answer.1["code"] == "idempotency_key_busy" {
                answer = make(&http, number).await.unwrap();
            }
            answer.1["code"] != "idempotency_key_busy"
        })
        .await;
        assert_eq!(answer.0, 201, "{}", answer.1);
        assert!(ids.insert(answer.1["id"].as_str().unwrap().to_owned()));
    }
    let (_, mine) = ask(&http, Method::GET, "/tenants/my", None, &Value::Null)
        .await
        .unwrap();
    assert_eq!(mine.as_array().unwrap().len(), TENANTS);
    sandbox.kill();
}

async fn description_of(sandbox: &mut Sandbox) -> String {
    sandbox.ready().await["base_url"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Between 0 and 1.
fn random_fraction() -> f32 {
    let bytes = bheem_vault::token::random_bytes::<2>().unwrap();
    f32::from(u16::from_be_bytes(*bytes)) / f32::from(u16::MAX)
}
