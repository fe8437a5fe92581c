//! Mattermost: what its client is promised, and what depends on the server's settings.

#[path = "../../../clients/mattermost/tests/contract/mod.rs"]
mod suite;

use bheem_http_kit::throwaway_password;
use bheem_mattermost::{
    Client, Deleted, ErrorId, ErrorKind, NewAccessToken, NewTeam, NewUser, SecretString, User,
};
use bheem_sandbox::{Fault, FaultAction, Options, PeerHandle, Sandbox};
use serde_json::json;

fn client(peer: &PeerHandle) -> Client {
    let token = peer.credential("admin_token").to_owned();
    Client::builder(&peer.base_url, token.into())
        .build()
        .unwrap()
}

async fn make(mattermost: &Client, name: &str) -> Result<User, bheem_mattermost::Error> {
    let email = format!("{name}@a.test");
    let new = NewUser::with_password(email, name, throwaway_password());
    mattermost.users().create(&new).await
}

fn id(result: Result<impl Sized, bheem_mattermost::Error>) -> ErrorId {
    let error = result.map(drop).unwrap_err();
    error.id().unwrap_or_else(|| panic!("{error:?}")).clone()
}

#[tokio::test]
async fn the_contract_holds() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let mattermost = client(&sandbox.mattermost);
    suite::server(&mattermost).await;
    suite::teams(&mattermost, "contract").await;
    suite::users(&mattermost, "contract").await;
    suite::members(&mattermost, "contract").await;
    suite::tokens(&mattermost, "contract").await;
}

#[tokio::test]
async fn an_edition_has_room_for_so_many_users() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.mattermost;
    assert!(peer.set_options(&json!({"max_users": 2, "max_users_per_team": 2})));
    let mattermost = client(peer);
    let anna = make(&mattermost, "anna").await.unwrap();
    let bert = make(&mattermost, "bert").await.unwrap();
    assert_eq!(
        id(make(&mattermost, "carl").await),
        ErrorId::UserLimitReached
    );
    mattermost.users().deactivate(&anna.id).await.unwrap();
    let carl = make(&mattermost, "carl").await.unwrap();
    let full = mattermost.users().activate(&anna.id).await;
    assert_eq!(id(full), ErrorId::ActivationLimitReached);

    let team = mattermost
        .teams()
        .create(&NewTeam::new("acme", "Acme"))
        .await
        .unwrap();
    let members = mattermost.members(&team.id);
    members.add(&bert.id).await.unwrap();
    assert_eq!(
        id(members.add(&carl.id).await),
        ErrorId::TeamFull,
        "its maker is in it"
    );
}

#[tokio::test]
async fn tokens_are_as_the_server_is_set() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.mattermost;
    let mattermost = client(peer);
    let tokens = mattermost.tokens();
    let anna = make(&mattermost, "anna").await.unwrap();
    let new = NewAccessToken::new("d");
    let made = tokens.create(&anna.id, &new).await.unwrap();
    let as_anna = mattermost.with_token(made.token).unwrap();
    as_anna.users().me().await.unwrap();
    let past = new.clone().expires_at(1_000);
    assert_eq!(
        id(tokens.create(&anna.id, &past).await),
        ErrorId::TokenExpiryInvalid
    );

    assert!(peer.set_options(&json!({"maximum_token_lifetime_days": 30})));
    assert_eq!(
        id(tokens.create(&anna.id, &new).await),
        ErrorId::TokenMustExpire
    );
    let far = new.clone().expires_at(4_000_000_000_000);
    assert_eq!(
        id(tokens.create(&anna.id, &far).await),
        ErrorId::TokenExpiryInvalid
    );
    assert!(peer.set_options(&json!({"version": "10.11.4"})));
    tokens.create(&anna.id, &past).await.unwrap();
    let found = tokens.find_by_description(&anna.id, "d").await.unwrap();
    assert!(
        found.iter().all(|token| token.expires_at == 0),
        "10 does not know ends"
    );

    assert!(peer.set_options(&json!({"enable_user_access_tokens": false})));
    let error = tokens.create(&anna.id, &new).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.id()),
        (ErrorKind::Invalid, Some(&ErrorId::TokensDisabled))
    );
    assert_eq!(id(as_anna.users().me().await), ErrorId::SessionExpired);
    mattermost.users().me().await.unwrap();
}

#[tokio::test]
async fn deleting_for_ever_is_off_until_it_is_on() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.mattermost;
    let mattermost = client(peer);
    let anna = make(&mattermost, "anna").await.unwrap();
    let team = mattermost
        .teams()
        .create(&NewTeam::new("acme", "Acme"))
        .await
        .unwrap();
    mattermost.members(&team.id).add(&anna.id).await.unwrap();
    assert_eq!(
        id(mattermost.users().delete(&anna.id).await),
        ErrorId::UserDeletionDisabled
    );
    assert_eq!(
        id(mattermost.teams().delete(&team.id).await),
        ErrorId::TeamDeletionDisabled
    );
    let on = json!({"enable_api_user_deletion": true, "enable_api_team_deletion": true});
    assert!(peer.set_options(&on));
    for expected in [Deleted::Removed, Deleted::Absent] {
        assert_eq!(mattermost.users().delete(&anna.id).await.unwrap(), expected);
        assert_eq!(mattermost.teams().delete(&team.id).await.unwrap(), expected);
    }
    make(&mattermost, "anna").await.unwrap();
    mattermost
        .teams()
        .create(&NewTeam::new("acme", "Acme"))
        .await
        .unwrap();
}

