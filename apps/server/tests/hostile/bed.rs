//! A server with people and relying parties of every kind, and the good material that attacks begin with.

use std::{collections::BTreeMap, process::Command};

use base64::{Engine, engine::general_purpose::STANDARD};
use bheem_embedded_postgres::Binaries;
use bheem_http_kit::Url;
use bheem_vault::token;
use serde_json::{Value, json};

use crate::{
    jose::Key,
    support::{PASSWORD, Person, TestApp, browser::Browser, sign_in::Visitor},
    wire::{self, Reply},
};

/// RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(crate) const RESOURCE: &str = "https://files.example";
pub(crate) const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
pub(crate) const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
pub(crate) const SESSION: &str = "__Host-bheem-session";
pub(crate) const BROWSER: &str = "__Host-bheem-browser";
const SSO: &str = "/api/v1/sso";

/// The server and everything on it.
pub(crate) struct Bed {
    pub(crate) app: TestApp,
    pub(crate) admin: Person,
    pub(crate) ada: Person,
    pub(crate) clients: BTreeMap<&'static str, Value>,
    /// Of ada, who is signed in, and of bob, who is too.
    pub(crate) cookies: BTreeMap<&'static str, String>,
    /// Of the client `keyed`, and the one that proofs are made with.
    pub(crate) client_key: Key,
    pub(crate) proof_key: Key,
    pub(crate) evil_key: Key,
    /// Of the one tenant, where ada is and bob is not.
    pub(crate) tenant: String,
}

/// Where a client wants its codes.
pub(crate) fn callback(client: &str) -> String {
    match client {
        "native" => "http://127.0.0.1/cb".to_owned(),
        name => format!("https://{name}.example/cb"),
    }
}

impl Bed {
    pub(crate) async fn start() -> Self {
        let app = Box::pin(TestApp::at_localhost(|_| {})).await;
        let admin = app.super_admin().await;
        let ada = app.person("ada").await;
        app.person("bob").await;
        let acme = ada.post("/tenants", &json!({"name": "Acme"})).await;
        let mut bed = Self {
            admin,
            ada,
            clients: BTreeMap::new(),
            cookies: BTreeMap::new(),
            client_key: Key::generate("service-1"),
            proof_key: Key::generate("proof"),
            evil_key: Key::generate("evil"),
            tenant: acme.text("id"),
            app,
        };
        bed.make_clients().await;
        for name in ["ada", "bob"] {
            let cookies = bed.sign_in(name).await;
            bed.cookies.insert(name, cookies);
        }
        bed
    }

