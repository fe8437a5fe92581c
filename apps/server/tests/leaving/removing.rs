//! One person.

use bheem_http_kit::Method;
use serde_json::{Value, json};

use crate::{
    AT_ONCE, PASSWORD_OF_ALL, add, begin_additions, impatient, operation,
    support::{TestApp, eventually},
};

#[tokio::test(flavor = "multi_thread")]
async fn nobody_keeps_access_because_a_mail_server_hangs_and_others_are_being_added() {
    let app = impatient().await;
    let (root, owner) = (app.super_admin().await, app.person("owner").await);
    let slug = app.tenant(&owner, "Acme").await;
    crate::enlarge(&root, &slug).await;
    app.proven_domain(&owner, &slug, "acme.test").await;
    let (john, jane) = (
        add(&owner, &slug, "john").await,
        add(&owner, &slug, "jane").await,
    );
    let tenant_id = john["tenant_id"].as_str().unwrap();
    let id = |person: &Value| person["user_id"].as_str().unwrap().to_owned();
    let mut tokens = Vec::new();
    for name in ["john", "jane"] {
        let address = format!("{name}@acme.test");
        let link = TestApp::link_token(app.messages_to(&address).last().unwrap());
        let set = json!({"token": link, "password": PASSWORD_OF_ALL});
        app.send(Method::POST, "/auth/set-password", &set).await;
        tokens.push(app.sign_in(&address, PASSWORD_OF_ALL).await);
    }
    app.mail_hangs();
    begin_additions(&owner, &slug, &["a", "b", "c"]).await;

    // By removal and by taking the seat.
    for (person, method) in [(&john, Method::DELETE), (&jane, Method::PATCH)] {
        let path = format!("/admin/tenants/{slug}/users/{}", id(person));
        let body = json!({"is_active": false});
        let removed = owner.send(method, &path, AT_ONCE, &body).await;
        assert_eq!(removed.status, 202, "{:?}", removed.body);
        assert_eq!(removed.body["is_active"], false);
    }
    // Our own doors are closed before the answer is there.
    for person in &tokens {
        person
            .get("/auth/me")
            .await
            .is_problem(401, "unauthenticated");
        let body = json!({"username": person.username, "password": PASSWORD_OF_ALL});
        let again = app.send(Method::POST, "/auth/login", &body).await;
        assert_eq!(again.status, 403, "{:?}", again.body);
    }
    for person in [&john, &jane] {
        eventually("files and calendars are closed", async || {
            app.files(&id(person), tenant_id) == (false, false)
        })
        .await;
    }
    // The mail server has not answered anybody meanwhile.
    assert_eq!(app.mailbox("john@acme.test"), Some(1));
    app.sandbox.mailcow.clear_faults();
    for address in ["john@acme.test", "jane@acme.test"] {
        eventually("mail is closed", async || app.mailbox(address) == Some(0)).await;
    }
    eventually("who was being added is added", async || {
        ["a", "b", "c"]
            .iter()
            .all(|name| app.mailbox(&format!("{name}@acme.test")) == Some(1))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_is_being_added_can_be_removed_and_is_given_nothing_more() {
    let app = impatient().await;
    let owner = app.person("owner").await;
    let slug = app.tenant(&owner, "Acme").await;
    app.proven_domain(&owner, &slug, "acme.test").await;
    app.mail_hangs();
    let begun = begin_additions(&owner, &slug, &["john"]).await;
    let (user_id, tenant_id) = (begun[0].text("user_id"), begun[0].text("tenant_id"));
    let path = format!("/admin/tenants/{slug}/users/{user_id}");
    let removed = owner
        .send(Method::DELETE, &path, AT_ONCE, &Value::Null)
        .await;
    assert_eq!(removed.status, 202, "{:?}", removed.body);
    let given = format!("/operations/{}", operation(&begun[0].body));
    let given = owner.get(&given).await;
    assert_eq!(given.body["is_settled"], true, "{:?}", given.body);
    eventually("files and calendars are closed", async || {
        app.files(&user_id, &tenant_id) == (false, false)
    })
    .await;
    app.sandbox.mailcow.clear_faults();
    let taken = format!("/operations/{}", operation(&removed.body));
    eventually("the mail server was looked at", async || {
        let seen = owner.get(&taken).await;
        let steps = seen.body["steps"].as_array().unwrap().clone();
        steps.iter().any(|step| {
            step["name"] == "mailbox_disable"
                && step["error"].to_string().contains("may still arrive")
        })
    })
    .await;
    assert_ne!(app.mailbox("john@acme.test"), Some(1));
    assert!(app.messages_to("john@acme.test").is_empty());
    let tenant = owner.get(&format!("/admin/tenants/{slug}")).await;
    assert_eq!(tenant.body["user_count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn before_its_point_of_no_return_an_addition_is_ended_just_so() {
    let app = TestApp::start().await;
    let owner = app.person("owner").await;
    let slug = app.tenant(&owner, "Acme").await;
    app.proven_domain(&owner, &slug, "acme.test").await;
    // Nobody works on the tenant's runs for a while.
    let pause = |paused| {
        let lanes = format!("UPDATE saga.lane SET paused = {paused}");
        crate::support::flow::query(&app.database, &lanes);
    };
    pause(true);
    let users = format!("/admin/tenants/{slug}/users");
    let body = json!({"username": "john", "name": "John"});
    let added = owner.send(Method::POST, &users, AT_ONCE, &body).await;
    assert_eq!(added.status, 202, "{:?}", added.body);
    let path = format!("{users}/{}", added.text("user_id"));
    let removed = owner
        .send(Method::DELETE, &path, AT_ONCE, &Value::Null)
        .await;
    assert_eq!(removed.status, 202, "{:?}", removed.body);
    pause(false);
    crate::succeeds(&owner, &operation(&removed.body)).await;
    let given = format!("/operations/{}", operation(&added.body));
    assert_eq!(owner.get(&given).await.body["status"], "failed");
    assert_eq!(owner.get(&path).await.body["is_active"], false);
    assert!(app.messages_to("john@acme.test").is_empty());
    assert!(
        !app.sandbox
            .nextcloud
            .state()
            .to_string()
            .contains("john@acme.test")
    );
    // And back again.
    let back = owner.patch(&path, &json!({"is_active": true})).await;
    assert_eq!(back.status, 200, "{:?}", back.body);
    assert_eq!(
        back.body["provisioning_status"], "success",
        "{:?}",
        back.body
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_is_closed_whatever_the_state_of_its_domain() {
    let app = TestApp::start().await;
    let owner = app.person("owner").await;
    let slug = app.tenant(&owner, "Acme").await;
    app.proven_domain(&owner, &slug, "acme.test").await;
    let john = add(&owner, &slug, "john").await;
    // As when the domain's MX record was missing at the last look.
    let missing = "UPDATE workspace.domains SET mail_enabled = false, mx_verified = false";
    crate::support::flow::query(&app.database, missing);
    let path = format!(
        "/admin/tenants/{slug}/users/{}",
        john["user_id"].as_str().unwrap()
    );
    let removed = owner.delete(&path).await;
    assert_eq!(removed.status, 200, "{:?}", removed.body);
    assert_eq!(app.mailbox("john@acme.test"), Some(0));
}
