//! A domain is its prover's, for as long as it is proven; what was made on it goes with it.

use bheem_http_kit::Method;
use serde_json::{Value, json};

use crate::support::{PASSWORD, TestApp, eventually, flow::query};

fn mail_domain(app: &TestApp, name: &str) -> Value {
    let state = app.sandbox.mailcow.state();
    let domains = state["domains"].as_array().unwrap();
    domains
        .iter()
        .find(|domain| domain["domain_name"] == name || domain["name"] == name)
        .cloned()
        .unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_holder_of_a_domain_gets_fresh_accounts() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let (old, new) = (app.tenant(&ada, "Old").await, app.tenant(&eve, "New").await);
    let domain = app.proven_domain(&ada, &old, "corp.test").await;
    let john = json!({"username": "john", "name": "John", "personal_email": "john@home.test"});
    let added = ada
        .post(&format!("/admin/tenants/{old}/users"), &john)
        .await;
    assert_eq!(added.status, 201, "{:?}", added.body);
    let token = TestApp::link_token(&app.messages_to("john@home.test")[0]);
    let set = json!({"token": token, "password": PASSWORD});
    app.send(Method::POST, "/auth/set-password", &set).await;
    let john = app.sign_in("john@corp.test", PASSWORD).await;

    let asked = json!({"email": "john@corp.test", "name": "John"});
    let users = format!("/admin/tenants/{new}/users");
    assert_eq!(eve.post(&users, &asked).await.body["status"], "invited");

    let domains = format!("/admin/tenants/{old}/domains/{domain}");
    ada.delete(&domains).await.is_problem(409, "domain_in_use");
    let path = format!("/admin/tenants/{old}/users/{}", john.id);
    assert_eq!(ada.delete(&path).await.status, 200);
    let removed = ada.delete(&domains).await;
    assert_eq!(removed.status, 204, "{:?}", removed.body);
    assert_eq!(mail_domain(&app, "corp.test")["active"], 0);
    // The old tenant opens nothing that was there.
    ada.patch(&path, &json!({"is_active": true}))
        .await
        .is_problem(409, "account_disabled");

    // Nor is the address taken by what the next holder once asked of the former account.
    app.proven_domain(&eve, &new, "corp.test").await;
    assert_eq!(mail_domain(&app, "corp.test")["active"], 1);
    let again = json!({"username": "john", "name": "John N"});
    let fresh = app.invited(&eve, &new, again).await;
    assert_ne!(fresh.id, john.id);
    john.get("/auth/me")
        .await
        .is_problem(401, "unauthenticated");
    // The mailbox is fresh too; the old one is closed and out of the way.
    let mailboxes = app.sandbox.mailcow.state()["mailboxes"].clone();
    for mailbox in mailboxes.as_array().unwrap() {
        let is_new = mailbox["username"] == "john@corp.test";
        assert_eq!(mailbox["active"] == 1, is_new, "{mailbox}");
    }
    assert_eq!(mailboxes.as_array().unwrap().len(), 2);
    let me = fresh.get("/auth/me").await;
    assert_eq!(me.status, 200);
    assert!(!me.raw.contains("john@home.test"), "{}", me.raw);
    let refresh = json!({"refresh_token": john.refresh_token});
    let refreshed = app.send(Method::POST, "/auth/refresh", &refresh).await;
    assert_eq!(refreshed.status, 401, "{:?}", refreshed.body);
    let users = app.sandbox.nextcloud.state()["users"].to_string();
    assert!(
        users.contains(&fresh.id) && users.contains(&john.id),
        "{users}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_free_only_once_its_mail_is_closed() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let (old, new) = (app.tenant(&ada, "Old").await, app.tenant(&eve, "New").await);
    let domain = app.proven_domain(&ada, &old, "corp.test").await;
    app.sandbox.mailcow.fault(bheem_sandbox::Fault {
        path_prefix: "/api/v1".to_owned(),
        action: bheem_sandbox::FaultAction::Fail,
        times: Some(0),
        ..bheem_sandbox::Fault::default()
    });
    let path = format!("/admin/tenants/{old}/domains/{domain}");
    let later = [("prefer", "respond-async")];
    let removed = ada.send(Method::DELETE, &path, &later, &Value::Null).await;
    assert_eq!(removed.status, 202, "{:?}", removed.body);
    assert_eq!(ada.get(&path).await.body["status"], "removing");
    let claim = json!({"domain": "corp.test"});
    let claims = format!("/admin/tenants/{new}/domains");
    eve.post(&claims, &claim)
        .await
        .is_problem(409, "domain_being_removed");
    app.sandbox.mailcow.clear_faults();
    eventually("the domain is free", async || {
        eve.post(&claims, &claim).await.status == 201
    })
    .await;
    assert_eq!(mail_domain(&app, "corp.test")["active"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_that_was_missing_for_a_month_gives_way_to_a_new_one() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let (old, new) = (app.tenant(&ada, "Old").await, app.tenant(&eve, "New").await);
    app.proven_domain(&ada, &old, "corp.test").await;
    let john = app
        .invited(&ada, &old, json!({"username": "john", "name": "John"}))
        .await;
    let claims = format!("/admin/tenants/{new}/domains");
    let claim = json!({"domain": "corp.test"});
    eve.post(&claims, &claim)
        .await
        .is_problem(409, "domain_registered");
    for (days, status) in [(29, 409), (31, 201)] {
        query(
            &app.database,
            &format!(
                "UPDATE workspace.domains SET ownership_missing_since = now() - interval '{days} days' \
                 WHERE ownership_verified"
            ),
        );
        assert_eq!(eve.post(&claims, &claim).await.status, status);
    }
    // A claim is no proof: everything goes on.
    assert_eq!(john.get("/auth/me").await.status, 200);
    let listed = eve.get(&claims).await;
    app.publish(&listed.body[0]);
    let id = listed.body[0]["id"].as_str().unwrap();
    let verified = eve.post(&format!("{claims}/{id}/verify"), &json!({})).await;
    assert_eq!(
        verified.body["ownership_verified"], true,
        "{:?}",
        verified.body
    );
    john.get("/auth/me")
        .await
        .is_problem(401, "unauthenticated");
    assert_eq!(
        ada.get(&format!("/admin/tenants/{old}/domains")).await.body,
        json!([])
    );
    eventually(
        "the old mailbox is closed, and out of the way",
        async || {
            let mailboxes = app.sandbox.mailcow.state()["mailboxes"].clone();
            let mailboxes = mailboxes.as_array().unwrap().clone();
            mailboxes.len() == 1
                && mailboxes[0]["active"] == 0
                && mailboxes[0]["username"]
                    .as_str()
                    .unwrap()
                    .starts_with("closed-")
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unanswered_question_is_no_missing_proof() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let slug = app.tenant(&ada, "Acme").await;
    let id = app.proven_domain(&ada, &slug, "acme.test").await;
    query(
        &app.database,
        "UPDATE workspace.domains SET ownership_checked_at = now() - interval '8 days'",
    );
    app.sandbox.dns.peer.fault(bheem_sandbox::Fault {
        action: bheem_sandbox::FaultAction::Fail,
        times: Some(0),
        ..bheem_sandbox::Fault::default()
    });
    let services = &app.running.app().services;
    assert_eq!(services.look_at_proofs().await.unwrap(), 1);
    let path = format!("/admin/tenants/{slug}/domains/{id}");
    let after = ada.get(&path).await;
    assert_eq!(after.body["ownership_missing_since"], Value::Null);
    assert_eq!(after.body["mx_verified"], true, "{:?}", after.body);
    app.sandbox.dns.peer.clear_faults();
    for name in ["acme.test", "_bheem-verify.acme.test"] {
        app.sandbox.dns.unpublish(name, None).unwrap();
    }
    assert_eq!(services.look_at_proofs().await.unwrap(), 1);
    let after = ada.get(&path).await;
    assert!(
        after.body["ownership_missing_since"].is_string(),
        "{:?}",
        after.body
    );
    assert_eq!(after.body["ownership_verified"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_becomes_of_a_domain_at_the_mail_server_is_seen_and_mended() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let slug = app.tenant(&ada, "Acme").await;
    let id = app.proven_domain(&ada, &slug, "acme.test").await;
    let path = format!("/admin/tenants/{slug}/domains/{id}");
    let inspector = bheem_provisioning::MailInspector::new(mailcow(&app));
    let look = async || {
        query(
            &app.database,
            "UPDATE workspace.domains SET mail_checked_at = now() - interval '1 hour'",
        );
        let services = &app.running.app().services;
        assert_eq!(services.look_at_mail(&inspector).await.unwrap(), 1);
        ada.get(&path).await.body
    };
    assert_eq!(look().await["mail_enabled"], true);

    // Deactivated: shown, and opened by whoever verifies it.
    let off = bheem_mailcow::UpdateDomain::new().active(false);
    mailcow(&app)
        .domains()
        .update("acme.test", &off)
        .await
        .unwrap();
    let seen = look().await;
    assert_eq!(
        (&seen["mail_enabled"], &seen["mail_problem"]),
        (&json!(false), &json!("inactive"))
    );
    let verified = ada.post(&format!("{path}/verify"), &json!({})).await;
    assert_eq!(verified.body["mail_enabled"], true, "{:?}", verified.body);
    assert_eq!(mail_domain(&app, "acme.test")["active"], 1);

    // Deleted: made again.
    mailcow(&app).domains().delete("acme.test").await.unwrap();
    assert_eq!(look().await["mail_problem"], "absent");
    eventually("the domain is made again", async || {
        ada.get(&path).await.body["mail_enabled"] == true
    })
    .await;

    // Another key: the record that is to be published follows.
    let before = ada.get(&path).await.body["dns_records"].to_string();
    mailcow(&app).delete_dkim("acme.test").await.unwrap();
    mailcow(&app)
        .create_dkim("acme.test", "s2", 2048)
        .await
        .unwrap();
    look().await;
    eventually("the new key is told", async || {
        let records = ada.get(&path).await.body["dns_records"].to_string();
        records != before && records.contains("s2._domainkey.acme.test")
    })
    .await;

    // A mail server that does not answer changes nothing.
    app.sandbox.mailcow.fault(bheem_sandbox::Fault {
        path_prefix: "/api/v1".to_owned(),
        action: bheem_sandbox::FaultAction::Fail,
        times: Some(0),
        ..bheem_sandbox::Fault::default()
    });
    let services = &app.running.app().services;
    query(
        &app.database,
        "UPDATE workspace.domains SET mail_checked_at = now() - interval '1 hour'",
    );
    services.look_at_mail(&inspector).await.unwrap();
    assert_eq!(ada.get(&path).await.body["mail_enabled"], true);
}

fn mailcow(app: &TestApp) -> bheem_mailcow::Client {
    let key = app.sandbox.mailcow.credential("api_key").to_owned();
    bheem_mailcow::Client::builder(&app.sandbox.mailcow.base_url, key.into())
        .build()
        .unwrap()
}
