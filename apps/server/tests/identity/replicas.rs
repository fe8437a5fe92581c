//! Two replicas of one database: any of them serves any step, what is good once is good once among them, and what ends
//! at one ends at the other.

use std::{collections::BTreeSet, time::Instant};

use bheem_http_kit::{Auth, Method};
use bheem_server::server::Running;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::{
    code, is_signed_in,
    support::{
        self, Answer, Person, TestApp,
        browser::Browser,
        eventually,
        flow::{self, RelyingParty},
        relay::Relay,
    },
    tokens, visit,
};

const MANY: usize = 64;

/// Two servers, each at an address of its own, and an address in front of both that hands each connection to the other.
struct Pair {
    app: TestApp,
    second: Running,
    _front: Relay,
    admin: Person,
    ada: Person,
    party: RelyingParty,
}

impl Pair {
    async fn start() -> Self {
        let front = Relay::start().await;
        let public = format!("http://localhost:{}", front.address.port());
        let app =
            TestApp::start_with(|settings| settings.http.public_url.clone_from(&public)).await;
        let second = app.replica().await;
        front.lead_to(&[app.running.address, second.address]);
        let (admin, ada) = (app.super_admin().await, app.person("ada").await);
        let mut party = RelyingParty::register(&app, &admin, &json!({})).await;
        party.issuer = public;
        Self {
            app,
            second,
            _front: front,
            admin,
            ada,
            party,
        }
    }

    fn first_url(&self) -> String {
        self.app.base_url.clone()
    }

    fn second_url(&self) -> String {
        format!("http://{}", self.second.address)
    }

    /// One and the other, in turn.
    fn url(&self, number: usize) -> String {
        if number.is_multiple_of(2) {
            self.first_url()
        } else {
            self.second_url()
        }
    }

    /// Waits until a token is refused at the second replica, which has just taken it; tells how long that took.
    async fn until_refused_there(&self, what: &str, token: &str) {
        let url = self.second_url();
        let ended = Instant::now();
        eventually(what, async || {
            let (status, _) = self.party.userinfo(&url, token).await.unwrap();
            status == 401
        })
        .await;
        eprintln!("{what}: heard of after {} ms", ended.elapsed().as_millis());
    }

