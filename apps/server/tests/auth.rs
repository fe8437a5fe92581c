//! Registering, signing in and out, over the wire.
#![cfg(test)]

mod support;

use bheem_http_kit::Method;
use serde_json::json;
use support::{PASSWORD, TestApp, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn nobody_chooses_their_role() {
    let app = TestApp::start().await;
    let body = json!({"username": "mallory", "password": PASSWORD, "role": "SuperAdmin", "company_code": "BHM001"});
    let answer = app.send(Method::POST, "/auth/register", &body).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.body["role"], "Customer");
    let mallory = app.sign_in("mallory", PASSWORD).await;
    mallory
        .get("/admin/tenants")
        .await
        .is_problem(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_at_fault_are_named_and_secrets_are_not_repeated() {
    let app = TestApp::start().await;
    for (body, field) in [
        (json!({"password": PASSWORD}), "username"),
        (json!({"username": "ada"}), "password"),
        (json!({"username": "ada", "password": 5}), "password"),
        (json!({"username": "ada", "password": "short"}), "password"),
        (
            json!({"username": "ada", "password": PASSWORD, "email": "no"}),
            "email",
        ),
        (json!({"username": "a b", "password": PASSWORD}), "username"),
    ] {
        let answer = app.send(Method::POST, "/auth/register", &body).await;
        answer.is_problem(422, "invalid");
        assert_eq!(
            answer.body["errors"][0]["field"], field,
            "{:?}",
            answer.body
        );
        assert!(!answer.body.to_string().contains(PASSWORD));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_does_not_tell_who_has_an_account_but_a_mail_does() {
    let app = TestApp::start().await;
    let body = json!({
        "username": " Ada@Münch.test", "password": PASSWORD, "email": "other@acme.test",
        "full_name": "Ada", "company_code": " ACME ",
    });
    let mut answers = Vec::new();
    for _ in 0..2 {
        let answer = app.send(Method::POST, "/auth/register", &body).await;
        assert_eq!(answer.status, 201, "{:?}", answer.body);
        let mut body = answer.body;
        assert!(body["id"].take().is_string());
        answers.push(body);
    }
    assert_eq!(answers[0], answers[1]);
    let email = answers[0]["email"].as_str().unwrap();
    eventually("a welcome and a word of warning", async || {
        app.messages_to(email).len() == 2
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_names_and_wrong_passwords_look_alike() {
    let app = TestApp::start().await;
    app.person("ada").await;
    for body in [
        json!({"username": "ada", "password": "wrong password!"}),
        json!({"username": "nobody", "password": "wrong password!"}),
    ] {
        let answer = app.send(Method::POST, "/auth/login", &body).await;
        answer.is_problem(401, "unauthenticated");
        assert_eq!(answer.body["detail"], "Invalid username or password");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_limited_with_a_time_to_come_back() {
    let app = TestApp::start().await;
    app.person("ada").await;
    let guess = json!({"username": "ada", "password": "wrong password!"});
    for _ in 0..10 {
        assert_eq!(
            app.send(Method::POST, "/auth/login", &guess).await.status,
            401
        );
    }
    let answer = app.send(Method::POST, "/auth/login", &guess).await;
    answer.is_problem(429, "too_many_requests");
    assert!(
        answer.headers["retry-after"]
            .to_str()
            .unwrap()
            .parse::<u64>()
            .unwrap()
            > 0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_is_good_once_and_twice_ends_the_session() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let refresh = |token: String| {
        let app = &app;
        async move {
            app.send(
                Method::POST,
                "/auth/refresh",
                &json!({"refresh_token": token}),
            )
            .await
        }
    };
    let second = refresh(ada.refresh_token.clone()).await;
    assert_eq!(second.status, 200);
    assert_eq!(second.headers["cache-control"], "no-store");
    refresh(ada.refresh_token.clone())
        .await
        .is_problem(401, "unauthenticated");
    refresh(second.text("refresh_token"))
        .await
        .is_problem(401, "unauthenticated");
    ada.get("/auth/me").await.is_problem(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_on_every_replica() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let ada = app.person("ada").await;
    let elsewhere = ada.at(&format!("http://{}", other.address));
    assert_eq!(elsewhere.get("/auth/me").await.status, 200);
    assert_eq!(ada.post("/auth/logout", &json!({})).await.status, 200);
    ada.get("/auth/me").await.is_problem(401, "unauthenticated");
    eventually("the other replica hears of it", async || {
        elsewhere.get("/auth/me").await.status == 401
    })
    .await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_password_ends_the_other_sessions() {
    let app = TestApp::start().await;
    let first = app.person("ada").await;
    let second = app.sign_in("ada", PASSWORD).await;
    assert_eq!(
        second
            .get("/auth/sessions")
            .await
            .body
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let wrong = json!({"current_password": "not this one", "new_password": "a whole new phrase"});
    second
        .post("/auth/change-password", &wrong)
        .await
        .is_problem(401, "unauthenticated");
    let right = json!({"current_password": PASSWORD, "new_password": "a whole new phrase"});
    assert_eq!(
        second.post("/auth/change-password", &right).await.status,
        200
    );
    first
        .get("/auth/me")
        .await
        .is_problem(401, "unauthenticated");
    assert_eq!(second.get("/auth/me").await.status, 200);
    app.sign_in("ada", "a whole new phrase").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_and_ended_by_their_owner_alone() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let phone = app.sign_in("ada", PASSWORD).await;
    let sessions = ada.get("/auth/sessions").await;
    let other = sessions
        .body
        .as_array()
        .unwrap()
        .iter()
        .find(|s| s["is_current"] == false)
        .unwrap();
    let path = format!("/auth/sessions/{}", other["id"].as_str().unwrap());
    eve.delete(&path).await.is_problem(404, "not_found");
    assert_eq!(phone.get("/auth/me").await.status, 200);
    assert_eq!(ada.delete(&path).await.status, 204);
    phone
        .get("/auth/me")
        .await
        .is_problem(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_set_by_a_link_once() {
    let app = TestApp::start().await;
    let ada = app.person("ada@acme.test").await;
    eventually("the welcome", async || {
        app.messages_to("ada@acme.test").len() == 1
    })
    .await;
    for name in ["ada@acme.test", "nobody@acme.test"] {
        let answer = app
            .send(
                Method::POST,
                "/auth/password/reset/request",
                &json!({"email": name}),
            )
            .await;
        assert_eq!(answer.status, 200);
    }
    eventually("the link", async || {
        app.messages_to("ada@acme.test").len() == 2
    })
    .await;
    assert!(app.messages_to("nobody@acme.test").is_empty());
    let token = TestApp::link_token(&app.messages_to("ada@acme.test")[1]);
    let confirm = json!({"token": token, "new_password": "a whole new phrase"});
    let path = "/auth/password/reset/confirm";
    assert_eq!(app.send(Method::POST, path, &confirm).await.status, 200);
    app.send(Method::POST, path, &confirm)
        .await
        .is_problem(422, "invalid");
    ada.get("/auth/me").await.is_problem(401, "unauthenticated");
    app.sign_in("ada@acme.test", "a whole new phrase").await;
}