    async fn make_clients(&mut self) {
        let code = json!(["authorization_code", "refresh_token"]);
        let service = json!(["client_credentials", EXCHANGE]);
        let with_device = json!([
            "authorization_code",
            "refresh_token",
            "client_credentials",
            DEVICE,
            EXCHANGE
        ]);
        let keys = json!({"keys": [self.client_key.public()]});
        for (name, fields) in [
            (
                "web",
                json!({"grant_types": with_device, "resources": [RESOURCE],
                    "scopes": ["openid", "profile", "email", "offline_access", "read"]}),
            ),
            (
                "other",
                json!({"grant_types": with_device, "resources": ["https://other.example/api"]}),
            ),
            ("loose", json!({"require_pkce": false})),
            (
                "spa",
                json!({"token_endpoint_auth_method": "none", "grant_types": code}),
            ),
            (
                "native",
                json!({"token_endpoint_auth_method": "none", "application_type": "native",
                    "grant_types": ["authorization_code", "refresh_token", DEVICE]}),
            ),
            (
                "keyed",
                json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": keys, "grant_types": service,
                    "scopes": [], "resources": [RESOURCE], "redirect_uris": []}),
            ),
            ("bound", json!({"tenants": [self.tenant]})),
            ("dpop", json!({"dpop_bound_access_tokens": true})),
            (
                "par",
                json!({"require_pushed_authorization_requests": true}),
            ),
            ("third", json!({"is_first_party": false})),
            ("off", json!({})),
        ] {
            let mut body = json!({
                "name": name, "is_first_party": true, "redirect_uris": [callback(name)],
                "post_logout_redirect_uris": [format!("https://{name}.example/bye")],
            });
            let members = body.as_object_mut().unwrap();
            members.extend(fields.as_object().unwrap().clone());
            let made = TestApp::client(&self.admin, &body).await;
            self.clients.insert(name, made);
        }
        let off = format!("/admin/oidc/clients/{}", self.id("off"));
        let answer = self.admin.patch(&off, &json!({"is_active": false})).await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
    }

    /// Signs somebody in on the pages; answers the cookies.
    pub(crate) async fn sign_in(&self, username: &str) -> String {
        let mut browser = Browser::default();
        let url = Url::parse(&format!("{}/account", self.app.base_url)).unwrap();
        let visitor = Visitor {
            username,
            password: PASSWORD,
        };
        let end = visitor.go(&mut browser, &url, |_| false).await;
        assert_eq!(end.unwrap_err().url.path(), "/account");
        let cookie = |name| browser.cookie(&self.app.base_url, name).unwrap();
        format!(
            "{SESSION}={}; {BROWSER}={}",
            cookie(SESSION),
            cookie(BROWSER)
        )
    }

    pub(crate) fn id(&self, client: &str) -> &str {
        self.clients[client]["client_id"].as_str().unwrap()
    }

    pub(crate) fn secret(&self, client: &str) -> &str {
        self.clients[client]["client_secret"]
            .as_str()
            .unwrap_or("no secret")
    }

    /// `Basic …` of a client.
    pub(crate) fn basic(&self, client: &str) -> String {
        let pair = format!("{}:{}", self.id(client), self.secret(client));
        format!("Basic {}", STANDARD.encode(pair))
    }

    pub(crate) async fn send(&self, line: &str, headers: &[(&str, String)], body: &str) -> Reply {
        wire::send(&self.app.base_url, line, headers, body.as_bytes()).await
    }

    /// Posts a form to an endpoint as a client that proves who it is; one without a secret by its name.
    pub(crate) async fn post(&self, client: &str, path: &str, form: &[(&str, &str)]) -> Reply {
        self.post_with(client, path, form, &[]).await
    }

    pub(crate) async fn post_with(
        &self,
        client: &str,
        path: &str,
        form: &[(&str, &str)],
        headers: &[(&'static str, String)],
    ) -> Reply {
        let mut text = form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(form);
        let mut headers = headers.to_vec();
        match client {
            "spa" | "native" => {
                text.append_pair("client_id", self.id(client));
            }
            "keyed" => {
                text.append_pair("client_assertion_type", crate::material::ASSERTION_TYPE);
                text.append_pair("client_assertion", &Box::pin(self.assertion("good")).await);
            }
            "nobody" => {}
            _ => headers.push(("Authorization", self.basic(client))),
        }
        self.send(&format!("POST {SSO}{path}"), &headers, &text.finish())
            .await
    }

    /// Asks for a code of a client as somebody who is signed in; what the client gets back.
    pub(crate) async fn authorize(&self, who: &str, client: &str, more: &str) -> Reply {
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", self.id(client))
            .append_pair("redirect_uri", &callback(client))
            .append_pair("response_type", "code")
            .append_pair("state", "s-1")
            .append_pair("code_challenge", CHALLENGE)
            .append_pair("code_challenge_method", "S256")
            .finish();
        let scope = if more.contains("scope=") {
            ""
        } else {
            "&scope=openid+profile+offline_access"
        };
        let line = format!("GET {SSO}/authorize?{query}{scope}{more}");
        let cookies = self.cookies.get(who).cloned().unwrap_or_default();
        self.send(&line, &[("Cookie", cookies)], "").await
    }

    pub(crate) async fn code(&self, client: &str) -> String {
        let reply = self.authorize("ada", client, "").await;
        reply
            .parameter("code")
            .unwrap_or_else(|| panic!("no code for {client}: {reply:?}"))
    }

    pub(crate) async fn redeem(&self, client: &str, code: &str) -> Reply {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &callback(client)),
            ("code_verifier", VERIFIER),
        ];
        let proof = [("DPoP", self.token_proof())];
        let headers = if client == "dpop" { &proof[..] } else { &[] };
        self.post_with(client, "/token", &form, headers).await
    }

    /// Fresh tokens of ada's for a client.
    pub(crate) async fn tokens(&self, client: &str) -> Value {
        let code = self.code(client).await;
        let reply = self.redeem(client, &code).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()
    }

    pub(crate) async fn refresh(&self, client: &str, token: &str) -> Reply {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.post(client, "/token", &form).await
    }

    pub(crate) async fn userinfo(&self, token: &str) -> Reply {
        let bearer = [("Authorization", format!("Bearer {token}"))];
        self.send(&format!("GET {SSO}/userinfo"), &bearer, "").await
    }

    pub(crate) async fn is_active(&self, client: &str, token: &str) -> bool {
        let reply = self.post(client, "/introspect", &[("token", token)]).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()["active"].as_bool().unwrap()
    }

    /// Lets what is kept under the hash of a secret lapse, without waiting for it.
    pub(crate) fn lapse(&self, table: &str, column: &str, secret: &str) {
        let hash = STANDARD.encode(token::hash(secret.as_bytes()));
        self.sql(&format!(
            "UPDATE auth.{table} SET expires_at = now() - interval '1 minute' WHERE {column} = decode('{hash}', 'base64')"
        ));
    }

    /// Runs a statement as the owner of the database.
    #[expect(
        clippy::disallowed_methods,
        reason = "the machine says where its PostgreSQL is"
    )]
    pub(crate) fn sql(&self, statement: &str) {
        let named = std::env::var_os("PG_BINDIR").map(std::path::PathBuf::from);
        let binaries = Binaries::find(named.as_deref(), None).unwrap();
        let output = Command::new(binaries.directory().join("psql"))
            .args(["--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--dbname"])
            .args([self.app.database.url(), "--command", statement])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(!said.contains("UPDATE 0"), "nothing was there: {statement}");
    }
}
