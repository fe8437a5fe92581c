//! A relying party of our own that does one step at a time, and what the database says about its grants.

use std::process::Command;

use bheem_embedded_postgres::Binaries;
use bheem_http_kit::{Auth, ClientBuilder, Method, Url};
use bheem_testkit::TestDatabase;
use serde_json::{Value, json};

use super::{Answer, Person, TestApp};

/// Nothing ever goes there.
pub(crate) const CALLBACK: &str = "https://rp.example/callback";
pub(crate) const GOODBYE: &str = "https://rp.example/bye";
/// RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A client of a provider.
#[derive(Debug, Clone)]
pub(crate) struct RelyingParty {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    secret: String,
}

impl RelyingParty {
    /// Made by an administrator, with more fields than a name and addresses.
    pub(crate) async fn register(app: &TestApp, admin: &Person, more: &Value) -> Self {
        let mut body = json!({
            "name": "Notes", "redirect_uris": [CALLBACK], "post_logout_redirect_uris": [GOODBYE],
        });
        let more = more.as_object().cloned().unwrap_or_default();
        body.as_object_mut().unwrap().extend(more);
        let client = TestApp::client(admin, &body).await;
        Self {
            issuer: app.base_url.clone(),
            client_id: client["client_id"].as_str().unwrap().to_owned(),
            secret: client["client_secret"].as_str().unwrap().to_owned(),
        }
    }

    /// Where a browser begins; `more` replaces what it names.
    pub(crate) fn authorize(&self, nonce: &str, more: &[(&str, &str)]) -> Url {
        let mut fields = vec![
            ("response_type", "code"),
            ("client_id", &self.client_id),
            ("redirect_uri", CALLBACK),
            ("scope", "openid profile"),
            ("state", "af0ifjsldkj"),
            ("nonce", nonce),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        fields.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
        let mut url = Url::parse(&format!("{}/api/v1/sso/authorize", self.issuer)).unwrap();
        url.query_pairs_mut()
            .extend_pairs(fields)
            .extend_pairs(more);
        url
    }

    /// Where a browser signs out.
    pub(crate) fn logout(&self, id_token: &str) -> Url {
        let mut url = Url::parse(&format!("{}/api/v1/sso/logout", self.issuer)).unwrap();
        url.query_pairs_mut()
            .append_pair("id_token_hint", id_token)
            .append_pair("post_logout_redirect_uri", GOODBYE);
        url
    }

    /// Asks an endpoint of the provider, at whatever replica; `None` when it does not answer.
    pub(crate) async fn ask(
        &self,
        base_url: &str,
        endpoint: &str,
        fields: &[(&str, &str)],
    ) -> Option<Answer> {
        let auth = Auth::basic(&self.client_id, self.secret.as_str().into());
        let http = ClientBuilder::new("relying-party", base_url, auth, |http| http)
            .build()
            .unwrap();
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        let answer = http
            .request("ask", Method::POST, &["api", "v1", "sso", endpoint])
            .bytes("application/x-www-form-urlencoded", form.finish())
            .send()
            .await
            .ok()?;
        Some(Answer {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            raw: String::from_utf8_lossy(answer.body()).into_owned(),
            body: serde_json::from_slice(answer.body()).unwrap_or(Value::Null),
        })
    }

    pub(crate) async fn redeem(&self, base_url: &str, code: &str) -> Option<Answer> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        self.ask(base_url, "token", &fields).await
    }

    pub(crate) async fn refresh(&self, base_url: &str, token: &str) -> Option<Answer> {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.ask(base_url, "token", &fields).await
    }

    /// A refresh token that must not be good any more.
    pub(crate) async fn is_refused(&self, base_url: &str, token: &str) {
        let refreshed = self.refresh(base_url, token).await.unwrap();
        assert_eq!(refreshed.status, 400, "{:?}", refreshed.body);
        assert_eq!(refreshed.body["error"], "invalid_grant");
    }

    /// Who it is; `None` when the provider does not answer.
    pub(crate) async fn userinfo(&self, base_url: &str, token: &str) -> Option<(u16, Value)> {
        let http = ClientBuilder::new("userinfo", base_url, Auth::bearer(token.into()), |http| {
            http
        })
        .build()
        .unwrap();
        let answer = http
            .request("ask", Method::GET, &["api", "v1", "sso", "userinfo"])
            .send()
            .await
            .ok()?;
        let body = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
        Some((answer.status().as_u16(), body))
    }
}

/// The code in the address that a browser was sent to.
pub(crate) fn code(url: &Url) -> Option<String> {
    parameter(url, "code")
}

/// A parameter of an address.
pub(crate) fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// Grants that began by a request with this nonce: all, and those alive.
pub(crate) fn grants(database: &TestDatabase, nonce: &str) -> (u64, u64) {
    let counts = query(
        database,
        &format!(
            "SELECT count(*) || ' ' || count(*) FILTER (WHERE revoked_at IS NULL) \
             FROM auth.grants WHERE nonce = '{nonce}'"
        ),
    );
    let (all, alive) = counts.split_once(' ').unwrap();
    (all.parse().unwrap(), alive.parse().unwrap())
}

/// What a statement answers, as text.
#[expect(
    clippy::disallowed_methods,
    reason = "the machine says where its PostgreSQL is"
)]
pub(crate) fn query(database: &TestDatabase, statement: &str) -> String {
    let named = std::env::var_os("PG_BINDIR").map(std::path::PathBuf::from);
    let binaries = Binaries::find(named.as_deref(), None).unwrap();
    let output = Command::new(binaries.directory().join("psql"))
        .args([
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--set",
            "ON_ERROR_STOP=1",
            "--dbname",
            database.url(),
            "--command",
            statement,
        ])
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{statement}: {error}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
