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

/// What `openidconnect` sends with, without following redirects.
async fn send(
    request: openidconnect::HttpRequest,
) -> Result<openidconnect::HttpResponse, bheem_http_kit::Error> {
    use bheem_http_kit::{Auth, ClientBuilder, EncodedPath, HttpClient, header};
    let (parts, body) = request.into_parts();
    let url = Url::parse(&parts.uri.to_string()).unwrap();
    let origin = url.origin().ascii_serialization();
    let http: HttpClient = ClientBuilder::new("provider", origin, Auth::None, |http| http)
        .build()
        .unwrap();
    let segments: Vec<&str> = url.path_segments().unwrap().collect();
    let path = EncodedPath::relative(&segments).unwrap();
    let mut sent = http.request_path("send", parts.method, &path);
    for (name, value) in url.query_pairs() {
        sent = sent.query(&name, &value);
    }
    if !body.is_empty() {
        sent = sent.bytes("application/x-www-form-urlencoded", body);
    }
    for (name, value) in &parts.headers {
        if name != header::CONTENT_TYPE {
            sent = sent.header(name.clone(), value.to_str().unwrap());
        }
    }
    let answer = sent.send().await?;
    let mut response = openidconnect::HttpResponse::new(answer.body().to_vec());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    Ok(response)
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one flow, told in one go")]
async fn the_rust_crate_openidconnect() {
    use openidconnect::{
        AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl,
        LogoutRequest, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PostLogoutRedirectUrl,
        ProviderMetadataWithLogout, RedirectUrl, Scope, TokenResponse,
        core::{CoreAuthenticationFlow, CoreClient, CoreUserInfoClaims},
    };
    let app = TestApp::at_localhost(|_| {}).await;
    let admin = app.super_admin().await;
    let person = app.person("ada").await;
    let made = TestApp::client(
        &admin,
        &json!({"name": "Rust", "redirect_uris": [CALLBACK], "post_logout_redirect_uris": [GOODBYE]}),
    )
    .await;
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let issuer = IssuerUrl::new(app.base_url.clone()).unwrap();
    let provider = ProviderMetadataWithLogout::discover_async(issuer, &send)
        .await
        .unwrap();
    let end_session = provider
        .additional_metadata()
        .end_session_endpoint
        .clone()
        .unwrap();
    let client = CoreClient::from_provider_metadata(
        provider,
        ClientId::new(text("client_id")),
        Some(ClientSecret::new(text("client_secret"))),
    )
    .set_redirect_uri(RedirectUrl::new(CALLBACK.to_owned()).unwrap());

    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        )
        .add_scope(Scope::new("profile".to_owned()))
        .add_scope(Scope::new("offline_access".to_owned()))
        .set_pkce_challenge(challenge)
        .url();
    let (mut browser, visitor) = (
        Browser::default(),
        Visitor {
            username: "ada",
            password: PASSWORD,
        },
    );
    let is_rp = |next: &Url| next.host_str() == Some("rp.example");
    let back = visitor.go(&mut browser, &url, is_rp).await.unwrap();
    let query = |name: &str| {
        back.query_pairs()
            .find(|(key, _)| key == name)
            .unwrap()
            .1
            .into_owned()
    };
    assert_eq!(&query("state"), state.secret());

    let code = AuthorizationCode::new(query("code"));
    let tokens = client
        .exchange_code(code)
        .unwrap()
        .set_pkce_verifier(verifier)
        .request_async(&send)
        .await
        .unwrap();
    let id_token = tokens.id_token().unwrap();
    let judge = client.id_token_verifier();
    let claims = id_token.claims(&judge, &nonce).unwrap();
    let hash = AccessTokenHash::from_token(
        tokens.access_token(),
        id_token.signing_alg().unwrap(),
        id_token.signing_key(&judge).unwrap(),
    );
    assert_eq!(claims.access_token_hash(), Some(&hash.unwrap()));
    assert_eq!(claims.subject().as_str(), person.id);

    let subject = Some(claims.subject().clone());
    let info: CoreUserInfoClaims = client
        .user_info(tokens.access_token().clone(), subject)
        .unwrap()
        .request_async(&send)
        .await
        .unwrap();
    assert_eq!(info.preferred_username().unwrap().as_str(), "ada");

    let refresh = tokens.refresh_token().unwrap();
    let next = client
        .exchange_refresh_token(refresh)
        .unwrap()
        .request_async(&send)
        .await
        .unwrap();
    assert_ne!(next.refresh_token().unwrap().secret(), refresh.secret());

    let url = LogoutRequest::from(end_session)
        .set_id_token_hint(id_token)
        .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(GOODBYE.to_owned()).unwrap())
        .http_get_url();
    let end = visitor.go(&mut browser, &url, is_rp).await.unwrap();
    assert_eq!(end.as_str(), GOODBYE);
    let account = Url::parse(&format!("{}/account", app.base_url)).unwrap();
    let page = browser.open(&account, |_| false).await;
    assert_eq!(page.url.path(), "/login", "signed out means out");
}

