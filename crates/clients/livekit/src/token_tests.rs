use std::time::{Duration, SystemTime};

use bheem_http_kit::{ExposeSecret as _, throwaway_password};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use proptest::prelude::*;
use serde_json::json;

use crate::{AccessToken, Credentials, CredentialsError, TokenError, TokenVerifier, VideoGrant};

fn credentials(key: &str) -> Credentials {
    let secret = format!("{0}{0}", throwaway_password().expose_secret());
    Credentials::new(key, secret.into()).unwrap()
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

const NOW: u64 = 1_795_246_655;

#[test]
fn what_was_signed_is_read_back_while_it_is_good() {
    let key = credentials("APIa");
    let grant = VideoGrant::join("standup").with_admin();
    let token = AccessToken::new("user-1", grant.clone())
        .name("John")
        .metadata("m")
        .attribute("a", "b")
        .sign(&key, at(NOW))
        .unwrap();
    let token = token.expose_secret();
    let verifier = TokenVerifier::new([credentials("APIb"), key]);
    let claims = verifier.verify(token, at(NOW)).unwrap();
    assert_eq!(
        (claims.identity.as_str(), claims.name.as_str()),
        ("user-1", "John")
    );
    assert_eq!((claims.video, claims.metadata.as_str()), (grant, "m"));
    assert_eq!(claims.attributes["a"], "b");
    assert!(verifier.verify(token, at(NOW + 599)).is_ok());
    for wrong in [NOW + 611, NOW - 60] {
        assert_eq!(
            verifier.verify(token, at(wrong)).unwrap_err(),
            TokenError::Invalid
        );
    }
}

#[test]
fn what_nobody_signed_is_not_believed() {
    let key = credentials("APIa");
    let verifier = TokenVerifier::new([key.clone()]);
    let claims = json!({"iss": "APIa", "sub": "u", "exp": NOW + 60, "video": {"roomAdmin": true, "room": "r"}});
    let sign = |algorithm, secret: &[u8], claims: &serde_json::Value| {
        jsonwebtoken::encode(
            &Header::new(algorithm),
            claims,
            &EncodingKey::from_secret(secret),
        )
        .unwrap()
    };
    let good = sign(Algorithm::HS256, key.secret(), &claims);
    assert!(verifier.verify(&good, at(NOW)).is_ok());
    let mut foreign_issuer = claims.clone();
    foreign_issuer["iss"] = json!("APIb");
    let mut endless = claims.clone();
    endless.as_object_mut().unwrap().remove("exp");
    let (head, rest) = good.split_once('.').unwrap();
    let (body, _) = rest.split_once('.').unwrap();
    for token in [
        sign(Algorithm::HS384, key.secret(), &claims),
        sign(
            Algorithm::HS256,
            b"another secret of thirty-two bytes",
            &claims,
        ),
        sign(Algorithm::HS256, key.secret(), &foreign_issuer),
        sign(Algorithm::HS256, key.secret(), &endless),
        format!("{head}.{body}."),
        format!("eyJhbGciOiJub25lIn0.{body}."),
        "a".repeat(1_000_000),
    ] {
        assert_eq!(
            verifier.verify(&token, at(NOW)).unwrap_err(),
            TokenError::Invalid
        );
    }
}

#[test]
fn a_token_that_allows_nothing_and_a_secret_that_can_be_guessed_are_not_made() {
    let key = credentials("APIa");
    for (identity, grant) in [
        ("", VideoGrant::join("r")),
        ("u", VideoGrant::join("")),
        ("u", VideoGrant::admin("")),
    ] {
        let token = AccessToken::new(identity, grant).sign(&key, at(NOW));
        assert_eq!(token.unwrap_err(), TokenError::Unusable);
    }
    let short = Credentials::new("APIa", "x".repeat(31).into());
    assert_eq!(short.unwrap_err(), CredentialsError::ShortSecret);
    assert!(!format!("{key:?}").contains(std::str::from_utf8(key.secret()).unwrap()));
}

proptest! {
    #[test]
    fn fuzz_no_text_is_a_token(token in r"[A-Za-z0-9_.-]{0,200}|\PC{0,60}") {
        let verifier = TokenVerifier::new([credentials("APIa")]);
        prop_assert_eq!(verifier.verify(&token, at(NOW)).unwrap_err(), TokenError::Invalid);
    }
}
