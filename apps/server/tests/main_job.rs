//! One action gives a person every service, seen from outside.
#![cfg(test)]

mod support;

use bheem_http_kit::Method;
use serde_json::json;
use support::{PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_adds_a_person_who_then_signs_in() {
    let app = TestApp::start().await;
    let owner = app.person("acme-owner").await;
    assert_eq!(owner.get("/auth/me").await.body["role"], "Customer");
    let slug = app.tenant(&owner, "Acme & Sons").await;
    assert_eq!(slug, "acme-sons");
    app.proven_domain(&owner, &slug, "acme.test").await;

    let path = format!("/admin/tenants/{slug}/users");
    let added = owner
        .post(&path, &json!({"username": "john", "name": "John"}))
        .await;
    assert_eq!(added.status, 201, "{:?}", added.body);
    assert_eq!(
        added.body["provisioning_status"], "success",
        "{:?}",
        added.body
    );
    assert_eq!(added.body["email"], "john@acme.test");
    let services = added.body["services_provisioned"].as_array().unwrap();
    for service in ["mailbox", "nextcloud", "notify"] {
        assert!(services.contains(&json!(service)), "{services:?}");
    }

    let with = |state: &serde_json::Value, kind: &str, field: &str, value: &str| {
        let things = state[kind].as_array().unwrap();
        things.iter().filter(|thing| thing[field] == value).count()
    };
    let mailcow = app.sandbox.mailcow.state();
    assert_eq!(
        with(&mailcow, "mailboxes", "username", "john@acme.test"),
        1,
        "{mailcow}"
    );
    assert_eq!(
        with(&mailcow, "app_passwords", "mailbox", "john@acme.test"),
        1
    );
    let nextcloud = app.sandbox.nextcloud.state();
    let user_id = added.text("user_id");
    assert_eq!(with(&nextcloud, "users", "id", &user_id), 1);
    assert_eq!(with(&nextcloud, "users", "email", "john@acme.test"), 1);
    assert_eq!(with(&nextcloud, "calendars", "user", &user_id), 1);

    let messages = app.messages_to("john@acme.test");
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(
        !messages[0]
            .to_string()
            .to_lowercase()
            .contains("password\":")
    );
    let token = TestApp::link_token(&messages[0]);
    let set = app
        .send(
            Method::POST,
            "/auth/set-password",
            &json!({"token": token, "password": PASSWORD}),
        )
        .await;
    assert_eq!(set.status, 200, "{:?}", set.body);
    let again = app
        .send(
            Method::POST,
            "/auth/set-password",
            &json!({"token": token, "password": "another good password"}),
        )
        .await;
    again.is_problem(422, "invalid");

    let john = app.sign_in("john@acme.test", PASSWORD).await;
    let me = john.get("/workspace/me").await;
    assert_eq!(me.body["workspace"]["email"]["address"], "john@acme.test");
    assert_eq!(me.body["workspace"]["files"]["enabled"], true);
    assert_eq!(me.body["workspace"]["meetings"]["enabled"], false);
    assert_eq!(me.body["user"]["company"], "Acme & Sons");
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_a_person_takes_every_service_and_the_seat() {
    let app = TestApp::start().await;
    let owner = app.person("acme-owner").await;
    let slug = app.tenant(&owner, "Acme").await;
    app.proven_domain(&owner, &slug, "acme.test").await;
    let path = format!("/admin/tenants/{slug}/users");
    let added = owner
        .post(&path, &json!({"username": "john", "name": "John"}))
        .await;
    let user = format!("{path}/{}", added.text("user_id"));
    let token = TestApp::link_token(&app.messages_to("john@acme.test")[0]);
    let body = json!({"token": token, "password": PASSWORD});
    app.send(Method::POST, "/auth/set-password", &body).await;
    let john = app.sign_in("john@acme.test", PASSWORD).await;

    let refused = owner.delete(&format!("{user}?delete_data=true")).await;
    refused.is_problem(422, "invalid");
    let removed = owner.delete(&user).await;
    assert_eq!(removed.status, 200, "{:?}", removed.body);
    assert_eq!(removed.body["provisioning_status"], "success");
    assert_eq!(removed.body["services_provisioned"], json!([]));
    assert_eq!(removed.body["is_active"], false);

    john.get("/auth/me")
        .await
        .is_problem(401, "unauthenticated");
    let body = json!({"username": "john@acme.test", "password": PASSWORD});
    app.send(Method::POST, "/auth/login", &body)
        .await
        .is_problem(403, "forbidden");
    let tenant = owner.get(&format!("/admin/tenants/{slug}")).await;
    assert_eq!(tenant.body["user_count"], 1);

    // And back again: the same mailbox and account, no second invitation.
    let back = owner.patch(&user, &json!({"is_active": true})).await;
    assert_eq!(back.status, 200, "{:?}", back.body);
    assert_eq!(
        back.body["provisioning_status"], "success",
        "{:?}",
        back.body
    );
    assert_eq!(app.messages_to("john@acme.test").len(), 1);
    app.sign_in("john@acme.test", PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_is_away_delays_and_the_answer_says_so() {
    let app = TestApp::start().await;
    let owner = app.person("acme-owner").await;
    let slug = app.tenant(&owner, "Acme").await;
    app.proven_domain(&owner, &slug, "acme.test").await;
    app.sandbox.nextcloud.fault(bheem_sandbox::Fault {
        action: bheem_sandbox::FaultAction::Fail,
        status: Some(503),
        times: Some(-1),
        ..bheem_sandbox::Fault::default()
    });
    let path = format!("/admin/tenants/{slug}/users");
    let added = owner
        .send(
            Method::POST,
            &path,
            &[("prefer", "wait=1")],
            &json!({"username": "john", "name": "John"}),
        )
        .await;
    assert_eq!(added.status, 202, "{:?}", added.body);
    assert_eq!(added.body["provisioning_status"], "running");
    let services = added.body["services_provisioned"].to_string();
    assert!(!services.contains("nextcloud"), "{services}");
    assert!(app.messages_to("john@acme.test").is_empty());

    let operation = added.headers["location"].to_str().unwrap().to_owned();
    let operation = operation.strip_prefix("/api/v1").unwrap().to_owned();
    app.sandbox.nextcloud.clear_faults();
    support::eventually("the operation ends well", async || {
        owner.get(&operation).await.body["status"] == "success"
    })
    .await;
    assert_eq!(app.messages_to("john@acme.test").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_comes_back_while_their_services_are_still_being_taken() {
    let app = TestApp::start().await;
    let owner = app.person("acme-owner").await;
    let slug = app.tenant(&owner, "Acme").await;
    app.proven_domain(&owner, &slug, "acme.test").await;
    let path = format!("/admin/tenants/{slug}/users");
    let added = owner
        .post(&path, &json!({"username": "john", "name": "John"}))
        .await;
    let user = format!("{path}/{}", added.text("user_id"));
    app.sandbox.nextcloud.fault(bheem_sandbox::Fault {
        action: bheem_sandbox::FaultAction::Fail,
        status: Some(503),
        times: Some(-1),
        ..bheem_sandbox::Fault::default()
    });
    let now = [("prefer", "wait=0")];
    let nothing = serde_json::Value::Null;
    let removed = owner.send(Method::DELETE, &user, &now, &nothing).await;
    assert_eq!(removed.status, 202, "{:?}", removed.body);
    let back = json!({"is_active": true});
    support::eventually("the way is free", async || {
        let answer = owner.send(Method::PATCH, &user, &now, &back).await;
        assert!(matches!(answer.status, 202 | 409), "{:?}", answer.body);
        answer.status == 202
    })
    .await;
    app.sandbox.nextcloud.clear_faults();
    support::eventually("john has everything again", async || {
        owner.get(&user).await.body["provisioning_status"] == "success"
    })
    .await;
    let nextcloud = app.sandbox.nextcloud.state();
    let users = nextcloud["users"].as_array().unwrap();
    let john = users
        .iter()
        .find(|user| user["email"] == "john@acme.test")
        .unwrap();
    assert_eq!(john["enabled"], true);
}
