//! A whole tenant, for a while.

use bheem_http_kit::Method;
use serde_json::json;

use crate::{
    AT_ONCE, add, begin_additions, impatient, operation, succeeds,
    support::{TestApp, eventually},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_tenant_is_closed_at_every_peer_and_opens_again_as_it_was() {
    let app = TestApp::start().await;
    let (root, owner) = (app.super_admin().await, app.person("owner").await);
    let slug = app.tenant(&owner, "Acme").await;
    app.proven_domain(&owner, &slug, "acme.test").await;
    let john = app
        .invited(&owner, &slug, json!({"username": "john", "name": "John"}))
        .await;
    let jane = add(&owner, &slug, "jane").await;
    let users = format!("/admin/tenants/{slug}/users");
    let no_mail = json!({"username": "max", "name": "Max", "create_mailbox": false});
    assert_eq!(owner.post(&users, &no_mail).await.status, 201);
    let jane_id = jane["user_id"].as_str().unwrap();
    let tenant_id = jane["tenant_id"].as_str().unwrap();
    let gone = owner.delete(&format!("{users}/{jane_id}")).await;
    assert_eq!(gone.status, 200, "{:?}", gone.body);

    let path = format!("/admin/tenants/{slug}");
    let closed = root.patch(&path, &json!({"is_suspended": true})).await;
    assert_eq!(closed.status, 200, "{:?}", closed.body);
    succeeds(&root, &operation(&closed.body)).await;
    assert_eq!(app.mailbox("john@acme.test"), Some(0));
    assert_eq!(app.files(&john.id, tenant_id), (false, false));
    // The account exists for this tenant alone, and what it had open ended with it.
    john.get("/auth/me")
        .await
        .is_problem(401, "unauthenticated");
    let refresh = json!({"refresh_token": john.refresh_token});
    let refreshed = app.send(Method::POST, "/auth/refresh", &refresh).await;
    assert_eq!(refreshed.status, 401, "{:?}", refreshed.body);
    let john = app.sign_in("john@acme.test", crate::PASSWORD_OF_ALL).await;
    let own = format!("/workspace/me?tenant_id={slug}");
    assert_eq!(john.get(&own).await.status, 403);
    // An account that its owner made goes on; the tenant does not.
    assert_eq!(owner.get("/auth/me").await.status, 200);
    assert_eq!(owner.get(&path).await.status, 403);

    // Twice is once.
    let again = root.patch(&path, &json!({"is_suspended": true})).await;
    assert_eq!(again.status, 200, "{:?}", again.body);
    assert!(again.body["operation"].is_null(), "{:?}", again.body);

    let opened = root.patch(&path, &json!({"is_suspended": false})).await;
    assert_eq!(opened.status, 200, "{:?}", opened.body);
    succeeds(&root, &operation(&opened.body)).await;
    assert_eq!(app.mailbox("john@acme.test"), Some(1));
    assert_eq!(app.files(&john.id, tenant_id), (true, true));
    assert_eq!(john.get(&own).await.status, 200);
    // Who had been removed before, or never had a mailbox, is not given one.
    assert_eq!(app.mailbox("jane@acme.test"), Some(0));
    assert_eq!(app.files(jane_id, tenant_id), (false, false));
    assert_eq!(app.mailbox("max@acme.test"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hanging_mail_server_and_slow_additions_do_not_keep_a_suspension_waiting() {
    let app = impatient().await;
    let (root, owner) = (app.super_admin().await, app.person("owner").await);
    let slug = app.tenant(&owner, "Acme").await;
    crate::enlarge(&root, &slug).await;
    app.proven_domain(&owner, &slug, "acme.test").await;
    let mut people = Vec::new();
    for name in ["john", "jane"] {
        people.push(add(&owner, &slug, name).await);
    }
    app.mail_hangs();
    begin_additions(&owner, &slug, &["a", "b", "c"]).await;
    let path = format!("/admin/tenants/{slug}");
    let body = json!({"is_suspended": true});
    let closed = root.send(Method::PATCH, &path, AT_ONCE, &body).await;
    assert_eq!(closed.status, 202, "{:?}", closed.body);
    assert_eq!(owner.get(&path).await.status, 403);
    for person in &people {
        let id = person["user_id"].as_str().unwrap();
        let tenant = person["tenant_id"].as_str().unwrap();
        eventually("files and calendars are closed", async || {
            app.files(id, tenant) == (false, false)
        })
        .await;
    }
    assert_eq!(app.mailbox("john@acme.test"), Some(1));
    app.sandbox.mailcow.clear_faults();
    for name in ["john", "jane"] {
        let address = format!("{name}@acme.test");
        eventually("mail is closed", async || app.mailbox(&address) == Some(0)).await;
    }
    // Opening takes the place of what is still closing.
    let body = json!({"is_suspended": false});
    let opened = root.send(Method::PATCH, &path, AT_ONCE, &body).await;
    assert_eq!(opened.status, 202, "{:?}", opened.body);
    succeeds(&root, &operation(&opened.body)).await;
    // Whose addition had not begun to take effect was taken back; the others get what they were to get.
    for name in ["john", "jane", "a"] {
        assert_eq!(app.mailbox(&format!("{name}@acme.test")), Some(1), "{name}");
    }
}
