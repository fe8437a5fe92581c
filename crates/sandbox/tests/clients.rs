//! Our own clients against the stand-ins: each main operation, and each failure by its kind.

use bheem_caldav::{CalendarHome, CreateCalendar};
use bheem_mailcow::{CreateAppPassword, CreateDomain, CreateMailbox, UpdateMailbox};
use bheem_nextcloud::{Auth, CreateUser, SecretString};
use bheem_notify::WorkspaceInvite;
use bheem_sandbox::{PeerHandle, Sandbox};
use bheem_webdav::{DavPath, Precondition};

fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

fn basic(peer: &PeerHandle, who: &str) -> Auth {
    let user = peer.credential(&format!("{who}_user")).to_owned();
    Auth::basic(user, secret(peer.credential(&format!("{who}_password"))))
}

#[tokio::test]
async fn mailcow() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.mailcow;
    let key = secret(peer.credential("api_key"));
    let client = bheem_mailcow::Client::builder(&peer.base_url, key)
        .build()
        .unwrap();
    assert!(!client.version().await.unwrap().version.is_empty());
    assert_eq!(
        client.domains().find("a.test").await.unwrap().map(drop),
        None
    );
    client
        .domains()
        .create(&CreateDomain::new("a.test"))
        .await
        .unwrap();
    let again = client
        .domains()
        .create(&CreateDomain::new("a.test"))
        .await
        .unwrap_err();
    assert_eq!(again.kind(), bheem_mailcow::ErrorKind::Conflict);
    assert!(client.find_dkim("a.test").await.unwrap().is_some());
    let john = CreateMailbox::new("john", "a.test")
        .name("John")
        .quota_mib(100)
        .tag("t");
    client.mailboxes().create(&john).await.unwrap();
    let again = client.mailboxes().create(&john).await.unwrap_err();
    assert_eq!(again.kind(), bheem_mailcow::ErrorKind::Conflict);
    assert!(
        client
            .mailboxes()
            .find("john@a.test")
            .await
            .unwrap()
            .is_some()
    );
    let password = CreateAppPassword::new("john@a.test", "workspace", secret("correct horse"));
    client.app_passwords().create(&password).await.unwrap();
    let found = client
        .app_passwords()
        .find_by_name("john@a.test", "workspace")
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    let off = UpdateMailbox::new();
    let missing = client
        .mailboxes()
        .update("no@a.test", &off)
        .await
        .unwrap_err();
    assert_eq!(missing.kind(), bheem_mailcow::ErrorKind::NotFound);
    client.mailboxes().delete("john@a.test").await.unwrap();
    assert!(client.mailboxes().list("a.test").await.unwrap().is_empty());
    client.domains().delete("a.test").await.unwrap();
    assert!(client.domains().list().await.unwrap().is_empty());
}

#[tokio::test]
async fn nextcloud() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let client = bheem_nextcloud::Client::builder(&peer.base_url, basic(peer, "admin"))
        .build()
        .unwrap();
    client.status().await.unwrap();
    client.capabilities().await.unwrap();
    client.groups().ensure("team").await.unwrap();
    client.groups().ensure("team").await.unwrap();
    let john = CreateUser::new("u-1")
        .display_name("John")
        .quota("5 GB".parse().unwrap())
        .group("team")
        .password(secret("correct horse"));
    client.users().create(&john).await.unwrap();
    let again = client.users().create(&john).await.unwrap_err();
    assert_eq!(again.kind(), bheem_nextcloud::ErrorKind::Conflict);
    assert!(client.users().find("u-1").await.unwrap().is_some());
    assert!(client.users().find("u-2").await.unwrap().is_none());
    assert_eq!(client.users().groups("u-1").await.unwrap(), ["team"]);
    client.users().add_to_group("u-1", "team").await.unwrap();
    client.users().disable("u-1").await.unwrap();
    client.users().enable("u-1").await.unwrap();
    let missing = client.users().disable("u-2").await.unwrap_err();
    assert_eq!(missing.kind(), bheem_nextcloud::ErrorKind::NotFound);
    client.users().delete("u-1").await.unwrap();
    client.users().delete("u-1").await.unwrap();
    client.groups().delete("team").await.unwrap();
    client.groups().delete("team").await.unwrap();
}

