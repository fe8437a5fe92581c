//! What relying parties are told of names, and which names nobody gets.

use bheem_http_kit::{Auth, ClientBuilder, Method};
use serde_json::{Value, json};

use crate::{
    PASSWORD,
    support::{TestApp, browser::Browser, flow::RelyingParty},
    tokens,
};

async fn gitlab(party: &RelyingParty, token: &str) -> Value {
    let auth = Auth::bearer(token.into());
    let http = ClientBuilder::new("gitlab", party.issuer.as_str(), auth, |http| http)
        .build()
        .unwrap();
    let answer = http
        .request("ask", Method::GET, &["api", "v4", "user"])
        .send()
        .await
        .unwrap();
    serde_json::from_slice(answer.body()).unwrap()
}

/// What a relying party is told of whoever signs in by this name: userinfo, GitLab's API, introspection.
async fn told(party: &RelyingParty, username: &str) -> [Value; 3] {
    let mut browser = Browser::default();
    let scope = [("scope", "openid profile email")];
    let given = tokens(party, &mut browser, username, username, &scope).await;
    let token = given.text("access_token");
    let (status, userinfo) = party.userinfo(&party.issuer, &token).await.unwrap();
    assert_eq!(status, 200);
    let asked = party
        .ask(&party.issuer, "introspect", &[("token", &token)])
        .await
        .unwrap();
    [userinfo, gitlab(party, &token).await, asked.body]
}

fn is_never_called(told: &[Value; 3], address: &str) {
    for body in told {
        for claim in [
            "preferred_username",
            "username",
            "login",
            "name",
            "given_name",
            "family_name",
        ] {
            let value = body[claim].as_str().unwrap_or_default();
            assert!(!value.contains(address), "{claim}: {body}");
        }
        assert_ne!(body["email_verified"], true, "{body}");
    }
    assert_eq!(told[1]["email"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_nobodys_name_before_it_is_proven() {
    let app = TestApp::at_localhost(|_| {}).await;
    let admin = app.super_admin().await;
    let party = RelyingParty::register(&app, &admin, &json!({})).await;
    let address = "cfo@corp.example";
    let body = json!({"username": address, "password": PASSWORD, "full_name": address});
    let made = app.send(Method::POST, "/auth/register", &body).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    let before = told(&party, address).await;
    is_never_called(&before, address);
    let neutral = before[0]["preferred_username"].as_str().unwrap();
    assert!(neutral.starts_with("user-"), "{neutral}");
    assert_eq!(before[1]["login"], neutral);

    // Proven, it is the person's; until another tenant proves the domain.
    let prove = "UPDATE auth.users SET email_verified_at = now() WHERE email = 'cfo@corp.example'";
    crate::flow::query(&app.database, prove);
    let proven = told(&party, address).await;
    assert_eq!(proven[0]["preferred_username"], address);
    assert_eq!(proven[0]["email_verified"], true);
    assert_eq!(proven[1]["username"], address);
    let owner = app.person("acme-owner").await;
    let slug = app.tenant(&owner, "Corp").await;
    app.proven_domain(&owner, &slug, "corp.example").await;
    is_never_called(&told(&party, address).await, address);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_on_a_proven_domain_is_registered_by_nobody_and_the_answer_does_not_tell() {
    let app = TestApp::start().await;
    let owner = app.person("acme-owner").await;
    let slug = app.tenant(&owner, "Corp").await;
    app.proven_domain(&owner, &slug, "corp.example").await;
    let free = json!({"username": "cfo@elsewhere.example", "password": PASSWORD});
    let free = app.send(Method::POST, "/auth/register", &free).await;
    for body in [
        json!({"username": "cfo@corp.example", "password": PASSWORD}),
        json!({"username": "cfo", "email": "ceo@corp.example", "password": PASSWORD}),
    ] {
        let answer = app.send(Method::POST, "/auth/register", &body).await;
        assert_eq!(answer.status, free.status, "{:?}", answer.body);
        assert_eq!(answer.text("username"), body["username"]);
        let fields = |body: &Value| {
            body.as_object()
                .unwrap()
                .keys()
                .cloned()
                .collect::<Vec<_>>()
        };
        assert_eq!(fields(&answer.body), fields(&free.body));
        // Whoever registers comes in, and has nothing of the organisation's.
        let username = body["username"].as_str().unwrap();
        let stranger = app.sign_in(username, PASSWORD).await;
        let me = stranger.get("/auth/me").await;
        assert_eq!(me.body["email_verified"], false);
        let path = format!("/admin/tenants/{slug}");
        stranger.get(&path).await.is_problem(404, "not_found");
    }
    let theirs = "SELECT count(*) FROM auth.users WHERE email LIKE '%@corp.example' \
                  AND (email_verified_at IS NOT NULL OR managed_by IS NOT NULL)";
    assert_eq!(crate::flow::query(&app.database, theirs), "0");
    // The organisation's own person of that name gets an account that nobody has been in.
    let before = app.sign_in("cfo@corp.example", PASSWORD).await;
    let body = json!({"username": "cfo", "name": "Real"});
    let person = app.invited(&owner, &slug, body).await;
    assert_ne!(before.id, person.id);
    before
        .get("/auth/me")
        .await
        .is_problem(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_could_be_taken_for_others_are_registered_by_nobody() {
    let app = TestApp::start().await;
    for name in [
        "root",
        "Admin",
        "ＰＯＳＴＭＡＳＴＥＲ",
        "support",
        "security",
        "p\u{430}ypal",
        "01890000-0000-7000-8000-000000000001",
        "user-0123456789abcdef",
    ] {
        let body = json!({"username": name, "password": PASSWORD});
        let refused = app.send(Method::POST, "/auth/register", &body).await;
        refused.is_problem(422, "invalid");
        assert_eq!(refused.body["errors"][0]["field"], "username", "{name}");
    }
    // A name is one in whatever case and width it is typed.
    app.person("jürgen").await;
    let again = json!({"username": "JU\u{308}RGEN", "password": PASSWORD});
    app.send(Method::POST, "/auth/register", &again)
        .await
        .is_problem(409, "username_taken");
    app.sign_in("Ｊürgen", PASSWORD).await;
}
