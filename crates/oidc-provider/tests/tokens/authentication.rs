//! How clients prove who they are.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use bheem_oidc_provider::ClientScope;
use bheem_persistence::repo::ClientAuthMethod;
use bheem_vault::token;
use serde_json::{Value, json};
use std::time::Duration;

use crate::support::{App, Bed, basic, form};

/// A pair of keys and the JWK of its public half.
pub(crate) struct Keys {
    pair: EcdsaKeyPair,
    pub(crate) jwk: Value,
}

impl Keys {
    pub(crate) fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let jwk =
            json!({"kty": "EC", "crv": "P-256", "x": token::encode(x), "y": token::encode(y)});
        Self { pair, jwk }
    }

    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| token::encode(value.to_string().as_bytes());
        let message = format!("{}.{}", part(header), part(claims));
        let signature = self.pair.sign(&SystemRandom::new(), message.as_bytes());
        format!("{message}.{}", token::encode(signature.unwrap().as_ref()))
    }
}

#[tokio::test]
async fn a_secret_counts_in_the_header_and_in_the_form() {
    let bed = Bed::new().await;
    let app = bed.client("app").await;
    let secret = app.secret.clone().unwrap();
    let public = App {
        id: app.id.clone(),
        secret: None,
    };
    let in_form = [
        ("grant_type", "client_credentials"),
        ("client_secret", &secret),
    ];
    bed.token(&public, &in_form).await.good();
    bed.token(&app, &in_form)
        .await
        .is_refused(400, "invalid_request");

    let wrong = App {
        id: app.id.clone(),
        secret: Some("wrong".to_owned()),
    };
    let refused = bed.token(&wrong, &in_form[..1]).await;
    refused.is_refused(401, "invalid_client");
    assert!(
        refused
            .header("www-authenticate")
            .unwrap()
            .starts_with("Basic")
    );
    let nothing = bed.token(&public, &in_form[..1]).await;
    nothing.is_refused(401, "invalid_client");
    assert_eq!(nothing.header("www-authenticate"), None);
    let unknown = App {
        id: "no\0body".to_owned(),
        secret: Some(secret.clone()),
    };
    bed.token(&unknown, &in_form[..1])
        .await
        .is_refused(401, "invalid_client");
}

#[tokio::test]
async fn two_secrets_are_good_while_one_is_rotated_out() {
    let bed = Bed::new().await;
    let old = bed.client("app").await;
    bed.watching(async {
        let pairs = [("grant_type", "client_credentials")];
        bed.token(&old, &pairs).await.good();
        let scope = Bed::system();
        let platform = ClientScope::Platform(&scope);
        let rotated = bed
            .provider
            .rotate_client_secret(platform, &old.id, Duration::from_hours(1))
            .await
            .unwrap();
        let new = App {
            id: old.id.clone(),
            secret: rotated
                .secret
                .map(|s| secrecy::ExposeSecret::expose_secret(&s).to_owned()),
        };
        // As soon as it is heard of.
        bed.until("the new secret is good", async || {
            bed.token(&new, &pairs).await.status == 200
        })
        .await;
        bed.token(&old, &pairs).await.good();
        bed.pass(3_600);
        bed.token(&old, &pairs)
            .await
            .is_refused(401, "invalid_client");
        bed.token(&new, &pairs).await.good();
    })
    .await;
}

#[tokio::test]
async fn a_client_that_is_switched_off_or_removed_takes_its_tokens_with_it() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let reply = bed.tokens(&app, ada, &["openid"]).await;
    let scope = Bed::system();
    let platform = ClientScope::Platform(&scope);
    bed.provider
        .set_client_active(platform, &app.id, false)
        .await
        .unwrap();
    bed.userinfo(reply.text("access_token"))
        .await
        .is_refused(401, "invalid_token");
    let refused = bed.refresh(&app, reply.text("refresh_token")).await;
    refused.is_refused(401, "invalid_client");
    bed.provider
        .set_client_active(platform, &app.id, true)
        .await
        .unwrap();
    bed.userinfo(reply.text("access_token")).await.good();
    bed.provider.remove_client(platform, &app.id).await.unwrap();
    bed.userinfo(reply.text("access_token"))
        .await
        .is_refused(401, "invalid_token");
}

