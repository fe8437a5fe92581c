//! The owner of a tenant gets services like everybody.

use serde_json::json;

use crate::support::{TestApp, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_chooses_an_address_and_gets_every_service() {
    let app = TestApp::start().await;
    let carol = app.person("carol").await;
    let slug = app.tenant(&carol, "Harbour").await;
    carol
        .post("/workspace/provision", &json!({"email": "carol"}))
        .await
        .is_problem(422, "invalid");
    app.proven_domain(&carol, &slug, "harbour.test").await;
    let given = carol
        .post("/workspace/provision", &json!({"email": "carol"}))
        .await;
    assert_eq!(given.status, 200, "{:?}", given.body);
    assert_eq!(given.body["email"], "carol@harbour.test");
    let services = given.body["services_provisioned"].to_string();
    assert!(
        services.contains("mailbox") && services.contains("nextcloud"),
        "{services}"
    );
    let me = carol.get("/workspace/me").await;
    assert_eq!(
        me.body["workspace"]["email"]["address"],
        "carol@harbour.test"
    );
    // Asking again changes nothing and takes nothing.
    let again = carol.post("/workspace/provision", &json!({})).await;
    assert_eq!(again.status, 200, "{:?}", again.body);
    let mailboxes = app.sandbox.mailcow.state()["mailboxes"].clone();
    assert_eq!(mailboxes.as_array().unwrap().len(), 1);
    carol
        .post("/workspace/provision", &json!({"email": "ceo"}))
        .await
        .is_problem(409, "address_already_set");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_somebody_else_is_not_to_be_chosen() {
    let app = TestApp::start().await;
    let carol = app.person("carol").await;
    let slug = app.tenant(&carol, "Harbour").await;
    app.proven_domain(&carol, &slug, "harbour.test").await;
    let john = app
        .invited(&carol, &slug, json!({"username": "john", "name": "John"}))
        .await;
    carol
        .post("/workspace/provision", &json!({"email": "john"}))
        .await
        .is_problem(409, "address_taken");
    carol
        .post("/workspace/provision", &json!({"email": "carol@else.test"}))
        .await
        .is_problem(422, "invalid");
    john.post("/workspace/provision", &json!({"email": "boss"}))
        .await
        .is_problem(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_whom_the_platform_names_is_invited() {
    let app = TestApp::start().await;
    let root = app.super_admin().await;
    let body =
        json!({"name": "Acme", "slug": "acme", "owner_email": "olivia@acme.test", "plan": "free"});
    let made = root.post("/admin/tenants", &body).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    eventually("the invitation", async || {
        !app.messages_to("olivia@acme.test").is_empty()
    })
    .await;
    let message = app.messages_to("olivia@acme.test").remove(0);
    let text = message.to_string();
    assert!(
        text.contains("workspace_name") && text.contains("/set-password#token="),
        "{text}"
    );
    assert!(!text.contains("reset"), "{text}");
}
