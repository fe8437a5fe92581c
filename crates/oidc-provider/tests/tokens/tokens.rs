//! Client credentials, introspection, revocation, and what all tokens have in common.

use serde_json::json;

use crate::support::{Bed, claims};

#[tokio::test]
async fn a_client_acts_for_itself() {
    let bed = Bed::new().await;
    let app = bed.client("app").await;
    let reply = bed
        .token(&app, &[("grant_type", "client_credentials")])
        .await
        .good();
    assert_eq!(reply.text("scope"), "files");
    for absent in ["refresh_token", "id_token"] {
        assert!(reply.body.get(absent).is_none());
    }
    let access = claims(reply.text("access_token"));
    assert_eq!(
        (&access["sub"], &access["client_id"]),
        (&json!(app.id), &json!(app.id))
    );
    for absent in ["sid", "gid", "tid"] {
        assert!(access.get(absent).is_none());
    }
    let pairs = [("grant_type", "client_credentials"), ("scope", "openid")];
    bed.token(&app, &pairs)
        .await
        .is_refused(400, "invalid_scope");
    let told = bed.userinfo(reply.text("access_token")).await;
    told.is_refused(403, "insufficient_scope");
}

#[tokio::test]
async fn a_known_client_costs_no_connection() {
    let bed = Bed::new().await;
    let app = bed.client("app").await;
    bed.watching(async {
        let pairs = [("grant_type", "client_credentials")];
        bed.token(&app, &pairs).await.good();
        // Nothing can be asked of a database that is closed.
        bed.database.close();
        let reply = bed.token(&app, &pairs).await.good();
        assert!(bed.is_active(&app, reply.text("access_token")).await);
    })
    .await;
}

#[tokio::test]
async fn grants_that_are_unknown_or_not_allowed_are_told_apart() {
    let bed = Bed::new().await;
    let mut settings = Bed::settings("app");
    settings.grant_types = vec!["authorization_code".to_owned()];
    let app = bed.client_with(settings, Vec::new()).await;
    let unknown = bed.token(&app, &[("grant_type", "password")]).await;
    unknown.is_refused(400, "unsupported_grant_type");
    let forbidden = bed
        .token(&app, &[("grant_type", "client_credentials")])
        .await;
    forbidden.is_refused(400, "unauthorized_client");
    bed.token(&app, &[])
        .await
        .is_refused(400, "invalid_request");
    // Without the grant there is no refresh token either.
    let ada = bed.person("ada").await;
    let reply = bed.tokens(&app, ada, &["openid", "offline_access"]).await;
    assert!(reply.body.get("refresh_token").is_none());
}

#[tokio::test]
async fn a_service_is_told_of_its_own_tokens_only() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let mut settings = Bed::settings("other");
    settings.resources = vec!["https://other.example".to_owned()];
    let other = bed.client_with(settings, Vec::new()).await;
    let reply = bed.tokens(&app, ada, &["openid", "email"]).await;
    for name in ["access_token", "refresh_token"] {
        let told = bed.introspect(&app, reply.text(name)).await.good();
        assert_eq!(told.body["active"], true, "{name}");
        assert_eq!(told.text("username"), "ada");
        assert_eq!(told.text("sub"), ada.account.to_string());
        assert_eq!(told.text("client_id"), app.id);
        let foreign = bed.introspect(&other, reply.text(name)).await.good();
        assert_eq!(foreign.body, json!({"active": false}));
    }
    for bad in ["x", "a.b.c", reply.text("id_token")] {
        let told = bed.introspect(&app, bad).await.good();
        assert_eq!(told.body, json!({"active": false}));
    }
    bed.pass(600);
    assert!(!bed.is_active(&app, reply.text("access_token")).await);
}

#[tokio::test]
async fn a_client_gives_back_its_own_tokens_only() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let other = bed.client("other").await;
    let reply = bed.tokens(&app, ada, &["openid", "offline_access"]).await;
    let (access, refresh) = (reply.text("access_token"), reply.text("refresh_token"));
    for token in [access, refresh, "x", "a.b.c"] {
        assert_eq!(bed.revoke(&other, token).await.status, 200);
    }
    assert!(bed.is_active(&app, access).await && bed.is_active(&app, refresh).await);

    assert_eq!(bed.revoke(&app, access).await.status, 200);
    assert!(!bed.is_active(&app, access).await);
    assert!(bed.is_active(&app, refresh).await);
    let next = bed.refresh(&app, refresh).await.good();
    assert_eq!(
        bed.revoke(&app, next.text("refresh_token")).await.status,
        200
    );
    assert!(!bed.is_active(&app, next.text("access_token")).await);
    let ended = bed.refresh(&app, next.text("refresh_token")).await;
    ended.is_refused(400, "invalid_grant");
}

#[tokio::test]
async fn tokens_of_other_kinds_and_foreign_ones_are_refused() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let reply = bed.tokens(&app, ada, &["openid"]).await;
    let access = reply.text("access_token");
    let parts = access.split('.').collect::<Vec<_>>();
    let none = bheem_vault::token::encode(br#"{"alg":"none","typ":"at+jwt"}"#);
    for bad in [
        reply.text("id_token").to_owned(),
        reply.text("refresh_token").to_owned(),
        format!("{none}.{}.", parts[1]),
        format!("{none}.{}.{}", parts[1], parts[2]),
        format!("{}.{}.AAAA", parts[0], parts[1]),
    ] {
        bed.userinfo(&bad).await.is_refused(401, "invalid_token");
    }
    bed.userinfo(access).await.good();
}

#[tokio::test]
async fn replicas_take_turns_and_hear_of_one_another() {
    let one = Bed::new().await;
    let two = one.replica().await;
    let (app, ada) = (one.client("app").await, one.person("ada").await);
    let code = one.code(&app, ada, &["openid", "offline_access"]).await;
    let first = two.redeem(&app, &code).await.good();
    let second = one.refresh(&app, first.text("refresh_token")).await.good();
    let third = two.refresh(&app, second.text("refresh_token")).await.good();
    let access = third.text("access_token");
    two.watching(async {
        assert!(two.is_active(&app, access).await);
        assert_eq!(one.revoke(&app, access).await.status, 200);
        two.until("the other replica has heard", async || {
            !two.is_active(&app, access).await
        })
        .await;
        assert!(two.is_active(&app, second.text("access_token")).await);
        // A code that comes again on one ends everything on the other.
        one.redeem(&app, &code)
            .await
            .is_refused(400, "invalid_grant");
        two.until("the grant has ended", async || {
            !two.is_active(&app, second.text("access_token")).await
        })
        .await;
    })
    .await;
}