async fn signing_client(bed: &Bed, keys: &Keys) -> App {
    let mut settings = Bed::settings("signs");
    settings.auth_method = ClientAuthMethod::PrivateKeyJwt;
    settings.jwks = Some(json!({"keys": [keys.jwk]}));
    let app = bed.client_with(settings, Vec::new()).await;
    assert_eq!(app.secret, None);
    app
}

async fn with_assertion(bed: &Bed, app: &App, jwt: &str) -> crate::support::Reply {
    let pairs = [
        ("grant_type", "client_credentials"),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
        ("client_assertion", jwt),
    ];
    bed.token(app, &pairs).await
}

#[tokio::test]
async fn an_assertion_is_good_once_and_only_as_it_should_be() {
    let bed = Bed::new().await;
    let keys = Keys::new();
    let app = signing_client(&bed, &keys).await;
    let header = json!({"alg": "ES256"});
    let now = bed.now().timestamp();
    let good = |jti: &str| {
        json!({
            "iss": app.id, "sub": app.id, "aud": "https://work.example",
            "exp": now + 60, "iat": now, "jti": jti,
        })
    };
    let jwt = keys.sign(&header, &good("a"));
    with_assertion(&bed, &app, &jwt).await.good();
    with_assertion(&bed, &app, &jwt)
        .await
        .is_refused(401, "invalid_client");
    let mut to_endpoint = good("b");
    to_endpoint["aud"] = json!(["https://x.example", "https://work.example/api/v1/sso/token"]);
    with_assertion(&bed, &app, &keys.sign(&header, &to_endpoint))
        .await
        .good();

    for (number, (member, value)) in [
        ("iss", json!("somebody")),
        ("sub", json!("somebody")),
        ("aud", json!("https://evil.example")),
        ("aud", json!([])),
        ("exp", json!(now)),
        ("exp", json!(now + 3_600)),
        ("exp", Value::Null),
        ("iat", json!(now + 60)),
        ("nbf", json!(now + 60)),
        ("jti", json!("")),
        ("jti", Value::Null),
    ]
    .into_iter()
    .enumerate()
    {
        let mut claims = good(&format!("bad-{number}"));
        claims[member] = value;
        let refused = with_assertion(&bed, &app, &keys.sign(&header, &claims)).await;
        refused.is_refused(401, "invalid_client");
    }
    for (number, header) in [
        json!({"alg": "none"}),
        json!({"alg": "HS256"}),
        json!({"alg": "RS256"}),
        json!({"alg": "ES256", "crit": ["exp"]}),
    ]
    .into_iter()
    .enumerate()
    {
        let jwt = keys.sign(&header, &good(&format!("header-{number}")));
        with_assertion(&bed, &app, &jwt)
            .await
            .is_refused(401, "invalid_client");
    }
    let foreign = Keys::new().sign(&header, &good("foreign"));
    with_assertion(&bed, &app, &foreign)
        .await
        .is_refused(401, "invalid_client");
}

#[tokio::test]
async fn only_the_registered_method_counts() {
    let bed = Bed::new().await;
    let keys = Keys::new();
    let signs = signing_client(&bed, &keys).await;
    let app = bed.client("app").await;
    let pairs = [("grant_type", "client_credentials")];
    bed.token(&signs, &pairs)
        .await
        .is_refused(401, "invalid_client");
    let now = bed.now().timestamp();
    let jwt = keys.sign(
        &json!({"alg": "ES256"}),
        &json!({"iss": app.id, "sub": app.id, "aud": "https://work.example", "exp": now + 60, "jti": "a"}),
    );
    let nameless = App {
        id: app.id.clone(),
        secret: None,
    };
    with_assertion(&bed, &nameless, &jwt)
        .await
        .is_refused(401, "invalid_client");
    // A secret made up for a client that has none.
    let header = basic(&signs.id, "secret");
    let body = form(&pairs);
    let request = bheem_oidc_provider::Incoming {
        method: "POST",
        path: "/api/v1/sso/token",
        authorization: Some(&header),
        body: body.as_bytes(),
        ..bheem_oidc_provider::Incoming::default()
    };
    assert_eq!(bed.provider.token(&request).await.status, 401);
}
