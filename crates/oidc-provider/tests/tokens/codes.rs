//! The authorization code grant.

use futures::future::join_all;
use serde_json::json;

use crate::support::{Bed, REDIRECT, claims};

#[tokio::test]
async fn a_code_is_taken_for_tokens() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let reply = bed.tokens(&app, ada, &["openid", "email"]).await;
    assert_eq!(reply.text("token_type"), "Bearer");
    assert_eq!(reply.text("scope"), "openid email");
    assert_eq!(reply.body["expires_in"], 600);
    assert_eq!(reply.header("cache-control"), Some("no-store"));

    let access = claims(reply.text("access_token"));
    assert_eq!(access["iss"], "https://work.example");
    assert_eq!(access["aud"], "https://work.example/api/v1");
    assert_eq!(access["sub"], ada.account.to_string());
    assert_eq!(access["client_id"], app.id);
    assert_eq!(access["sid"], ada.session.to_string());
    let id = claims(reply.text("id_token"));
    assert_eq!(id["aud"], json!([app.id]));
    assert_eq!(
        (&id["nonce"], &id["email"]),
        (&json!("n-0"), &json!("ada@people.example"))
    );
    assert_eq!((&id["acr"], &id["amr"]), (&json!("aal1"), &json!(["pwd"])));
    assert_eq!(id["auth_time"], bed.now().timestamp());
    assert!(id["at_hash"].is_string() && id.get("name").is_none());
}

#[tokio::test]
async fn the_claims_parameter_adds_to_the_id_token_what_the_client_is_registered_for() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let code = bed
        .code_with(&app, ada, &["openid"], |new| {
            new.claims = Some(json!({
                "id_token": {"email": null, "phone_number": null},
                "userinfo": {"name": {"essential": true}},
            }));
        })
        .await;
    let reply = bed.redeem(&app, &code).await.good();
    let id = claims(reply.text("id_token"));
    assert_eq!(id["email"], "ada@people.example");
    assert!(id.get("phone_number").is_none() && id.get("name").is_none());
    let told = bed.userinfo(reply.text("access_token")).await.good();
    assert_eq!(told.text("name"), "Ada King Lovelace");
    assert!(told.body.get("email").is_none());
}

#[tokio::test]
async fn whoever_presents_a_code_wrongly_uses_it_up() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let other = bed.client("other").await;
    let verifier = bed.verifier().to_owned();
    let wrong = "x".repeat(43);
    let cases = [
        (&app, REDIRECT, Some(wrong.as_str())),
        (&app, REDIRECT, None),
        (&app, "https://app.example/other", Some(verifier.as_str())),
        (&other, REDIRECT, Some(verifier.as_str())),
    ];
    for (client, redirect, verifier) in cases {
        let code = bed.code(&app, ada, &["openid"]).await;
        let mut pairs = vec![
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", redirect),
        ];
        if let Some(verifier) = verifier {
            pairs.push(("code_verifier", verifier));
        }
        bed.token(client, &pairs)
            .await
            .is_refused(400, "invalid_grant");
        bed.redeem(&app, &code)
            .await
            .is_refused(400, "invalid_grant");
    }
}

#[tokio::test]
async fn a_verifier_without_a_challenge_is_refused() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let code = bed
        .code_with(&app, ada, &["openid"], |new| new.code_challenge = None)
        .await;
    bed.redeem(&app, &code)
        .await
        .is_refused(400, "invalid_grant");
}

#[tokio::test]
async fn a_code_that_comes_twice_takes_its_tokens_with_it() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let code = bed.code(&app, ada, &["openid", "offline_access"]).await;
    let reply = bed.redeem(&app, &code).await.good();
    let (access, refresh) = (reply.text("access_token"), reply.text("refresh_token"));
    assert!(bed.is_active(&app, access).await);
    bed.redeem(&app, &code)
        .await
        .is_refused(400, "invalid_grant");
    assert!(!bed.is_active(&app, access).await);
    bed.userinfo(access).await.is_refused(401, "invalid_token");
    bed.refresh(&app, refresh)
        .await
        .is_refused(400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_present_a_code_at_once_one_gets_tokens() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let code = bed.code(&app, ada, &["openid"]).await;
    let replies = join_all((0..64).map(|_| bed.redeem(&app, &code))).await;
    let good = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(good, 1);
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        reply.is_refused(400, "invalid_grant");
    }
}

#[tokio::test]
async fn a_code_lapses() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let code = bed.code(&app, ada, &["openid"]).await;
    bed.pass(60);
    bed.redeem(&app, &code)
        .await
        .is_refused(400, "invalid_grant");
}

#[tokio::test]
async fn a_code_is_worth_nothing_when_the_person_or_the_session_has_ended() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let code = bed.code(&app, ada, &["openid"]).await;
    bed.identity
        .end_session(ada.account, ada.session)
        .await
        .unwrap();
    bed.redeem(&app, &code)
        .await
        .is_refused(400, "invalid_grant");

    let again = bed.sign_in(ada.account).await;
    let code = bed.code(&app, again, &["openid"]).await;
    let mut read = bed.read().await;
    read.accounts()
        .set_active(ada.account, false)
        .await
        .unwrap();
    drop(read);
    bed.redeem(&app, &code)
        .await
        .is_refused(400, "invalid_grant");
}

#[tokio::test]
async fn resources_narrow_and_never_widen() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let verifier = bed.verifier().to_owned();
    for (resource, expected) in [
        ("https://files.example", Ok("https://files.example")),
        ("https://other.example", Err("invalid_target")),
    ] {
        let code = bed.code(&app, ada, &["openid", "files"]).await;
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", &verifier),
            ("resource", resource),
        ];
        let reply = bed.token(&app, &pairs).await;
        match expected {
            Ok(audience) => {
                let reply = reply.good();
                let token = reply.text("access_token");
                assert_eq!(claims(token)["aud"], audience);
                // A token for somebody else tells nothing here.
                bed.userinfo(token).await.is_refused(401, "invalid_token");
            }
            Err(code) => reply.is_refused(400, code),
        }
    }
}