/// One request in an hour.
#[expect(
    clippy::disallowed_methods,
    reason = "the control endpoints are no peer's"
)]
async fn limit(peer: &PeerHandle) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/__sandbox/rate_limit", peer.control_url);
    let body = json!({"requests": 1, "seconds": 3600});
    let answer = http.put(url).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 204);
}

#[tokio::test]
async fn the_limit_of_requests_speaks_plain_text() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.mattermost;
    let mattermost = client(peer);
    limit(peer).await;
    mattermost.system().ping().await.unwrap();
    let error = mattermost.system().ping().await.unwrap_err();
    let ErrorKind::RateLimited { after: Some(after) } = error.kind() else {
        panic!("{error:?}");
    };
    assert!(after.as_secs() > 3500);
}

#[tokio::test]
async fn after_an_unknown_outcome_what_was_made_is_found() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.mattermost;
    let mattermost = client(peer);
    peer.fault(Fault {
        method: Some("POST".to_owned()),
        path_prefix: "/api/v4/teams".to_owned(),
        action: FaultAction::ApplyThenDrop,
        ..Fault::default()
    });
    let new = NewTeam::new("acme", "Acme");
    let error = mattermost.teams().create(&new).await.unwrap_err();
    assert_eq!(error.effect(), bheem_mattermost::Effect::Unknown);
    assert_eq!(mattermost.teams().ensure(&new).await.unwrap().name, "acme");
}

#[tokio::test]
async fn what_was_made_survives_a_restart_and_no_password_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let password = throwaway_password();
    let options = || Options {
        data_dir: Some(directory.path().to_path_buf()),
        ..Options::default()
    };
    let sandbox = Sandbox::start(options()).await.unwrap();
    let mattermost = client(&sandbox.mattermost);
    let new = NewUser::with_password("anna@a.test", "anna", password.clone());
    let anna = mattermost.users().create(&new).await.unwrap();
    let session = mattermost
        .sessions()
        .sign_in("anna", &password)
        .await
        .unwrap();
    sandbox.shutdown().await;

    let sandbox = Sandbox::start(options()).await.unwrap();
    let mattermost = client(&sandbox.mattermost);
    let as_anna = mattermost.with_token(session.token).unwrap();
    assert_eq!(as_anna.users().me().await.unwrap().id, anna.id);
    let shown = sandbox.mattermost.state().to_string();
    let secret: &SecretString = &password;
    assert!(!shown.contains(bheem_http_kit::ExposeSecret::expose_secret(secret)));
    sandbox.shutdown().await;
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a browser is no client of ours")]
async fn a_browser_gets_cookies_and_must_prove_that_a_change_is_its_own() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.mattermost;
    let mattermost = client(peer);
    let password = throwaway_password();
    let new = NewUser::with_password("anna@a.test", "anna", password.clone());
    let anna = mattermost.users().create(&new).await.unwrap();
    let browser = reqwest::Client::builder().no_proxy().build().unwrap();
    let secret = bheem_http_kit::ExposeSecret::expose_secret(&password);
    let answer = browser
        .post(format!("{}/api/v4/users/login", peer.base_url))
        .header("X-Requested-With", "XMLHttpRequest")
        .json(&json!({"login_id": "anna", "password": secret}))
        .send()
        .await
        .unwrap();
    let cookies: Vec<String> = answer
        .headers()
        .get_all("set-cookie")
        .iter()
        .map(|value| value.to_str().unwrap().to_owned())
        .collect();
    let cookie = |name: &str| {
        let found = cookies.iter().find_map(|text| text.strip_prefix(name));
        let value = found.unwrap().strip_prefix('=').unwrap();
        value.split(';').next().unwrap().to_owned()
    };
    assert_eq!(cookie("MMUSERID"), anna.id.as_str());
    let (token, csrf) = (cookie("MMAUTHTOKEN"), cookie("MMCSRF"));
    let patch = format!("{}/api/v4/users/me/patch", peer.base_url);
    let change = |csrf: &str| {
        let request = browser
            .put(&patch)
            .header("Cookie", format!("a=b; MMAUTHTOKEN={token}"))
            // The cookie is believed, not this.
            .bearer_auth(peer.credential("admin_token"))
            .header("X-CSRF-Token", csrf)
            .json(&json!({"nickname": "Anni"}));
        request.send()
    };
    assert_eq!(change("forged").await.unwrap().status(), 401);
    assert_eq!(change(&csrf).await.unwrap().status(), 200);
    let found = mattermost.users().find(&anna.id).await.unwrap().unwrap();
    assert_eq!(found.nickname, "Anni");
}