#[tokio::test]
async fn files_and_calendars() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let base = format!("{}/remote.php/dav", peer.base_url);
    let home = format!("{base}/files/sample");
    let files = bheem_webdav::Client::builder(home, basic(peer, "sample"))
        .build()
        .unwrap();
    let folder = DavPath::parse("Reports").unwrap();
    files.create_collection(&folder).await.unwrap();
    files.create_collection(&folder).await.unwrap();
    let path = folder.child("März 1.txt").unwrap();
    files
        .put(&path, "text/plain", "Hello", &Precondition::Absent)
        .await
        .unwrap();
    let again = files
        .put(&path, "text/plain", "Hello", &Precondition::Absent)
        .await
        .unwrap_err();
    assert_eq!(again.kind(), bheem_webdav::ErrorKind::Conflict);
    let list = files.list(&folder).await.unwrap();
    assert_eq!(list.len(), 1);
    assert_eq!(
        (list[0].name.as_str(), list[0].size_bytes),
        ("März 1.txt", Some(5))
    );
    files.delete(&path, None).await.unwrap();
    files.delete(&path, None).await.unwrap();

    let calendars = bheem_caldav::Client::builder(base, basic(peer, "sample"))
        .build()
        .unwrap();
    let home = CalendarHome::nextcloud("sample").unwrap();
    let discovered = calendars.discover_home().await.unwrap();
    let work = CreateCalendar::new("work").display_name("Work & play");
    let made = calendars.ensure_calendar(&home, &work).await.unwrap();
    calendars.ensure_calendar(&home, &work).await.unwrap();
    calendars
        .ensure_calendar(&home, &CreateCalendar::new("personal"))
        .await
        .unwrap();
    for home in [&home, &discovered] {
        let listed = calendars.list_calendars(home).await.unwrap();
        assert_eq!(listed.len(), 2, "no inbox, no outbox");
    }
    let event = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261121T100000Z\r\n\
                 END:VEVENT\r\nEND:VCALENDAR\r\n";
    calendars
        .put_event(&made.path, "one", event.to_owned(), &Precondition::Absent)
        .await
        .unwrap();
    let conflict = calendars
        .put_event(&made.path, "two", event.to_owned(), &Precondition::Absent)
        .await
        .unwrap_err();
    assert!(
        matches!(conflict, bheem_caldav::Error::UidConflict { .. }),
        "{conflict:?}"
    );
    assert!(
        calendars
            .find_event(&made.path, "one")
            .await
            .unwrap()
            .is_some()
    );
    calendars.delete_calendar(&made.path).await.unwrap();
}

#[tokio::test]
async fn notify() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.notify;
    let key = secret(peer.credential("api_key"));
    let client = bheem_notify::Client::builder(&peer.base_url, key)
        .build()
        .unwrap();
    assert!(client.is_healthy().await);
    let invite = WorkspaceInvite::new("John", "Mary", "The Shop", "https://shop.test/set/1");
    let first = client
        .send_template("k-1", &invite.to("john@b.test"))
        .await
        .unwrap();
    let second = client
        .send_template("k-1", &invite.to("john@b.test"))
        .await
        .unwrap();
    assert_eq!(first.id, second.id);
    assert_eq!(peer.state()["messages"].as_array().unwrap().len(), 1);
    let refused = client
        .send_template("k-2", &invite.to("nobody"))
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), bheem_notify::ErrorKind::Invalid);
    let otp = bheem_notify::Otp::new("+919876543210");
    client.send_otp("k-3", &otp).await.unwrap();
    assert!(
        !client
            .verify_otp("+919876543210", &secret("no"))
            .await
            .unwrap()
    );
}
