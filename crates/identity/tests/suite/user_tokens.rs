//! Tokens to act for people.

use bheem_identity::{Algorithm, Error, Identity, Shape};
use chrono::TimeDelta;
use jsonwebtoken::{Validation, decode, decode_header};
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::support::{Bed, until, watching};

fn claims(identity: &Identity, token: &str) -> Value {
    let header = decode_header(token).unwrap();
    let key = identity.keys().find(&header.kid.unwrap()).unwrap();
    let mut validation = Validation::new(key.algorithm.jose());
    validation.validate_exp = false;
    validation.validate_aud = false;
    decode(token, key.decoding(), &validation).unwrap().claims
}

#[tokio::test]
async fn a_token_is_for_one_audience_and_a_minute_and_is_used_again_until_shortly_before_its_end() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let tokens = bed.identity.user_tokens();
    let first = tokens.token(ada, "nextcloud", "openid").await.unwrap();
    let said = claims(&bed.identity, first.expose_secret());
    let now = bed.now().timestamp();
    assert_eq!(said["iss"], "https://work.example");
    assert_eq!(
        (&said["aud"], &said["scope"]),
        (&"nextcloud".into(), &"openid".into())
    );
    assert_eq!(
        (&said["sub"], &said["preferred_username"]),
        (&ada.to_string().into(), &"ada".into())
    );
    assert_eq!(
        (&said["iat"], &said["exp"]),
        (&now.into(), &(now + 60).into())
    );
    assert_eq!(said["client_id"], "bheem-workspace");
    let header = decode_header(first.expose_secret()).unwrap();
    assert_eq!(
        (header.typ.as_deref(), header.alg),
        (Some("at+jwt"), jsonwebtoken::Algorithm::ES256)
    );
    let same = async |audience, scope| {
        let token = tokens.token(ada, audience, scope).await.unwrap();
        token.expose_secret() == first.expose_secret()
    };
    bed.clock.advance(TimeDelta::seconds(49));
    assert!(same("nextcloud", "openid").await);
    assert!(!same("mail", "openid").await);
    assert!(!same("nextcloud", "files").await);
    bed.clock.advance(TimeDelta::seconds(1));
    assert!(!same("nextcloud", "openid").await);
    // It opens nothing of our own.
    let refused = bed
        .identity
        .tokens()
        .authenticate(first.expose_secret())
        .await;
    assert!(matches!(refused, Err(Error::InvalidToken)));
}

#[tokio::test]
async fn an_audience_may_want_another_shape() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let tokens = bed.identity.user_tokens();
    let shape = Shape {
        typ: "JWT",
        algorithm: Algorithm::Rs256,
    };
    tokens.set_shape("mail", shape);
    let token = tokens.token(ada, "mail", "openid").await.unwrap();
    let header = decode_header(token.expose_secret()).unwrap();
    assert_eq!(
        (header.typ.as_deref(), header.alg),
        (Some("JWT"), jsonwebtoken::Algorithm::RS256)
    );
    claims(&bed.identity, token.expose_secret());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_account_gets_none_also_where_one_is_remembered() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let (replica, database) = bed.replica().await;
    let work = async {
        let tokens = replica.user_tokens();
        tokens.token(ada, "nextcloud", "openid").await.unwrap();
        let mut read = bed.read().await;
        read.accounts().set_active(ada, false).await.unwrap();
        let is_refused = async || {
            let token = tokens.token(ada, "nextcloud", "openid").await;
            matches!(token, Err(Error::AccountDisabled))
        };
        until("the token is forgotten", is_refused).await;
    };
    watching(&replica, &database, work).await;
    let gone = bed
        .identity
        .user_tokens()
        .token(ada, "mail", "openid")
        .await;
    assert!(matches!(gone, Err(Error::AccountDisabled)));
}