/// Apache in the foreground, in a directory of its own; stops when it is dropped.
struct Apache {
    port: u16,
    child: tokio::process::Child,
    directory: tempfile::TempDir,
}

impl Apache {
    async fn start(program: &str, issuer: &str, client: impl AsyncFnOnce(u16) -> Value) -> Self {
        let port = bheem_local_servers::free_port().unwrap();
        let client = client(port).await;
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        std::fs::create_dir_all(root.join("www/private")).unwrap();
        std::fs::write(root.join("www/index.html"), "<p>out</p>").unwrap();
        std::fs::write(root.join("www/private/index.html"), "<p>secret page</p>").unwrap();
        // Its workers are another user, who must be able to read this.
        open_to_all(root);
        let is_root = nix::unistd::Uid::effective().is_root();
        let user = if is_root {
            "www-data".to_owned()
        } else {
            nix::unistd::User::from_uid(nix::unistd::Uid::effective())
                .unwrap()
                .unwrap()
                .name
        };
        let passphrase = bheem_vault::token::generate_hex32().unwrap();
        let mut text = std::fs::read_to_string(script("apache.conf")).unwrap();
        for (word, value) in [
            ("APACHE_USER", user.as_str()),
            ("CLIENT_SECRET", client["client_secret"].as_str().unwrap()),
            ("CLIENT_ID", client["client_id"].as_str().unwrap()),
            ("PASSPHRASE", passphrase.as_str()),
            ("ISSUER", issuer),
            ("PORT", &port.to_string()),
            ("DIR", root.to_str().unwrap()),
        ] {
            text = text.replace(word, value);
        }
        let conf = root.join("apache.conf");
        std::fs::write(&conf, text).unwrap();
        let child = tokio::process::Command::new(program)
            .args(["-X", "-f"])
            .arg(&conf)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        support::eventually("Apache listens", async || {
            tokio::net::TcpStream::connect(("127.0.0.1", port))
                .await
                .is_ok()
        })
        .await;
        Self {
            port,
            child,
            directory,
        }
    }

    fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://localhost:{}{path}", self.port)).unwrap()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("error.log")).unwrap_or_default()
    }
}

fn open_to_all(directory: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(directory, mode).unwrap();
}

#[tokio::test]
async fn apache_in_front_of_a_static_page() {
    let Some(program) = tools("apache").await else {
        return;
    };
    let app = TestApp::at_localhost(|_| {}).await;
    let admin = app.super_admin().await;
    app.person("ada").await;
    let apache = Apache::start(&program, &app.base_url, async |port| {
        let body = json!({
            "name": "Apache", "redirect_uris": [format!("http://localhost:{port}/private/callback")],
            "post_logout_redirect_uris": [format!("http://localhost:{port}/")],
            "backchannel_logout_uri": format!("http://localhost:{port}/private/callback?logout=backchannel"),
        });
        TestApp::client(&admin, &body).await
    })
    .await;
    let (mut browser, visitor) = (
        Browser::default(),
        Visitor {
            username: "ada",
            password: PASSWORD,
        },
    );
    let never = |_: &Url| false;
    let page = visitor
        .go(&mut browser, &apache.url("/private/"), never)
        .await
        .unwrap_err();
    assert!(
        page.body.contains("secret page"),
        "{page:?}\n{}",
        apache.log()
    );
    // Who it is, as the module knows it from our userinfo.
    let info = browser
        .open(&apache.url("/private/callback?info=json"), never)
        .await;
    assert!(info.status != 500, "{info:?}");

    // Signed out there means signed out here, and the other way round.
    let leave = format!(
        "/private/callback?logout=http%3A%2F%2Flocalhost%3A{}%2F",
        apache.port
    );
    let out = visitor
        .go(&mut browser, &apache.url(&leave), never)
        .await
        .unwrap_err();
    assert!(out.body.contains("<p>out</p>"), "{out:?}\n{}", apache.log());
    let asked = browser.open(&apache.url("/private/"), never).await;
    assert_eq!(asked.url.path(), "/login", "{asked:?}");

    let page = visitor
        .go(&mut browser, &apache.url("/private/"), never)
        .await
        .unwrap_err();
    assert!(page.body.contains("secret page"));
    let sessions = app.sign_in("ada", PASSWORD).await;
    let listed = sessions.get("/auth/sessions").await;
    for session in listed.body.as_array().unwrap() {
        if session["is_current"] != true {
            sessions
                .delete(&format!(
                    "/auth/sessions/{}",
                    session["id"].as_str().unwrap()
                ))
                .await;
        }
    }
    support::eventually("Apache hears of it over the back channel", async || {
        let page = browser.open(&apache.url("/private/"), never).await;
        !page.body.contains("secret page")
    })
    .await;
    assert!(apache.child.id().is_some());
}
