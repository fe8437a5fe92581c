//! The workspace acts for people at Nextcloud by tokens that Nextcloud checks against our keys.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bheem_domain::AccountId;
use bheem_http_kit::{Auth, ClientBuilder, Method};
use bheem_identity::{Algorithm, Identity};
use bheem_testkit::TestDatabase;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::{
    support::{
        Person, TestApp,
        browser::Browser,
        eventually,
        flow::{self, RelyingParty},
        relay::Relay,
    },
    tokens, visit,
};

/// Client of Nextcloud at the provider.
const DOCS: &str = "bheem-docs";
const IDENTIFIER: &str = "bheem";

/// A workspace that acts by token at a Nextcloud behind a relay, which sees what is sent there.
struct Bed {
    app: TestApp,
    relay: Relay,
}

impl Bed {
    async fn start(audience: &str, check_bearer: bool) -> Self {
        let relay = Relay::start().await;
        let url = format!("http://{}", relay.address);
        let app = TestApp::at_localhost(|settings| {
            settings.nextcloud.url = url;
            DOCS.clone_into(&mut settings.nextcloud.oidc_client_id);
            settings.oidc.private_hosts = vec!["127.0.0.1".to_owned()];
        })
        .await;
        let nextcloud = &app.sandbox.nextcloud;
        let real = nextcloud.base_url.trim_start_matches("http://");
        relay.lead_to(&[real.parse().unwrap()]);
        let options = json!({"oidc": {
            "identifier": IDENTIFIER, "client_id": audience, "unique_uid": false, "mapping_uid": "sub",
            "discovery_uri": format!("{}/.well-known/openid-configuration", app.base_url),
            "check_bearer": check_bearer,
        }});
        assert!(nextcloud.set_options(&options));
        Self { app, relay }
    }

    /// Somebody with everything, Nextcloud too.
    async fn member(&self) -> Person {
        let owner = self.app.person("owner").await;
        let slug = self.app.tenant(&owner, "Acme").await;
        self.app.proven_domain(&owner, &slug, "acme.test").await;
        let path = format!("/admin/tenants/{slug}/users");
        let added = owner
            .post(&path, &json!({"username": "john", "name": "John"}))
            .await;
        assert_eq!(added.status, 201, "{:?}", added.body);
        assert_eq!(
            added.body["provisioning_status"], "success",
            "{:?}",
            added.body
        );
        let token = TestApp::link_token(self.app.messages_to("john@acme.test").last().unwrap());
        let set = json!({"token": token, "password": crate::PASSWORD});
        let set = self
            .app
            .send(Method::POST, "/auth/set-password", &set)
            .await;
        assert_eq!(set.status, 200, "{:?}", set.body);
        self.app.sign_in("john@acme.test", crate::PASSWORD).await
    }

    /// How the workspace showed who it acts for, at a person's calendars: schemes in the order they came.
    fn schemes(&self, person: &Person) -> Vec<String> {
        let sent = self.relay.sent();
        let calendars = format!(" /remote.php/dav/calendars/{}", person.id);
        let requests = sent
            .split("\r\n\r\n")
            .filter(|head| head.contains(&calendars));
        requests
            .map(|head| {
                let (_, rest) = head.split_once("authorization: ").expect("credentials");
                rest.split(' ').next().unwrap().to_owned()
            })
            .collect()
    }

    fn has_calendar(&self, person: &Person) -> bool {
        let state = self.app.sandbox.nextcloud.state();
        let calendars = state["calendars"].as_array().unwrap();
        calendars
            .iter()
            .any(|calendar| calendar["user"] == person.id.as_str())
    }

    fn identity(&self) -> &Identity {
        self.app.running.app().services.identity()
    }

    async fn token(&self, person: &Person, audience: &str) -> String {
        let id: AccountId = person.id.parse().unwrap();
        let tokens = self.identity().user_tokens();
        let token = tokens.token(id, audience, "openid").await.unwrap();
        token.expose_secret().to_owned()
    }