    /// Tokens that the second replica takes.
    async fn taken_there(&self, nonce: &str, more: &[(&str, &str)]) -> (Browser, Answer) {
        let mut browser = Browser::default();
        let given = tokens(&self.party, &mut browser, "ada", nonce, more).await;
        let token = given.text("access_token");
        let person = self.party.userinfo(&self.second_url(), &token).await;
        assert_eq!(person.unwrap().0, 200);
        (browser, given)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_redemptions_of_one_code_one_gets_tokens() {
    let pair = Pair::start().await;
    let mut browser = Browser::default();
    let code = code(&pair.party, &mut browser, "ada", "once", &[]).await;
    let all = (0..MANY).map(|number| {
        let (pair, code) = (&pair, &code);
        async move { pair.party.redeem(&pair.url(number), code).await.unwrap() }
    });
    let answers = join_all(all).await;
    let (given, refused): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!(given.len(), 1);
    for answer in &refused {
        assert_eq!(answer.body["error"], "invalid_grant", "{:?}", answer.body);
    }
    // Somebody had a copy of the code: what was given for it ends, and nothing else was.
    assert_eq!(flow::grants(&pair.app.database, "once"), (1, 0));
    let token = given[0].text("access_token");
    pair.until_refused_there("a code that came twice", &token)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_uses_of_one_refresh_token_all_get_the_same_successor() {
    let pair = Pair::start().await;
    let (_, given) = pair.taken_there("family", &[]).await;
    let token = given.text("refresh_token");
    let all = (0..MANY).map(|number| {
        let (pair, token) = (&pair, &token);
        async move { pair.party.refresh(&pair.url(number), token).await.unwrap() }
    });
    let answers = join_all(all).await;
    let mut successors = BTreeSet::new();
    for answer in &answers {
        if answer.status == 200 {
            successors.insert(answer.text("refresh_token"));
        } else {
            assert_eq!(answer.body["error"], "invalid_grant", "{:?}", answer.body);
        }
    }
    assert_eq!(successors.len(), 1, "one family");
    assert_eq!(flow::grants(&pair.app.database, "family"), (1, 1));
    let next = successors.first().unwrap();
    let next = pair.party.refresh(&pair.second_url(), next).await.unwrap();
    assert_eq!(next.status, 200, "{:?}", next.body);
    // The first one is older than what may have been lost: its family ends.
    let old = pair.party.refresh(&pair.first_url(), &token).await.unwrap();
    assert_eq!(old.body["error"], "invalid_grant");
    assert_eq!(flow::grants(&pair.app.database, "family"), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_of_one_flow_alternate_between_replicas() {
    let pair = Pair::start().await;
    let party = &pair.party;
    for round in 0..2 {
        let mut browser = Browser::default();
        let nonce = format!("turns-{round}");
        let mut given = tokens(party, &mut browser, "ada", &nonce, &[]).await;
        let id_token = given.text("id_token");
        for number in 0..4 {
            let token = given.text("refresh_token");
            given = party
                .refresh(&pair.url(number + round), &token)
                .await
                .unwrap();
            assert_eq!(given.status, 200, "{:?}", given.body);
            let token = given.text("access_token");
            for number in 0..2 {
                let (status, person) = party.userinfo(&pair.url(number), &token).await.unwrap();
                assert_eq!(
                    (status, &person["preferred_username"]),
                    (200, &json!("ada"))
                );
            }
        }
        assert!(is_signed_in(party, &mut browser).await);
        let bye = visit(&mut browser, "ada", &party.logout(&id_token)).await;
        let bye = bye.unwrap_or_else(|page| panic!("{}: {}", page.url, page.body));
        assert!(bye.as_str().starts_with(flow::GOODBYE), "{bye}");
        assert!(!is_signed_in(party, &mut browser).await);
        assert!(!is_signed_in(party, &mut browser).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_out_at_one_is_felt_at_the_other() {
    let pair = Pair::start().await;
    let (mut browser, given) = pair.taken_there("out", &[]).await;
    let url = pair.party.logout(&given.text("id_token"));
    visit(&mut browser, "ada", &url).await.unwrap();
    let token = given.text("access_token");
    pair.until_refused_there("a sign-out", &token).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ended_at_one_is_felt_at_the_other() {
    let pair = Pair::start().await;
    let (_, given) = pair.taken_there("session", &[]).await;
    let sessions = pair.ada.get("/auth/sessions").await;
    let sessions = sessions.body.as_array().unwrap();
    let browser = sessions
        .iter()
        .find(|one| one["kind"] == "browser")
        .unwrap();
    let path = format!("/auth/sessions/{}", browser["id"].as_str().unwrap());
    assert_eq!(pair.ada.delete(&path).await.status, 204);
    let token = given.text("access_token");
    pair.until_refused_there("a session ended", &token).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_revoked_at_one_are_felt_at_the_other() {
    let pair = Pair::start().await;
    for what in ["access_token", "refresh_token"] {
        let (_, given) = pair.taken_there(what, &[]).await;
        let revoked = given.text(what);
        let fields = [("token", revoked.as_str())];
        let answer = pair.party.ask(&pair.first_url(), "revoke", &fields).await;
        assert_eq!(answer.unwrap().status, 200);
        let token = given.text("access_token");
        pair.until_refused_there(&format!("{what} revoked"), &token)
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_taken_back_at_one_is_felt_at_the_other() {
    let pair = Pair::start().await;
    let (_, given) = pair.taken_there("consent", &[]).await;
    let path = format!("/auth/consents/{}", pair.party.client_id);
    assert_eq!(pair.ada.delete(&path).await.status, 204);
    let token = given.text("access_token");
    pair.until_refused_there("a consent taken back", &token)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_switched_off_at_one_is_refused_at_the_other() {
    let pair = Pair::start().await;
    let (_, given) = pair.taken_there("client", &[]).await;
    let path = format!("/admin/oidc/clients/{}", pair.party.client_id);
    let off = pair.admin.patch(&path, &json!({"is_active": false})).await;
    assert_eq!(off.status, 200, "{:?}", off.body);
    let token = given.text("refresh_token");
    let ended = Instant::now();
    eventually("the client is refused", async || {
        let answer = pair
            .party
            .refresh(&pair.second_url(), &token)
            .await
            .unwrap();
        answer.body["error"] == "invalid_client"
    })
    .await;
    eprintln!("a client switched off: {} ms", ended.elapsed().as_millis());
    let token = given.text("access_token");
    pair.until_refused_there("tokens of a client switched off", &token)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_ends_with_its_membership_is_refused_everywhere() {
    let pair = Pair::start().await;
    let slug = pair.app.tenant(&pair.ada, "Acme").await;
    pair.app.proven_domain(&pair.ada, &slug, "acme.test").await;
    let body = json!({"username": "carl", "name": "Carl"});
    let carl = pair.app.invited(&pair.ada, &slug, body).await;
    let elsewhere = carl.at(&pair.second_url());
    assert_eq!(elsewhere.get("/auth/me").await.status, 200);
    let mut browser = Browser::default();
    let offline = [("scope", "openid offline_access")];
    let (party, name) = (&pair.party, "carl@acme.test");
    let given = tokens(party, &mut browser, name, "account", &offline).await;
    let path = format!("/admin/tenants/{slug}/users/{}", carl.id);
    let removed = pair.ada.delete(&path).await;
    assert_eq!(removed.status, 200, "{:?}", removed.body);
    let token = given.text("access_token");
    pair.until_refused_there("an account that ended", &token)
        .await;
    let token = given.text("refresh_token");
    party.is_refused(&pair.second_url(), &token).await;
    eventually("its API tokens are refused", async || {
        elsewhere.get("/auth/me").await.status == 401
    })
    .await;
    assert!(!is_signed_in(party, &mut browser).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_a_tenant_loses_its_applications_at_the_other_replica_too() {
    let pair = Pair::start().await;
    let slug = pair.app.tenant(&pair.ada, "Acme").await;
    let body = json!({"email": "carl@else.test", "name": "Carl"});
    let carl = pair.app.invited(&pair.ada, &slug, body).await;
    let tenant = pair.ada.get(&format!("/admin/tenants/{slug}")).await;
    let of_tenant = json!({"tenants": [tenant.text("id")]});
    let mut party = RelyingParty::register(&pair.app, &pair.admin, &of_tenant).await;
    party.issuer.clone_from(&pair.party.issuer);
    let mut browser = Browser::default();
    let given = tokens(&party, &mut browser, "carl@else.test", "member", &[]).await;
    let token = given.text("access_token");
    assert_eq!(
        party.userinfo(&pair.second_url(), &token).await.unwrap().0,
        200
    );
    let path = format!("/admin/tenants/{slug}/users/{}", carl.id);
    let removed = pair.ada.delete(&path).await;
    assert_eq!(removed.status, 200, "{:?}", removed.body);
    let ended = Instant::now();
    eventually("the application is closed to who left", async || {
        party.userinfo(&pair.second_url(), &token).await.unwrap().0 == 401
    })
    .await;
    eprintln!("a member removed: {} ms", ended.elapsed().as_millis());
    party
        .is_refused(&pair.second_url(), &given.text("refresh_token"))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_replicas_publish_the_same_and_trust_each_others_tokens() {
    let pair = Pair::start().await;
    let mut published: Vec<Value> = Vec::new();
    for url in [pair.first_url(), pair.second_url()] {
        let http = support::client(&url, Auth::None);
        let keys = support::send(&http, Method::GET, "/sso/jwks", &[], &Value::Null).await;
        published.push(keys.body);
    }
    assert_eq!(published[0], published[1]);
    let elsewhere = pair.ada.at(&pair.second_url());
    assert_eq!(elsewhere.get("/auth/me").await.status, 200);
}
