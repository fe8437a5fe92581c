//! Mailcow: what its client is promised.

#[path = "../../../clients/mailcow/tests/contract/mod.rs"]
mod suite;

use bheem_mailcow::{Client, NewAlias};
use bheem_sandbox::Sandbox;

#[tokio::test]
async fn the_contract_holds() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.mailcow;
    let client = |key: &str| {
        Client::builder(&peer.base_url, key.to_owned().into())
            .build()
            .unwrap()
    };
    let mailcow = client(peer.credential("api_key"));
    suite::domains(&mailcow, "live.test").await;
    suite::mailboxes(&mailcow, "live.test").await;
    suite::strangers(&client("nobody")).await;
}

#[tokio::test]
async fn a_mail_server_beside_it_is_told_of_mailboxes_passwords_and_aliases() {
    use bheem_mailcow::{CreateAppPassword, CreateDomain, CreateMailbox};
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.mailcow;
    let key = peer.credential("api_key").to_owned();
    let mailcow = Client::builder(&peer.base_url, key.into()).build().unwrap();
    let feed = sandbox.mail();
    let mut changes = feed.changes();
    let domain = CreateDomain::new("acme.test");
    mailcow.domains().create(&domain).await.unwrap();
    let kept_as_is = "{BLF-CRYPT}$2y$05$abcdefghijklmnopqrstuv";
    let john = CreateMailbox::new("john", "acme.test")
        .password(kept_as_is.to_owned().into())
        .quota_mib(16);
    mailcow.mailboxes().create(&john).await.unwrap();
    let app = CreateAppPassword::new("john@acme.test", "workspace", "a password".into());
    mailcow.app_passwords().create(&app).await.unwrap();
    let sales = NewAlias::new("sales@acme.test", ["john@acme.test"]);
    mailcow.aliases().create(&sales).await.unwrap();
    changes.changed().await.unwrap();

    let accounts = feed.accounts();
    assert_eq!(accounts.len(), 1);
    assert_eq!(accounts[0].quota_bytes, 16 * 1024 * 1024);
    let hashes = &accounts[0].password_hashes;
    assert_eq!(hashes[0], kept_as_is);
    assert!(hashes[1].starts_with("{SSHA256}") && hashes.len() == 2);
    assert_eq!(feed.aliases()[0].targets, ["john@acme.test"]);
}