    /// What Nextcloud answers to a person's calendars being asked for with a token.
    async fn calendars(&self, person: &Person, token: &str) -> u16 {
        let url = &self.app.sandbox.nextcloud.base_url;
        let http = ClientBuilder::new("nextcloud", url, Auth::bearer(token.into()), |http| http)
            .build()
            .unwrap();
        let path = ["remote.php", "dav", "calendars", person.id.as_str()];
        let method = Method::from_bytes(b"PROPFIND").unwrap();
        let request = http.request("look", method, &path);
        let depth = bheem_http_kit::HeaderName::from_static("depth");
        let answer = request.header(depth, "0").send().await.unwrap();
        answer.status().as_u16()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_is_opened_with_a_token_and_no_password() {
    let bed = Bed::start(DOCS, true).await;
    let john = bed.member().await;
    assert!(bed.has_calendar(&john));
    let schemes = bed.schemes(&john);
    assert!(!schemes.is_empty());
    assert!(
        schemes.iter().all(|scheme| scheme == "bearer"),
        "{schemes:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn where_tokens_are_refused_the_kept_password_serves() {
    for (audience, check_bearer) in [(DOCS, false), ("another-client", true)] {
        let bed = Bed::start(audience, check_bearer).await;
        let john = bed.member().await;
        assert!(bed.has_calendar(&john));
        let schemes = bed.schemes(&john);
        assert_eq!(
            schemes.first().map(String::as_str),
            Some("bearer"),
            "{schemes:?}"
        );
        assert_eq!(
            schemes.last().map(String::as_str),
            Some("basic"),
            "{schemes:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_whole_and_current_token_for_this_very_peer_is_taken() {
    let bed = Bed::start(DOCS, true).await;
    let john = bed.member().await;
    let good = bed.token(&john, DOCS).await;
    assert_eq!(bed.calendars(&john, &good).await, 207);
    // It is remembered, and another audience gets another one.
    assert_eq!(bed.token(&john, DOCS).await, good);
    let elsewhere = bed.token(&john, "bheem-mail").await;
    assert_eq!(bed.calendars(&john, &elsewhere).await, 401);

    let (signed, signature) = good.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    let edited: String = std::iter::once(first)
        .chain(signature.chars().skip(1))
        .collect();
    assert_eq!(
        bed.calendars(&john, &format!("{signed}.{edited}")).await,
        401
    );
    assert_eq!(bed.calendars(&john, signed).await, 401);
    // The person's own token for the API is none for Nextcloud.
    assert_eq!(bed.calendars(&john, &john.token).await, 401);

    // What the same keys sign is taken as it is, and refused when it is over, or names another issuer.
    let payload = good.split('.').nth(1).unwrap();
    let payload = URL_SAFE_NO_PAD.decode(payload).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    let sign = |identity: &Identity, change: Value| {
        let mut claims = claims.clone();
        let fields = claims.as_object_mut().unwrap();
        fields.extend(change.as_object().unwrap().clone());
        let keys = identity.keys();
        keys.sign(Algorithm::Es256, Some("at+jwt"), &claims)
            .unwrap()
    };
    let ours = bed.identity();
    assert_eq!(bed.calendars(&john, &sign(ours, json!({}))).await, 207);
    for change in [
        json!({"exp": claims["iat"].as_i64().unwrap() - 1}),
        json!({"iss": "https://evil.example"}),
        json!({"aud": "bheem-mail"}),
        json!({"sub": "nobody"}),
    ] {
        let token = sign(ours, change.clone());
        assert_eq!(bed.calendars(&john, &token).await, 401, "{change}");
    }
    // Keys that the provider does not publish.
    let other = TestDatabase::create().await.unwrap();
    let mut settings = bed.app.settings.clone();
    settings.database.url = other.url().into();
    let database = bheem_server::wiring::database(&settings).await.unwrap();
    let stranger = bheem_server::wiring::identity(&settings, &database);
    let foreign = sign(&stranger.await.unwrap(), json!({}));
    assert_eq!(bed.calendars(&john, &foreign).await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_acts_for_an_account_that_is_switched_off() {
    let bed = Bed::start(DOCS, true).await;
    let john = bed.member().await;
    bed.token(&john, DOCS).await;
    let off = format!(
        "UPDATE auth.users SET is_active = false WHERE id = '{}'",
        john.id
    );
    flow::query(&bed.app.database, &off);
    let id: AccountId = john.id.parse().unwrap();
    let tokens = bed.identity().user_tokens();
    eventually("no token is given out", async || {
        matches!(
            tokens.token(id, DOCS, "openid").await,
            Err(bheem_identity::Error::AccountDisabled)
        )
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nextcloud_hears_of_a_sign_out() {
    let bed = Bed::start(DOCS, true).await;
    let app = &bed.app;
    let admin = app.super_admin().await;
    let ada = app.person("ada").await;
    let logout = format!(
        "{}/index.php/apps/user_oidc/backchannel-logout/{IDENTIFIER}",
        app.sandbox.nextcloud.base_url
    );
    let fields =
        json!({"client_id": DOCS, "backchannel_logout_uri": logout, "is_first_party": true});
    let party = RelyingParty::register(app, &admin, &fields).await;
    let mut browser = Browser::default();
    let given = tokens(&party, &mut browser, "ada", "docs", &[]).await;
    let heard = || app.sandbox.nextcloud.state()["oidc_logouts"].clone();
    assert_eq!(heard(), json!([]));
    visit(&mut browser, "ada", &party.logout(&given.text("id_token")))
        .await
        .unwrap();
    eventually("the logout token", async || heard() != json!([])).await;
    let heard = heard();
    assert_eq!(heard.as_array().unwrap().len(), 1);
    assert!(heard[0]["sid"].is_string());
    assert!(
        heard[0]["sub"].is_null() || heard[0]["sub"] == ada.id.as_str(),
        "{heard}"
    );
}
