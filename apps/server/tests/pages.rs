//! The sign-in pages in a real browser: every flow, without a complaint of the browser, and readable for everybody.
//!
//! With `BHEEM_SCREENSHOTS` set the pictures in `docs/screenshots` are made anew; look at them.
#![cfg(test)]

mod support;

use std::sync::Arc;

use bheem_domain::SystemClock;
use bheem_persistence::{Database, DatabaseSettings, TenantScope, repo::TenantChange};
use serde_json::{Value, json};
use support::{
    PASSWORD, Person, TestApp,
    tools::{Conversation, tools},
};

/// Where pictures are kept; nowhere unless somebody wants new ones.
#[expect(
    clippy::disallowed_methods,
    reason = "whether pictures are kept is for the environment to say"
)]
fn screenshots() -> Option<&'static str> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/screenshots");
    std::env::var_os("BHEEM_SCREENSHOTS").map(|_| {
        std::fs::create_dir_all(folder).unwrap();
        folder
    })
}

/// Lets a script go through the pages, and hands it the codes of mails.
async fn browse(app: &TestApp, admin: &Person, name: &str, more: Value) {
    let (Some(modules), Some(chromium)) = (tools("node").await, tools("chromium").await) else {
        return;
    };
    let script = format!("{}/tests/pages/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut given = json!({
        "modules": modules, "chromium": chromium, "issuer": app.base_url, "admin": admin.token, "password": PASSWORD,
        "screenshots": screenshots(),
    });
    given
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let mut conversation = Conversation::begin("node", &[&script]);
    conversation.tell(&given).await;
    let mut is_done = false;
    let mut seen = 0;
    while let Some(said) = conversation.hear().await {
        is_done |= said["done"] == true;
        let Some(address) = said["mail"].as_str() else {
            continue;
        };
        // One that has not been followed yet.
        support::eventually("another mail", async || {
            app.messages_to(address).len() > seen
        })
        .await;
        let messages = app.messages_to(address);
        seen = messages.len();
        let link = messages
            .iter()
            .rfind(|message| message.to_string().contains("#token="));
        let token = TestApp::link_token(link.unwrap());
        conversation.tell(&json!({"token": token})).await;
    }
    assert!(is_done, "it ended without saying that it is done");
}

/// Changes somebody's tenant as nobody could over the wire without what is to be tested here.
async fn change(app: &TestApp, tenant: &Value, change: &TenantChange) {
    let clock = Arc::new(SystemClock);
    let settings = DatabaseSettings::new(app.database.url());
    let database = Database::connect(&settings, clock).await.unwrap();
    let id = tenant["id"].as_str().unwrap().parse().unwrap();
    let scope = TenantScope::for_run(id);
    let mut tx = database.tenant(&scope).await.unwrap();
    tx.tenant().update(change).await.unwrap();
    tx.commit().await.unwrap();
}

async fn tenant(owner: &Person, name: &str) -> Value {
    let answer = owner.post("/tenants", &json!({"name": name})).await;
    assert_eq!(answer.status, 201, "{:?}", answer.body);
    answer.body
}

#[tokio::test]
async fn a_password_leads_to_a_client_and_back() {
    let app = TestApp::at_localhost(|_| {}).await;
    let admin = app.super_admin().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let branded = tenant(&bob, "Acme").await;
    let look = TenantChange {
        settings: Some(json!({"brand_name": "Acme Corporation", "brand_color": "#0b7a53"})),
        ..TenantChange::default()
    };
    change(&app, &branded, &look).await;
    let more = json!({"ada": ada.id, "bob": bob.id, "branded": branded["id"]});
    browse(&app, &admin, "sign_in.mjs", more).await;
}

#[tokio::test]
async fn second_factors_and_passkeys_are_set_up_and_used() {
    let app = TestApp::at_localhost(|_| {}).await;
    let admin = app.super_admin().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let strict = TenantChange {
        requires_second_factor: Some(true),
        ..TenantChange::default()
    };
    let demanding = tenant(&bob, "Strict").await;
    change(&app, &demanding, &strict).await;
    let more = json!({"ada": ada.id, "bob": bob.id, "strict": demanding["id"]});
    browse(&app, &admin, "factors.mjs", more).await;
}

#[tokio::test]
async fn mails_set_passwords_and_devices_are_connected() {
    let app = TestApp::at_localhost(|_| {}).await;
    let admin = app.super_admin().await;
    app.person("ada").await;
    let bob = app.person("bob").await;
    let slug = app.tenant(&bob, "Acme").await;
    let body = json!({"email": "carl@else.test", "name": "Carl"});
    let added = bob
        .post(&format!("/admin/tenants/{slug}/users"), &body)
        .await;
    assert_eq!(added.status, 201, "{:?}", added.body);
    let more = json!({"invited": "carl@else.test"});
    browse(&app, &admin, "mail_and_devices.mjs", more).await;
}
