//! `Idempotency-Key`: what was done stands at the key, whatever dies, and is told to those alone who may ask.

use bheem_http_kit::Method;
use bheem_persistence::{
    HeldKey, SystemScope,
    repo::{KeyState, TakeKey},
};
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Person, TestApp, flow::query};

const KEY: &[(&str, &str)] = &[("idempotency-key", "the-same"), ("prefer", "wait=45")];
/// As if the process had been killed between the commit and the answer.
const KILLED: &str = "UPDATE auth.idempotency_keys SET status = NULL, headers = NULL, body = NULL, key_id = NULL, holder = 42";

async fn send(person: &Person, path: &str, body: &Value) -> crate::support::Answer {
    person.send(Method::POST, path, KEY, body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_commit_and_answer_it_is_done_once_and_told_afterwards() {
    let app = TestApp::start().await;
    let (root, ada) = (app.super_admin().await, app.person("ada").await);
    let slug = app.tenant(&ada, "Acme").await;
    let users = format!("/admin/tenants/{slug}/users");
    let domains = format!("/admin/tenants/{slug}/domains");
    for (person, path, body, id) in [
        (&ada, "/tenants", json!({"name": "Beta"}), "id"),
        (
            &root,
            "/admin/tenants",
            json!({"name": "Gamma", "slug": "gamma", "owner_email": "g@gamma.test"}),
            "id",
        ),
        (
            &ada,
            users.as_str(),
            json!({"email": "carl@else.test", "name": "Carl"}),
            "user_id",
        ),
        (&ada, domains.as_str(), json!({"domain": "acme.test"}), "id"),
        (
            &ada,
            "/domains",
            json!({"domain": "other.test", "tenant_id": slug}),
            "id",
        ),
    ] {
        query(&app.database, "DELETE FROM auth.idempotency_keys");
        let first = send(person, path, &body).await;
        assert_eq!(first.status, 201, "{path} {:?}", first.body);
        query(&app.database, KILLED);
        let second = send(person, path, &body).await;
        assert_eq!(second.status, 201, "{path} {:?}", second.body);
        assert_eq!(second.headers["idempotency-replayed"], "true");
        assert_eq!(second.body[id], first.body[id], "{path}");
        let fields = |answer: &Value| -> Vec<String> {
            answer.as_object().unwrap().keys().cloned().collect()
        };
        assert_eq!(fields(&second.body), fields(&first.body), "{path}");
    }
    let count = |table: &str| {
        query(
            &app.database,
            &format!("SELECT count(*) FROM workspace.{table}"),
        )
    };
    assert_eq!(count("tenants"), "3");
    assert_eq!(count("domains"), "2");
    assert_eq!(app.messages_to("carl@else.test").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_shown_once_only_is_named_and_not_done_again() {
    let app = TestApp::start().await;
    let ada = app.person("ada@acme.test").await;
    let slug = app.tenant(&ada, "Acme").await;
    let clients = format!("/admin/tenants/{slug}/oidc/clients");
    let body =
        json!({"name": "Wiki", "client_id": "wiki", "redirect_uris": ["https://wiki.test/cb"]});
    let first = send(&ada, &clients, &body).await;
    assert_eq!(first.status, 201, "{:?}", first.body);
    query(&app.database, KILLED);
    let second = send(&ada, &clients, &body).await;
    second.is_problem(409, "already_done");
    assert_eq!(second.body["done"]["action"], "oidc.client_created");
    assert_eq!(second.body["done"]["metadata"]["client_id"], "wiki");
    // Mail and messages go out once, too.
    query(&app.database, "DELETE FROM auth.idempotency_keys");
    let link = "/auth/email/verify";
    assert_eq!(send(&ada, link, &json!({})).await.status, 202);
    query(&app.database, KILLED);
    send(&ada, link, &json!({}))
        .await
        .is_problem(409, "already_done");
    let runs = "SELECT count(*) FROM saga.run WHERE subject LIKE 'mail:verify:%'";
    assert_eq!(query(&app.database, runs), "1");
    // What says how a thing shall be is said again.
    let path = format!("/admin/tenants/{slug}");
    let rename = json!({"name": "New"});
    for round in 0..2 {
        let answer = ada.send(Method::PATCH, &path, KEY, &rename).await;
        if round == 0 {
            answer.is_problem(422, "invalid");
        }
        query(&app.database, "DELETE FROM auth.idempotency_keys");
    }
    assert_eq!(
        ada.send(Method::PATCH, &path, KEY, &rename).await.status,
        200
    );
    query(&app.database, KILLED);
    assert_eq!(
        ada.send(Method::PATCH, &path, KEY, &rename).await.status,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_secret_is_sealed_and_told_only_to_who_may_still_ask() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob@acme.test").await);
    let slug = app.tenant(&ada, "Acme").await;
    let users = format!("/admin/tenants/{slug}/users");
    let body = json!({"email": "bob2@acme.test", "name": "Bob", "role": "owner"});
    let second_owner = app.invited(&ada, &slug, body).await;
    drop(bob);
    let clients = format!("/admin/tenants/{slug}/oidc/clients");
    let body =
        json!({"name": "Wiki", "client_id": "wiki", "redirect_uris": ["https://wiki.test/cb"]});
    let first = send(&second_owner, &clients, &body).await;
    assert_eq!(first.status, 201, "{:?}", first.body);
    let secret = first.text("client_secret");
    let again = send(&second_owner, &clients, &body).await;
    assert_eq!(again.body, first.body);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let stored = query(
        &app.database,
        "SELECT encode(body, 'escape'), headers FROM auth.idempotency_keys",
    );
    assert!(!stored.contains(&secret), "{stored}");
    // No longer an administrator: the guard answers, not the kept answer.
    let path = format!("{users}/{}", second_owner.id);
    let demoted = ada.patch(&path, &json!({"role": "member"})).await;
    assert_eq!(demoted.status, 200, "{:?}", demoted.body);
    let refused = send(&second_owner, &clients, &body).await;
    refused.is_problem(403, "forbidden");
    // No longer a member: also where the route has no tenant in its path.
    assert_eq!(
        ada.patch(&path, &json!({"role": "admin"})).await.status,
        200
    );
    let claim = json!({"domain": "acme.test", "tenant_id": slug});
    let claim_key = &[("idempotency-key", "claim")];
    let claimed = second_owner
        .send(Method::POST, "/domains", claim_key, &claim)
        .await;
    assert_eq!(claimed.status, 201, "{:?}", claimed.body);
    assert_eq!(ada.delete(&path).await.status, 200);
    let refused = second_owner
        .send(Method::POST, "/domains", claim_key, &claim)
        .await;
    assert!(matches!(refused.status, 401 | 404), "{:?}", refused.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_busy_while_its_process_lives_and_free_when_it_is_gone() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let wired = app.running.app();
    let body = json!({"name": "Acme"});
    let text = format!("POST /api/v1/tenants\0{body}");
    let hash = wired
        .vault
        .authenticate("http.idempotency", text.as_bytes());
    let database = wired.services.database();
    let take = async |key: &str, holder: i64| {
        let held = HeldKey {
            owner: ada.id.parse().unwrap(),
            key: key.to_owned(),
            attempt: Uuid::from_u128(7),
        };
        let wanted = TakeKey {
            key: &held,
            request_hash: hash.as_ref().unwrap(),
            holder,
            is_repeatable: false,
            now: database.clock().now(),
            locked_until: database.clock().now() + TimeDelta::hours(1),
        };
        let scope = SystemScope::server("a test");
        let mut read = database.system_read(&scope).await.unwrap();
        let state = read.idempotency_keys().take(&wanted).await.unwrap();
        assert_eq!(state, KeyState::Ours);
    };
    take("lives", database.holder()).await;
    let key = [("idempotency-key", "lives")];
    let busy = ada.send(Method::POST, "/tenants", &key, &body).await;
    busy.is_problem(409, "idempotency_key_busy");
    assert_eq!(busy.headers["retry-after"], "1");
    take("gone", 42).await;
    let key = [("idempotency-key", "gone")];
    let taken = ada.send(Method::POST, "/tenants", &key, &body).await;
    assert_eq!(taken.status, 201, "{:?}", taken.body);
}
