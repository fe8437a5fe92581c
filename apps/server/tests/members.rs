//! Seats, roles and repeated requests.
#![cfg(test)]

mod support;

use bheem_http_kit::Method;
use serde_json::json;
use support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn fifty_at_once_for_five_seats_give_five_members() {
    let app = TestApp::start_with(|settings| settings.provisioning.send_welcome = false).await;
    let ada = app.person("ada").await;
    let slug = app.tenant(&ada, "Acme").await;
    let path = format!("/admin/tenants/{slug}/users");
    // The owner holds one of the five seats.
    let attempts = (0..50).map(|number| {
        let body = json!({"email": format!("p{number}@else.test"), "name": "P"});
        let (ada, path) = (&ada, &path);
        async move {
            ada.send(Method::POST, path, &[("prefer", "respond-async")], &body)
                .await
        }
    });
    let answers = futures::future::join_all(attempts).await;
    let (added, refused): (Vec<_>, Vec<_>) = answers
        .iter()
        .partition(|answer| matches!(answer.status, 201 | 202));
    assert_eq!(added.len(), 4);
    for answer in refused {
        answer.is_problem(403, "quota_exceeded");
        assert!(
            answer.body["detail"]
                .as_str()
                .unwrap()
                .starts_with("User limit reached (5)")
        );
    }
    let tenant = ada.get(&format!("/admin/tenants/{slug}")).await;
    assert_eq!(tenant.body["user_count"], 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deactivated_member_holds_no_seat_and_the_last_owner_stays() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let slug = app.tenant(&ada, "Acme").await;
    let path = format!("/admin/tenants/{slug}/users");
    let mut last = String::new();
    for number in 0..4 {
        let body = json!({"email": format!("p{number}@else.test"), "name": "P"});
        let added = ada.post(&path, &body).await;
        assert_eq!(added.status, 201, "{:?}", added.body);
        last = added.text("user_id");
    }
    let fifth = json!({"email": "p9@else.test", "name": "P"});
    ada.post(&path, &fifth)
        .await
        .is_problem(403, "quota_exceeded");
    assert_eq!(ada.delete(&format!("{path}/{last}")).await.status, 200);
    assert_eq!(ada.post(&path, &fifth).await.status, 201);
    let back = ada
        .patch(&format!("{path}/{last}"), &json!({"is_active": true}))
        .await;
    back.is_problem(403, "quota_exceeded");
    let own = format!("{path}/{}", ada.id);
    ada.delete(&own).await.is_problem(409, "last_owner");
    ada.patch(&own, &json!({"role": "member"}))
        .await
        .is_problem(409, "last_owner");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_has_no_power_over_owners() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let slug = app.tenant(&ada, "Acme").await;
    let path = format!("/admin/tenants/{slug}/users");
    let body = json!({"email": "carl@else.test", "name": "Carl", "role": "admin"});
    assert_eq!(ada.post(&path, &body).await.status, 201);
    let token = TestApp::link_token(&app.messages_to("carl@else.test")[0]);
    let set = json!({"token": token, "password": support::PASSWORD});
    app.send(Method::POST, "/auth/set-password", &set).await;
    let carl = app.sign_in("carl@else.test", support::PASSWORD).await;
    let own = format!("{path}/{}", carl.id);
    carl.patch(&own, &json!({"role": "owner"}))
        .await
        .is_problem(403, "forbidden");
    let ada_path = format!("{path}/{}", ada.id);
    carl.delete(&ada_path).await.is_problem(403, "forbidden");
    carl.patch(&ada_path, &json!({"role": "member"}))
        .await
        .is_problem(403, "forbidden");
    let owner = json!({"email": "x@else.test", "name": "X", "role": "owner"});
    carl.post(&path, &owner).await.is_problem(403, "forbidden");
    carl.patch(&own, &json!({"role": "root"}))
        .await
        .is_problem(422, "invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_comes_twice_is_answered_once() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let slug = app.tenant(&ada, "Acme").await;
    let path = format!("/admin/tenants/{slug}/users");
    let body = json!({"email": "carl@else.test", "name": "Carl"});
    let key = [("idempotency-key", "add-carl-1")];
    let first = ada.send(Method::POST, &path, &key, &body).await;
    let second = ada.send(Method::POST, &path, &key, &body).await;
    assert_eq!((first.status, second.status), (201, 201));
    assert_eq!(first.body, second.body);
    assert_eq!(second.headers["idempotency-replayed"], "true");
    let other = json!({"email": "dora@else.test", "name": "Dora"});
    let mismatch = ada.send(Method::POST, &path, &key, &other).await;
    mismatch.is_problem(422, "invalid");
    assert_eq!(mismatch.body["errors"][0]["field"], "Idempotency-Key");
    // Somebody else's key is somebody else's.
    let eve = app.person("eve").await;
    let eves = app.tenant(&eve, "Eve").await;
    let path = format!("/admin/tenants/{eves}/users");
    let fresh = eve.send(Method::POST, &path, &key, &body).await;
    assert_eq!(fresh.status, 201);
    assert_ne!(fresh.body["tenant_id"], first.body["tenant_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_repeats_of_a_request_add_one_person() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let slug = app.tenant(&ada, "Acme").await;
    let path = format!("/admin/tenants/{slug}/users");
    let body = json!({"email": "carl@else.test", "name": "Carl"});
    let tries = (0..8).map(|_| {
        let (ada, path, body) = (&ada, &path, &body);
        async move {
            ada.send(Method::POST, path, &[("idempotency-key", "same")], body)
                .await
                .status
        }
    });
    let statuses = futures::future::join_all(tries).await;
    assert!(
        statuses.iter().all(|status| matches!(status, 201 | 409)),
        "{statuses:?}"
    );
    assert!(statuses.contains(&201));
    assert_eq!(ada.get(&path).await.body.as_array().unwrap().len(), 2);
    assert_eq!(app.messages_to("carl@else.test").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_a_member_is_not_added_again_and_skips_are_told() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let slug = app.tenant(&ada, "Acme").await;
    let path = format!("/admin/tenants/{slug}/users");
    ada.post(&path, &json!({"username": "john", "name": "J"}))
        .await
        .is_problem(422, "invalid");
    ada.post(&path, &json!({"name": "J"}))
        .await
        .is_problem(422, "invalid");
    let body = json!({"email": "carl@else.test", "name": "Carl"});
    let added = ada.post(&path, &body).await;
    assert_eq!(added.body["status"], "invited", "{:?}", added.body);
    ada.post(&path, &body)
        .await
        .is_problem(409, "invitation_pending");
    let token = TestApp::link_token(&app.messages_to("carl@else.test")[0]);
    let set = json!({"token": token, "password": support::PASSWORD});
    app.send(Method::POST, "/auth/set-password", &set).await;
    let own = format!("{path}/{}", added.text("user_id"));
    support::eventually("the services of somebody who accepted", async || {
        // One answer: between two a run may have begun.
        let carl = ada.get(&own).await.body;
        carl["provisioning_status"] == "success" && carl["services"].as_array().unwrap().len() > 1
    })
    .await;
    let services = ada.get(&own).await.body["services"].clone();
    let services = services.as_array().unwrap();
    let mailbox = services.iter().find(|s| s["service"] == "mailbox").unwrap();
    assert_eq!(mailbox["status"], "skipped");
    assert_eq!(
        mailbox["reason"],
        "Email domain else.test not in tenant domains"
    );
    let again = ada.post(&path, &body).await;
    again.is_problem(409, "member_exists");
    assert_eq!(again.body["detail"], "User is already a member");
    let listed = ada.get(&path).await;
    let carl = listed
        .body
        .as_array()
        .unwrap()
        .iter()
        .find(|u| u["name"] == "Carl")
        .unwrap();
    assert_eq!(carl["id"], added.body["id"]);
    assert_eq!(carl["created_at"], added.body["created_at"]);
    assert_eq!(carl["provisioning_status"], "success");
}
