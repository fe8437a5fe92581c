//! Relying parties that nobody here wrote sign in, refresh, ask who it is, and sign out.
#![cfg(test)]

mod support;

use bheem_http_kit::Url;
use serde_json::{Value, json};
use support::{
    PASSWORD, TestApp,
    browser::Browser,
    sign_in::Visitor,
    tools::{Conversation, tools},
};

/// Relying parties are thought to be here; nothing ever goes there.
const CALLBACK: &str = "https://rp.example/callback";
const GOODBYE: &str = "https://rp.example/bye";

fn script(name: &str) -> String {
    format!(
        "{}/tests/relying_parties/{name}",
        env!("CARGO_MANIFEST_DIR")
    )
}

/// Lets a program talk, and goes wherever it sends the browser, as somebody who signs in.
async fn converse(program: &str, script: &str, given: &Value, visitor: &Visitor<'_>) {
    let mut browser = Browser::default();
    let mut conversation = Conversation::begin(program, &[script]);
    conversation.tell(given).await;
    let mut is_done = false;
    while let Some(said) = conversation.hear().await {
        is_done |= said.get("done").is_some();
        let Some(url) = said["open"].as_str() else {
            continue;
        };
        let url = Url::parse(url).unwrap();
        let end = visitor
            .go(&mut browser, &url, |next| {
                next.host_str() == Some("rp.example")
            })
            .await;
        let at = end.unwrap_or_else(|page| page.url);
        conversation.tell(&json!({"at": at.as_str()})).await;
    }
    assert!(is_done, "it ended without saying that it is done");
}

#[tokio::test]
async fn authlib_with_basic_authentication_and_without_pkce() {
    let Some(python) = tools("python").await else {
        return;
    };
    let app = TestApp::at_localhost(|_| {}).await;
    let admin = app.super_admin().await;
    let person = app.person("ada").await;
    let client = TestApp::client(
        &admin,
        &json!({
            "name": "Authlib", "redirect_uris": [CALLBACK], "post_logout_redirect_uris": [GOODBYE],
            "require_pkce": false, "id_token_signed_response_alg": "RS256",
        }),
    )
    .await;
    let given = json!({
        "issuer": app.base_url, "client_id": client["client_id"], "client_secret": client["client_secret"],
        "redirect_uri": CALLBACK, "post_logout_redirect_uri": GOODBYE, "username": person.username,
    });
    let visitor = Visitor {
        username: "ada",
        password: PASSWORD,
    };
    converse(&python, &script("authlib_client.py"), &given, &visitor).await;
}

/// A key pair of a client that proves itself with it: the private and the public JWK.
fn key_pair() -> (Value, Value) {
    use aws_lc_rs::{
        encoding::{AsBigEndian, EcPrivateKeyBin},
        signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
    };
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let private: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().unwrap();
    let point = pair.public_key().as_ref();
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let public = json!({
        "kty": "EC", "crv": "P-256", "kid": "service-1", "alg": "ES256", "use": "sig",
        "x": text(&point[1..33]), "y": text(&point[33..]),
    });
    let mut secret = public.clone();
    secret["d"] = text(private.as_ref()).into();
    (secret, public)
}

#[tokio::test]
async fn openid_client_with_pkce_pushed_requests_dpop_and_devices() {
    let Some(modules) = tools("node").await else {
        return;
    };
    let app = TestApp::at_localhost(|_| {}).await;
    let admin = app.super_admin().await;
    let person = app.person("ada").await;
    let uris = json!({
        "redirect_uris": [CALLBACK], "post_logout_redirect_uris": [GOODBYE],
    });
    let with = |more: Value| {
        let mut body = uris.clone();
        let fields = body.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        body
    };
    let public = TestApp::client(
        &admin,
        &with(json!({
            "name": "Public", "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        })),
    )
    .await;
    let dpop = TestApp::client(
        &admin,
        &with(json!({
            "name": "Bound", "require_pushed_authorization_requests": true, "dpop_bound_access_tokens": true,
            "token_endpoint_auth_method": "client_secret_post",
        })),
    )
    .await;
    let (private_key, public_key) = key_pair();
    let resource = "https://files.example";
    let service = TestApp::client(
        &admin,
        &json!({
            "name": "Service", "token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [public_key]},
            "grant_types": ["client_credentials"], "scopes": [], "resources": [resource],
        }),
    )
    .await;
    let given = json!({
        "modules": modules, "issuer": app.base_url, "redirect_uri": CALLBACK, "post_logout_redirect_uri": GOODBYE,
        "username": person.username, "public": public, "dpop": dpop,
        "service": {"client_id": service["client_id"], "private_key": private_key, "resource": resource},
    });
    let visitor = Visitor {
        username: "ada",
        password: PASSWORD,
    };
    converse("node", &script("openid_client.mjs"), &given, &visitor).await;
}
