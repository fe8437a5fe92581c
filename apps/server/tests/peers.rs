//! Peers that refuse, are away, answer nonsense or are not there at all.
#![cfg(test)]

mod support;

use std::time::Duration;

use bheem_http_kit::Method;
use bheem_sandbox::{Fault, FaultAction};
use serde_json::{Value, json};
use support::{Answer, TestApp, eventually};

/// The service with this name in an answer.
fn service<'a>(body: &'a Value, name: &str) -> &'a Value {
    let services = body["services"].as_array().unwrap();
    services
        .iter()
        .find(|service| service["service"] == name)
        .unwrap()
}

/// Mailcow refuses new mailboxes, as a domain whose quota is used up does.
fn refuse_mailboxes(app: &TestApp) {
    app.sandbox.mailcow.fault(Fault {
        path_prefix: "/api/v1/add/mailbox".to_owned(),
        action: FaultAction::Fail,
        status: Some(422),
        times: Some(-1),
        ..Fault::default()
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_partial_until_the_peer_is_well_and_the_run_is_retried() {
    let app = TestApp::start().await;
    let owner = app.person("owner").await;
    let slug = app.tenant(&owner, "Acme").await;
    app.proven_domain(&owner, &slug, "acme.test").await;
    refuse_mailboxes(&app);
    let path = format!("/admin/tenants/{slug}/users");
    let john = json!({"username": "john", "name": "John"});
    let added = owner.post(&path, &john).await;
    assert_eq!(added.status, 201, "{:?}", added.body);
    assert_eq!(
        added.body["provisioning_status"], "partial",
        "{:?}",
        added.body
    );
    assert_eq!(service(&added.body, "mailbox")["status"], "failed");
    let provisioned = added.body["services_provisioned"].as_array().unwrap();
    assert!(provisioned.contains(&json!("nextcloud")), "{provisioned:?}");
    assert!(!provisioned.contains(&json!("mailbox")), "{provisioned:?}");
    let errors = added.body["errors"].to_string();
    assert!(errors.contains("Mailbox"), "{errors}");
    assert!(app.messages_to("john@acme.test").is_empty());

    app.sandbox.mailcow.clear_faults();
    let user = format!("{path}/{}", added.text("user_id"));
    let run = added.body["operation"]["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let runs = app.running.app().services.runs();
    runs.retry(run, "a test").await.unwrap();
    runs.wait(run, Duration::from_mins(1)).await.unwrap();
    let now = owner.get(&user).await;
    assert_eq!(now.body["provisioning_status"], "success", "{:?}", now.body);
    assert_eq!(
        app.sandbox.mailcow.state()["mailboxes"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(app.messages_to("john@acme.test").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_whose_services_are_incomplete_can_be_removed() {
    let app = TestApp::start().await;
    let owner = app.person("owner").await;
    let slug = app.tenant(&owner, "Acme").await;
    app.proven_domain(&owner, &slug, "acme.test").await;
    refuse_mailboxes(&app);
    let path = format!("/admin/tenants/{slug}/users");
    for (name, by) in [("john", Method::DELETE), ("jane", Method::PATCH)] {
        let added = owner
            .post(&path, &json!({"username": name, "name": name}))
            .await;
        assert_eq!(
            added.body["provisioning_status"], "partial",
            "{:?}",
            added.body
        );
        let user = format!("{path}/{}", added.text("user_id"));
        let body = json!({"is_active": false});
        let removed = owner.send(by, &user, &[], &body).await;
        assert_eq!(removed.status, 200, "{:?}", removed.body);
        assert_eq!(removed.body["is_active"], false);
        assert_eq!(
            removed.body["provisioning_status"], "success",
            "{:?}",
            removed.body
        );
        let nextcloud = app.sandbox.nextcloud.state();
        let users = nextcloud["users"].as_array().unwrap();
        let account = users
            .iter()
            .find(|user| user["id"] == added.body["user_id"])
            .unwrap();
        assert_eq!(account["enabled"], false, "{account}");
    }
    let tenant = owner.get(&format!("/admin/tenants/{slug}")).await;
    assert_eq!(tenant.body["user_count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_peers_and_sockets_say_stays_inside() {
    // A peer that answers nonsense, then one that is not there: nobody listens on the discard port.
    for is_there in [true, false] {
        let app = TestApp::start_with(|settings| {
            if !is_there {
                settings.nextcloud.url = "http://127.0.0.1:9".to_owned();
            }
        })
        .await;
        app.sandbox.nextcloud.fault(Fault {
            action: FaultAction::Garbage,
            times: Some(-1),
            ..Fault::default()
        });
        let owner = app.person("owner").await;
        let slug = app.tenant(&owner, "Acme").await;
        app.proven_domain(&owner, &slug, "acme.test").await;
        let path = format!("/admin/tenants/{slug}/users");
        let body = json!({"username": "john", "name": "John"});
        let added = owner
            .send(Method::POST, &path, &[("prefer", "wait=2")], &body)
            .await;
        assert_eq!(added.status, 202, "{:?}", added.body);
        let operation = added.headers["location"].to_str().unwrap();
        let operation = operation.strip_prefix("/api/v1").unwrap().to_owned();
        eventually("a failure is told", async || {
            let seen = owner.get(&operation).await;
            stays_inside(&seen);
            let steps = seen.body["steps"].as_array().unwrap().clone();
            steps.iter().any(|step| step["error"].is_string())
        })
        .await;
        stays_inside(&added);
    }
}

fn stays_inside(answer: &Answer) {
    let said = answer.raw.to_lowercase();
    for word in [
        "127.0.0.1",
        "reqwest",
        "hyper",
        "os error",
        "serde",
        "expected value",
        "http://",
        "diesel",
        "panicked",
    ] {
        assert!(!said.contains(word), "{word}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn peers_that_are_not_configured_are_skipped_and_nothing_pretends() {
    let app = TestApp::start_with(|settings| {
        settings.mailcow.url = String::new();
        settings.nextcloud.url = String::new();
        settings.notify.url = String::new();
    })
    .await;
    let owner = app.person("owner").await;
    let slug = app.tenant(&owner, "Acme").await;
    app.proven_domain(&owner, &slug, "acme.test").await;
    let path = format!("/admin/tenants/{slug}/users");
    let added = owner
        .post(&path, &json!({"username": "john", "name": "John"}))
        .await;
    assert_eq!(added.status, 201, "{:?}", added.body);
    for name in ["mailbox", "nextcloud", "notify"] {
        let service = service(&added.body, name);
        assert_eq!(service["status"], "skipped", "{service}");
        assert_eq!(service["reason"], "peer_not_configured", "{service}");
    }
    assert_eq!(added.body["services_provisioned"], json!(["workspace"]));
    let me = owner.get("/workspace/me").await;
    for name in ["email", "files", "calendar", "meetings"] {
        let service = &me.body["workspace"][name];
        assert_eq!(service["enabled"], false, "{name}");
        let rest = service
            .as_object()
            .unwrap()
            .iter()
            .filter(|(key, _)| *key != "enabled");
        assert!(
            rest.into_iter().all(|(_, value)| value.is_null()),
            "{service}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_closes_before_the_work_begins_leaves_nothing() {
    // Nobody works on runs until the second server comes.
    let mut app = TestApp::start_with(|settings| settings.saga.slots = 0).await;
    let (root, owner) = (app.super_admin().await, app.person("owner").await);
    let mut operations = Vec::new();
    for (name, how) in [("Acme", "suspended"), ("Beta", "deleted")] {
        let slug = app.tenant(&owner, name).await;
        let path = format!("/admin/tenants/{slug}");
        let body = json!({"email": format!("john@{slug}.test"), "name": "John"});
        let asynchronous = [("prefer", "respond-async")];
        let users = format!("{path}/users");
        let added = owner.send(Method::POST, &users, &asynchronous, &body).await;
        assert_eq!(added.status, 202, "{:?}", added.body);
        let closed = match how {
            "suspended" => {
                let body = json!({"is_suspended": true});
                root.send(Method::PATCH, &path, &asynchronous, &body).await
            }
            _ => {
                root.send(Method::DELETE, &path, &asynchronous, &Value::Null)
                    .await
            }
        };
        assert_eq!(closed.status, 202, "{:?}", closed.body);
        operations.push(added.body["operation"]["id"].as_str().unwrap().to_owned());
    }
    app.settings.saga.slots = 4;
    let worker = app.replica().await;
    for operation in operations {
        let path = format!("/operations/{operation}");
        eventually("the run is taken back", async || {
            root.get(&path).await.body["is_settled"] == true
        })
        .await;
        assert_eq!(root.get(&path).await.body["status"], "failed");
    }
    assert!(
        app.sandbox.mailcow.state()["mailboxes"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let nextcloud = app.sandbox.nextcloud.state().to_string();
    for slug in ["acme", "beta"] {
        let email = format!("john@{slug}.test");
        assert!(app.messages_to(&email).is_empty());
        assert!(!nextcloud.contains(&email));
    }
    root.patch("/admin/tenants/acme", &json!({"is_suspended": false}))
        .await;
    let users = owner.get("/admin/tenants/acme/users").await;
    // The invitation was not sent; it stays to be answered or withdrawn.
    let people = users.body.as_array().unwrap();
    let active = people.iter().filter(|person| person["is_active"] == true);
    assert_eq!(active.count(), 1, "{:?}", users.body);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_is_followed_event_by_event_until_it_settles() {
    let mut app = TestApp::start_with(|settings| settings.saga.slots = 0).await;
    let (owner, other) = (app.person("owner").await, app.person("other").await);
    let slug = app.tenant(&owner, "Acme").await;
    app.tenant(&other, "Other").await;
    let users = format!("/admin/tenants/{slug}/users");
    let body = json!({"email": "john@else.test", "name": "John"});
    let added = owner
        .send(Method::POST, &users, &[("prefer", "respond-async")], &body)
        .await;
    let operation = added.body["operation"]["id"].as_str().unwrap().to_owned();
    let path = format!("/operations/{operation}/events");
    other.get(&path).await.is_problem(404, "not_found");

    app.settings.saga.slots = 4;
    let (stream, worker) = futures::join!(owner.get(&path), app.replica());
    assert_eq!(stream.status, 200);
    assert_eq!(stream.headers["content-type"], "text/event-stream");
    assert_eq!(stream.headers["cache-control"], "no-store");
    let events: Vec<Value> = stream
        .raw
        .split("\n\n")
        .filter_map(|event| event.strip_prefix("event: operation\ndata: "))
        .map(|data| serde_json::from_str(data).unwrap())
        .collect();
    let (last, before) = events.split_last().unwrap();
    assert_eq!(last["is_settled"], true);
    assert_eq!(last["status"], "success", "{last}");
    assert!(before.iter().all(|event| event["is_settled"] == false));
    assert!(events.iter().all(|event| event["id"] == operation.as_str()));
    // Once more when it is over: one event, and the stream ends.
    let late = owner.get(&path).await;
    assert_eq!(
        late.raw.matches("event: operation").count(),
        1,
        "{}",
        late.raw
    );
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_can_be_removed_while_a_peer_is_away() {
    let app = TestApp::start().await;
    let owner = app.person("owner").await;
    let slug = app.tenant(&owner, "Acme").await;
    app.proven_domain(&owner, &slug, "acme.test").await;
    app.sandbox.nextcloud.fault(Fault {
        action: FaultAction::Fail,
        status: Some(503),
        times: Some(-1),
        ..Fault::default()
    });
    let path = format!("/admin/tenants/{slug}/users");
    let body = json!({"username": "john", "name": "John"});
    let waiting = [("prefer", "wait=1")];
    let added = owner.send(Method::POST, &path, &waiting, &body).await;
    assert_eq!(added.status, 202, "{:?}", added.body);
    let user = format!("{path}/{}", added.text("user_id"));
    let asynchronous = [("prefer", "respond-async")];
    // While a worker is at this very moment on the run, the answer is to try again.
    eventually("the person is out", async || {
        let removed = owner
            .send(Method::DELETE, &user, &asynchronous, &Value::Null)
            .await;
        if removed.status == 409 {
            removed.is_problem(409, "operation_running");
            return false;
        }
        assert_eq!(removed.status, 202, "{:?}", removed.body);
        assert_eq!(removed.body["is_active"], false);
        true
    })
    .await;
    let tenant = owner.get(&format!("/admin/tenants/{slug}")).await;
    assert_eq!(tenant.body["user_count"], 1);
    app.sandbox.nextcloud.clear_faults();
    eventually("the services are taken", async || {
        owner.get(&user).await.body["provisioning_status"] == "success"
    })
    .await;
    assert!(app.messages_to("john@acme.test").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn services_that_are_switched_off_are_not_given() {
    let app = TestApp::start_with(|settings| {
        settings.provisioning.auto_mailbox = false;
        settings.provisioning.sync_nextcloud = false;
        settings.provisioning.send_welcome = false;
    })
    .await;
    let owner = app.person("owner").await;
    let slug = app.tenant(&owner, "Acme").await;
    app.proven_domain(&owner, &slug, "acme.test").await;
    let path = format!("/admin/tenants/{slug}/users");
    let john = json!({"username": "john", "name": "John", "create_mailbox": true});
    let added = owner.post(&path, &john).await;
    assert_eq!(added.body["services_provisioned"], json!(["workspace"]));
    for name in ["mailbox", "nextcloud", "notify"] {
        assert_eq!(service(&added.body, name)["status"], "skipped", "{name}");
    }
    assert_eq!(app.sandbox.mailcow.state()["mailboxes"], json!([]));
    assert!(
        !app.sandbox
            .nextcloud
            .state()
            .to_string()
            .contains("john@acme.test")
    );
    assert!(app.messages_to("john@acme.test").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_a_mailbox_on_a_domain_that_is_not_the_tenants() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let (acme, evil) = (
        app.tenant(&ada, "Acme").await,
        app.tenant(&eve, "Evil").await,
    );
    app.proven_domain(&ada, &acme, "acme.test").await;
    // Mailcow knows the domain; a claim without proof is no right to it.
    let path = format!("/admin/tenants/{evil}");
    let claim = eve
        .post(
            &format!("{path}/domains"),
            &json!({"domain": "unproven.test"}),
        )
        .await;
    assert_eq!(claim.status, 201, "{:?}", claim.body);
    let boss = |email: &str| json!({"email": email, "name": "Boss"});
    let users = format!("{path}/users");
    eve.post(&users, &boss("boss@acme.test"))
        .await
        .is_problem(409, "domain_of_another_tenant");
    let added = eve.post(&users, &boss("boss@unproven.test")).await;
    assert_eq!(added.status, 201, "{:?}", added.body);
    assert_eq!(added.body["status"], "invited");
    let by_name = json!({"username": "boss", "name": "Boss"});
    let refused = eve.post(&format!("{path}/users"), &by_name).await;
    refused.is_problem(422, "invalid");
    assert_eq!(app.sandbox.mailcow.state()["mailboxes"], json!([]));
}
