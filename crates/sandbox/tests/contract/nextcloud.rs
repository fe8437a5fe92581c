//! The OCS client against the Nextcloud stand-in.

#[path = "../../../clients/nextcloud/tests/contract/mod.rs"]
mod suite;

use bheem_nextcloud::{
    Auth, Client, CreateShare, ErrorKind, OidcUser, Permissions, SecretString, UserField,
};
use bheem_sandbox::{PeerHandle, Sandbox};
use serde_json::json;

fn client(peer: &PeerHandle, who: &str) -> Client {
    let user = peer.credential(&format!("{who}_user")).to_owned();
    let password = SecretString::from(peer.credential(&format!("{who}_password")).to_owned());
    let builder = Client::builder(&peer.base_url, Auth::basic(user, password));
    builder.build().unwrap()
}

#[tokio::test]
async fn the_contract_holds() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let offers = suite::Offers {
        group_folders: true,
    };
    suite::suite(&client(&sandbox.nextcloud, "admin"), offers).await;
}

#[tokio::test]
async fn edits_are_throttled_when_that_is_switched_on() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    assert!(peer.set_options(&json!({"edit_rate_limit": true})));
    let admin = client(peer, "admin");
    let users = admin.users();
    for number in 0..50 {
        let name = format!("Sample {number}");
        let edit = users.edit("sample", &UserField::DisplayName, &name);
        edit.await.unwrap();
    }
    let edit = users.edit("sample", &UserField::DisplayName, "One more");
    let error = edit.await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::RateLimited { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_login_ends_with_an_app_password_that_is_given_once() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let anybody = Client::builder(&peer.base_url, Auth::None).build().unwrap();
    let flow = anybody.start_login().await.unwrap();
    assert!(anybody.poll_login(&flow).await.unwrap().is_none());
    open(peer, &flow).await;
    let found = anybody.poll_login(&flow).await.unwrap().unwrap();
    assert_eq!(found.login_name, "sample");
    assert!(anybody.poll_login(&flow).await.unwrap().is_none());
    let sample = Auth::basic(found.login_name, found.app_password);
    let sample = anybody.with_auth(&sample).unwrap();
    assert!(sample.shares().list().await.unwrap().is_empty());
}

/// What a person does in a browser.
#[expect(clippy::disallowed_methods, reason = "a browser is no client of ours")]
async fn open(peer: &PeerHandle, flow: &bheem_nextcloud::LoginFlow) {
    use bheem_http_kit::ExposeSecret as _;
    let browser = reqwest::Client::builder().no_proxy().build().unwrap();
    let page = browser
        .get(flow.login_url.expose_secret())
        .basic_auth(
            peer.credential("sample_user"),
            Some(peer.credential("sample_password")),
        )
        .send();
    assert!(page.await.unwrap().status().is_success());
}

#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "whoever has a link is no client of ours"
)]
async fn a_link_opens_with_its_password_and_for_as_long_as_it_lasts() {
    use bheem_http_kit::ExposeSecret as _;
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    assert!(peer.set_options(&json!({"enforce_link_password": true})));
    let sample = client(peer, "sample");
    assert!(sample.capabilities().await.unwrap().needs_link_password());
    let files = sample.files("sample").unwrap();
    let path = bheem_webdav::DavPath::parse("a b.txt").unwrap();
    let put = files.client().put(
        &path,
        "text/plain",
        "text",
        &bheem_webdav::Precondition::None,
    );
    put.await.unwrap();
    let open = CreateShare::link("a b.txt");
    let refused = sample.shares().create(&open).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unauthorized);
    assert!(refused.message().unwrap().contains("enforced"));
    let password = bheem_http_kit::throwaway_password();
    let link = open
        .password(password.clone())
        .permissions(Permissions::READ);
    let share = sample.shares().create(&link).await.unwrap();
    let listed = files.client().find(&path).await.unwrap().unwrap();
    assert_eq!(listed.share_types, [3]);

    let anybody = reqwest::Client::builder().no_proxy().build().unwrap();
    let page = anybody
        .get(share.url.as_deref().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), 200);
    let url = format!(
        "{}/public.php/dav/files/{}",
        peer.base_url,
        share.token.unwrap()
    );
    assert_eq!(anybody.get(&url).send().await.unwrap().status(), 401);
    let with = || {
        anybody
            .get(&url)
            .basic_auth("anonymous", Some(password.expose_secret()))
    };
    assert_eq!(with().send().await.unwrap().text().await.unwrap(), "text");
    let written = anybody
        .put(&url)
        .basic_auth("anonymous", Some(password.expose_secret()));
    assert_eq!(written.body("x").send().await.unwrap().status(), 403);
    sample.shares().delete(&share.id).await.unwrap();
    assert_eq!(with().send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn accounts_of_single_sign_on_are_made_before_the_first_login() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let admin = client(peer, "admin");
    let john = OidcUser::new(1, "john")
        .display_name("John")
        .email("j@x.example")
        .quota("1 GB");
    let missing = admin.oidc().ensure_user(&john).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound, "the app is not there");
    let provider = json!({"identifier": "bheem", "client_id": "c", "discovery_uri": "http://127.0.0.1:9/",
        "unique_uid": false});
    assert!(peer.set_options(&json!({"oidc": provider})));
    admin.oidc().ensure_user(&john).await.unwrap();
    admin.oidc().ensure_user(&john).await.unwrap();
    let found = admin.users().find("john").await.unwrap().unwrap();
    assert_eq!(found.display_name.as_deref(), Some("John"));
    let other = admin
        .oidc()
        .ensure_user(&OidcUser::new(2, "john"))
        .await
        .unwrap_err();
    assert_eq!(other.kind(), ErrorKind::NotFound);
    let token = SecretString::from("no token");
    let refused = admin
        .oidc()
        .back_channel_logout("bheem", &token)
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    let unknown = admin
        .oidc()
        .back_channel_logout("other", &token)
        .await
        .unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
    admin.oidc().delete_user("john").await.unwrap();
    let again = admin.oidc().delete_user("john").await.unwrap();
    assert_eq!(again, bheem_nextcloud::Deleted::Absent);
}
