//! A tenant goes, and its names with it.

use bheem_http_kit::Method;
use serde_json::{Value, json};

use crate::{
    AT_ONCE, PASSWORD_OF_ALL, add, impatient, operation, succeeds,
    support::{TestApp, eventually},
};

#[tokio::test(flavor = "multi_thread")]
async fn everything_of_a_deleted_tenant_is_closed_and_its_domain_is_free_last() {
    let app = impatient().await;
    let (root, owner) = (app.super_admin().await, app.person("owner").await);
    let slug = app.tenant(&owner, "Acme").await;
    app.proven_domain(&owner, &slug, "acme.test").await;
    let john = app
        .invited(&owner, &slug, json!({"username": "john", "name": "John"}))
        .await;
    let jane = add(&owner, &slug, "jane").await;
    let tenant_id = jane["tenant_id"].as_str().unwrap().to_owned();
    app.mail_hangs();
    let path = format!("/admin/tenants/{slug}");
    let deleted = root
        .send(Method::DELETE, &path, AT_ONCE, &Value::Null)
        .await;
    assert_eq!(deleted.status, 202, "{:?}", deleted.body);
    let id = operation(&deleted.body);
    assert_eq!(
        deleted.headers["location"],
        format!("/api/v1/operations/{id}").as_str()
    );
    // Our own doors, at once.
    john.get("/auth/me")
        .await
        .is_problem(401, "unauthenticated");
    let body = json!({"username": "john@acme.test", "password": PASSWORD_OF_ALL});
    let again = app.send(Method::POST, "/auth/login", &body).await;
    assert_eq!(again.status, 403, "{:?}", again.body);
    owner.get(&path).await.is_problem(404, "not_found");
    eventually("files and calendars are closed", async || {
        !app.files(&john.id, &tenant_id).0
            && !app.files(jane["user_id"].as_str().unwrap(), &tenant_id).0
    })
    .await;
    // While the mail server does not answer, its mail is not closed, and the name is nobody else's.
    let eve = app.person("eve").await;
    let other = app.tenant(&eve, "Other").await;
    let domains = format!("/admin/tenants/{other}/domains");
    let claim = json!({"domain": "acme.test"});
    let refused = eve.post(&domains, &claim).await;
    refused.is_problem(409, "domain_registered");

    app.sandbox.mailcow.clear_faults();
    succeeds(&root, &id).await;
    for name in ["john", "jane"] {
        assert_eq!(app.mailbox(&format!("{name}@acme.test")), Some(0), "{name}");
    }
    let mailcow = app.sandbox.mailcow.state();
    let domain = &mailcow["domains"][0];
    assert_eq!(domain["active"], 0, "{domain}");
    let nextcloud = app.sandbox.nextcloud.state();
    let group = format!("tenant-{tenant_id}");
    assert!(
        !nextcloud["groups"].to_string().contains(&group),
        "{nextcloud}"
    );
    assert_eq!(eve.post(&domains, &claim).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_slug_of_a_deleted_tenant_rests_before_it_is_given_out_again() {
    let app = TestApp::start().await;
    let (root, owner) = (app.super_admin().await, app.person("owner").await);
    assert_eq!(app.tenant(&owner, "Acme").await, "acme");
    assert_eq!(root.delete("/admin/tenants/acme").await.status, 200);
    let eve = app.person("eve").await;
    let named = json!({"name": "Acme", "slug": "acme"});
    let taken = eve.post("/tenants", &named).await;
    taken.is_problem(409, "slug_taken");
    let body =
        json!({"name": "Acme", "slug": "acme", "owner_email": "boss@acme.test", "plan": "free"});
    let taken = root.post("/admin/tenants", &body).await;
    taken.is_problem(409, "slug_taken");
    assert_eq!(app.tenant(&eve, "Acme").await, "acme-2");
    // When its time is over, it is a name like any other.
    let rested = "UPDATE workspace.resting_names SET rests_until = now()";
    crate::support::flow::query(&app.database, rested);
    assert_eq!(eve.post("/tenants", &named).await.status, 201);
}
