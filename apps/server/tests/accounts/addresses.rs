//! A stranger registers somebody's address, attaches what they can, and waits.

use bheem_http_kit::{Method, Url};
use bheem_identity::Client;
use serde_json::{Value, json};

use crate::{
    PASSWORD,
    soft_authenticator::Authenticator,
    support::{Person, TestApp, browser::Browser, eventually, flow::RelyingParty},
    tokens,
    totp::App,
};

const ADDRESS: &str = "victim@corp.example";
const NEW: &str = "what its holder chose";

struct Stranger {
    person: Person,
    party: RelyingParty,
    offline: String,
    access: String,
    device: Authenticator,
    authenticator: App,
}

async fn stranger(app: &TestApp) -> Stranger {
    let admin = app.super_admin().await;
    let party = RelyingParty::register(app, &admin, &json!({})).await;
    let person = app.person(ADDRESS).await;
    let mut browser = Browser::default();
    let scope = [("scope", "openid profile email offline_access")];
    let given = tokens(&party, &mut browser, ADDRESS, "before", &scope).await;
    let authenticator = App::enrol(&person).await;
    let mut device = Authenticator::new();
    device.origin.clone_from(&app.base_url);
    let begun = person.post("/auth/passkeys/options", &json!({})).await;
    assert_eq!(begun.status, 200, "{:?}", begun.body);
    let key = json!({
        "ceremony_id": begun.body["ceremony_id"], "name": "Key",
        "credential": device.create(&begun.body["options"]),
    });
    let added = person.post("/auth/passkeys", &key).await;
    assert_eq!(added.status, 201, "{:?}", added.body);
    Stranger {
        authenticator,
        party,
        offline: given.text("refresh_token"),
        access: given.text("access_token"),
        device,
        person,
    }
}

async fn last_link(app: &TestApp, address: &str) -> Value {
    let link = async || {
        let messages = app.messages_to(address);
        let mut links = messages
            .iter()
            .filter(|one| one.to_string().contains("#token="));
        links.next_back().map(TestApp::link_token)
    };
    eventually("the link", async || link().await.is_some()).await;
    link().await.unwrap().into()
}

