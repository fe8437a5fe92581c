//! Token exchange.

use serde_json::json;

use crate::support::{App, Bed, Reply, claims};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";

async fn exchange(bed: &Bed, app: &App, subject: &str, more: &[(&str, &str)]) -> Reply {
    let mut pairs = vec![
        ("grant_type", GRANT),
        ("subject_token", subject),
        ("subject_token_type", ACCESS),
    ];
    pairs.extend_from_slice(more);
    bed.token(app, &pairs).await
}

#[tokio::test]
async fn a_token_is_taken_for_a_shorter_one_of_another_audience() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let subject = bed.tokens(&app, ada, &["openid", "files"]).await;
    let audience = ("audience", "https://files.example");
    let more = [audience, ("scope", "files")];
    let reply = exchange(&bed, &app, subject.text("access_token"), &more)
        .await
        .good();
    assert_eq!(reply.text("issued_token_type"), ACCESS);
    assert_eq!(reply.body["expires_in"], 300);
    assert!(reply.body.get("refresh_token").is_none());
    let access = claims(reply.text("access_token"));
    assert_eq!(access["aud"], "https://files.example");
    assert_eq!(access["sub"], ada.account.to_string());
    assert_eq!(access["act"], json!({"sub": app.id}));
    assert_eq!(access["scope"], "files");

    // Never longer than what it was taken for, and it ends with that.
    bed.pass(500);
    let late = exchange(&bed, &app, subject.text("access_token"), &[audience])
        .await
        .good();
    assert_eq!(late.body["expires_in"], 100);
    bed.identity
        .end_session(ada.account, ada.session)
        .await
        .unwrap();
    assert!(!bed.is_active(&app, late.text("access_token")).await);
    let ended = exchange(&bed, &app, subject.text("access_token"), &[audience]).await;
    ended.is_refused(400, "invalid_request");
}

#[tokio::test]
async fn nothing_widens() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let other = bed.client("other").await;
    let subject = bed.tokens(&app, ada, &["openid"]).await;
    let token = subject.text("access_token");
    let audience = ("audience", "https://files.example");
    for (client, more, code) in [
        (&other, vec![audience], "invalid_request"),
        (&app, vec![], "invalid_target"),
        (
            &app,
            vec![("audience", "https://other.example")],
            "invalid_target",
        ),
        (
            &app,
            vec![("resource", "https://work.example/api/v1")],
            "invalid_target",
        ),
        (&app, vec![audience, ("scope", "files")], "invalid_scope"),
        (
            &app,
            vec![audience, ("actor_token", "x")],
            "invalid_request",
        ),
        (
            &app,
            vec![audience, ("requested_token_type", "x")],
            "invalid_request",
        ),
    ] {
        exchange(&bed, client, token, &more)
            .await
            .is_refused(400, code);
    }
    let own = bed
        .token(&app, &[("grant_type", "client_credentials")])
        .await
        .good();
    for bad in [own.text("access_token"), subject.text("id_token"), "x"] {
        exchange(&bed, &app, bad, &[audience])
            .await
            .is_refused(400, "invalid_request");
    }
}
