//! Tokens that are bound to a key.

use bheem_oidc_provider::Incoming;
use bheem_persistence::repo::ClientAuthMethod;
use bheem_vault::token;
use serde_json::{Value, json};

use crate::{
    authentication::Keys,
    support::{Bed, REDIRECT, Reply, claims},
};

const TOKEN: &str = "https://work.example/api/v1/sso/token";
const USERINFO: &str = "https://work.example/api/v1/sso/userinfo";

fn proof(bed: &Bed, keys: &Keys, jti: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut claims = json!({"jti": jti, "htm": "POST", "htu": TOKEN, "iat": bed.now().timestamp()});
    change(&mut claims);
    keys.sign(
        &json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": keys.jwk}),
        &claims,
    )
}

async fn ask(bed: &Bed, keys: &Keys, access: &str, jti: &str) -> Reply {
    let proof = proof(bed, keys, jti, |claims| {
        claims["htm"] = "GET".into();
        claims["htu"] = USERINFO.into();
        claims["ath"] = token::encode(&token::hash(access.as_bytes())).into();
    });
    let header = format!("DPoP {access}");
    let request = Incoming {
        method: "GET",
        path: "/api/v1/sso/userinfo",
        authorization: Some(&header),
        dpop: Some(&proof),
        ..Incoming::default()
    };
    bed.provider.userinfo(&request).await.into()
}

#[tokio::test]
async fn a_bound_token_is_good_with_its_key_only() {
    let bed = Bed::new().await;
    let mut settings = Bed::settings("public");
    settings.auth_method = ClientAuthMethod::None;
    settings.requires_dpop = true;
    settings.grant_types = vec!["authorization_code".to_owned(), "refresh_token".to_owned()];
    let app = bed.client_with(settings, Vec::new()).await;
    let (ada, keys) = (bed.person("ada").await, Keys::new());
    let verifier = bed.verifier().to_owned();

    let code = bed.code(&app, ada, &["openid"]).await;
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", &verifier),
    ];
    let without = bed.token(&app, &pairs).await;
    without.is_refused(400, "invalid_dpop_proof");
    assert!(without.header("dpop-nonce").is_some());
    let first = proof(&bed, &keys, "a", |_| {});
    let reply = bed.token_with(&app, &pairs, Some(&first)).await.good();
    assert_eq!(reply.text("token_type"), "DPoP");
    let access = reply.text("access_token");
    assert!(claims(access)["cnf"]["jkt"].is_string());

    bed.userinfo(access).await.is_refused(401, "invalid_token");
    ask(&bed, &keys, access, "b").await.good();
    ask(&bed, &keys, access, "b")
        .await
        .is_refused(401, "invalid_dpop_proof");
    ask(&bed, &Keys::new(), access, "c")
        .await
        .is_refused(401, "invalid_token");

    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", reply.text("refresh_token")),
    ];
    let replayed = bed.token_with(&app, &refresh, Some(&first)).await;
    replayed.is_refused(400, "invalid_dpop_proof");
    let other = Keys::new();
    let rebound = proof(&bed, &other, "d", |_| {});
    let rebound = bed.token_with(&app, &refresh, Some(&rebound)).await;
    rebound.is_refused(400, "invalid_grant");
    let again = proof(&bed, &keys, "e", |_| {});
    bed.token_with(&app, &refresh, Some(&again)).await.good();
}

#[tokio::test]
async fn a_code_bound_to_a_key_is_redeemed_with_that_key() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let code = bed
        .code_with(&app, ada, &["openid"], |new| {
            new.dpop_jkt = Some("other".to_owned());
        })
        .await;
    bed.redeem(&app, &code)
        .await
        .is_refused(400, "invalid_grant");
    bed.redeem(&app, &code)
        .await
        .is_refused(400, "invalid_grant");
}

#[tokio::test]
async fn a_nonce_that_is_not_ours_is_answered_with_one_that_is() {
    let bed = Bed::new().await;
    let (app, keys) = (bed.client("app").await, Keys::new());
    let pairs = [("grant_type", "client_credentials")];
    let wrong = proof(&bed, &keys, "a", |claims| claims["nonce"] = "x".into());
    let refused = bed.token_with(&app, &pairs, Some(&wrong)).await;
    refused.is_refused(400, "use_dpop_nonce");
    let nonce = refused.header("dpop-nonce").unwrap();
    let right = proof(&bed, &keys, "b", |claims| claims["nonce"] = nonce.into());
    let reply = bed.token_with(&app, &pairs, Some(&right)).await.good();
    assert!(reply.header("dpop-nonce").is_some());
}