/// Nothing that was attached before leads to the account that has the address now.
async fn is_refused(app: &TestApp, mut stranger: Stranger) {
    let me = stranger.person.get("/auth/me").await;
    me.is_problem(401, "unauthenticated");
    let refresh = json!({"refresh_token": stranger.person.refresh_token});
    let refreshed = app.send(Method::POST, "/auth/refresh", &refresh).await;
    refreshed.is_problem(401, "unauthenticated");
    let party = &stranger.party;
    party.is_refused(&party.issuer, &stranger.offline).await;
    let (status, _) = party
        .userinfo(&party.issuer, &stranger.access)
        .await
        .unwrap();
    assert_eq!(status, 401);
    let identity = app.running.app().services.identity();
    let ceremony = identity.passkey_challenge().await.unwrap();
    let answer = stranger.device.get(&ceremony.options);
    let client = Client::default();
    let passkey = identity.passkey_sign_in(ceremony.id, answer, &client, None);
    assert!(passkey.await.is_err());
    // The old password opens nothing under the address, whatever comes with it, and tells its owner
    // what their own account is called.
    for otp in [None, Some(stranger.authenticator.code(1))] {
        let body = json!({"username": ADDRESS, "password": PASSWORD, "otp": otp});
        let told = app.send(Method::POST, "/auth/login", &body).await;
        told.is_problem(403, "account_renamed");
    }
    let holder = app.sign_in(ADDRESS, NEW).await;
    assert_ne!(holder.id, stranger.person.id);
    let me = holder.get("/auth/me").await;
    assert_eq!(me.body["username"], ADDRESS);
    assert_eq!(me.body["email_verified"], true);
    let factors = holder.get("/auth/second-factors").await;
    assert_eq!(factors.body["totp"], false);
    assert_eq!(factors.body["passkeys"], json!([]));
    assert_eq!(holder.get("/auth/consents").await.body, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_resets_the_password_finds_nothing_of_whoever_registered_the_address() {
    let app = TestApp::at_localhost(|_| {}).await;
    let stranger = stranger(&app).await;
    let ask = json!({"email": ADDRESS});
    let asked = app.send(Method::POST, "/auth/password/reset/request", &ask);
    assert_eq!(asked.await.status, 200);
    let set = json!({"token": last_link(&app, ADDRESS).await, "password": NEW});
    let set = app
        .send(Method::POST, "/auth/password/reset/confirm", &set)
        .await;
    assert_eq!(set.status, 200, "{:?}", set.body);
    is_refused(&app, stranger).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_opens_the_link_that_a_stranger_asked_for_does_not_bless_their_account() {
    let app = TestApp::at_localhost(|_| {}).await;
    let stranger = stranger(&app).await;
    let asked = stranger.person.post("/auth/email/verify", &json!({})).await;
    assert_eq!(asked.status, 202, "{:?}", asked.body);
    let token = last_link(&app, ADDRESS).await;
    let path = "/auth/email/confirm";
    let alone = app.send(Method::POST, path, &json!({"token": token})).await;
    alone.is_problem(403, "account_or_password_required");
    let other = app.person("somebody-else").await;
    other
        .post(path, &json!({"token": token}))
        .await
        .is_problem(403, "account_or_password_required");
    let own = json!({"token": token, "password": NEW});
    let proven = app.send(Method::POST, path, &own).await;
    assert_eq!(proven.status, 200, "{:?}", proven.body);
    is_refused(&app, stranger).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_invited_gets_an_account_of_their_own() {
    let app = TestApp::at_localhost(|_| {}).await;
    let stranger = stranger(&app).await;
    let owner = app.person("owner").await;
    let slug = app.tenant(&owner, "Corp").await;
    let body = json!({"email": ADDRESS, "name": "Vic"});
    let added = owner
        .post(&format!("/admin/tenants/{slug}/users"), &body)
        .await;
    assert!(matches!(added.status, 201 | 202), "{:?}", added.body);
    let set = json!({"token": last_link(&app, ADDRESS).await, "password": NEW});
    let set = app.send(Method::POST, "/auth/set-password", &set).await;
    assert_eq!(set.status, 200, "{:?}", set.body);
    is_refused(&app, stranger).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_registers_an_address_that_a_stranger_has_named_gets_it_by_mail() {
    let app = TestApp::at_localhost(|_| {}).await;
    let stranger = stranger(&app).await;
    let body = json!({"username": ADDRESS, "password": NEW});
    let answer = app.send(Method::POST, "/auth/register", &body).await;
    assert_eq!(answer.status, 201, "{:?}", answer.body);
    let set = json!({"token": last_link(&app, ADDRESS).await, "password": NEW});
    let set = app
        .send(Method::POST, "/auth/password/reset/confirm", &set)
        .await;
    assert_eq!(set.status, 200, "{:?}", set.body);
    is_refused(&app, stranger).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_people_of_a_tenant_that_has_proven_the_domain_get_accounts_of_their_own() {
    let app = TestApp::at_localhost(|_| {}).await;
    let stranger = stranger(&app).await;
    let owner = app.person("owner").await;
    let slug = app.tenant(&owner, "Corp").await;
    app.proven_domain(&owner, &slug, "corp.example").await;
    let body = json!({"username": "victim", "name": "Vic", "personal_email": "vic@home.example"});
    let added = owner
        .post(&format!("/admin/tenants/{slug}/users"), &body)
        .await;
    assert!(matches!(added.status, 201 | 202), "{:?}", added.body);
    let token = last_link(&app, "vic@home.example").await;
    let set = json!({"token": token, "password": NEW});
    let set = app.send(Method::POST, "/auth/set-password", &set).await;
    assert_eq!(set.status, 200, "{:?}", set.body);
    is_refused(&app, stranger).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_proves_the_address_of_their_own_account_keeps_it() {
    let app = TestApp::at_localhost(|_| {}).await;
    let stranger = stranger(&app).await;
    let person = &stranger.person;
    assert_eq!(
        person.post("/auth/email/verify", &json!({})).await.status,
        202
    );
    let link = json!({"token": last_link(&app, ADDRESS).await});
    let proven = person.post("/auth/email/confirm", &link).await;
    assert_eq!(proven.status, 200, "{:?}", proven.body);
    assert_eq!(person.get("/auth/me").await.status, 200);
    let party = &stranger.party;
    let refreshed = party.refresh(&party.issuer, &stranger.offline).await;
    assert_eq!(refreshed.unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_link_asks_whoever_is_not_signed_in_for_a_password_of_their_own() {
    let app = TestApp::at_localhost(|_| {}).await;
    let stranger = stranger(&app).await;
    let asked = stranger.person.post("/auth/email/verify", &json!({})).await;
    assert_eq!(asked.status, 202, "{:?}", asked.body);
    let token = last_link(&app, ADDRESS).await;
    let token = token.as_str().unwrap();
    let url = Url::parse(&format!("{}/verify-email", app.base_url)).unwrap();
    let never = |_: &Url| false;
    let mut browser = Browser::default();
    let page = browser.open(&url, never).await;
    let form = page.form("/verify-email");
    let filled = [("token", token)];
    let page = browser.submit(&page, &form, &filled, never).await;
    assert!(page.body.contains("choose a password"), "{}", page.body);
    let form = page.form("new_password");
    let differ = [("new_password", NEW), ("repeated_password", "another one")];
    let page = browser.submit(&page, &form, &differ, never).await;
    assert_eq!(page.status, 422);
    let form = page.form("new_password");
    let same = [("new_password", NEW), ("repeated_password", NEW)];
    let page = browser.submit(&page, &form, &same, never).await;
    assert_eq!(page.status, 200, "{}", page.body);
    is_refused(&app, stranger).await;
}
