//! The WebDAV client against `WsgiDAV`.
#![cfg(test)]

#[path = "../../clients/webdav/tests/contract/mod.rs"]
mod suite;

use std::os::unix::fs::PermissionsExt as _;

use bheem_local_servers::{tools, wsgidav::WsgiDav};
use bheem_webdav::{Auth, Client, DavPath, ErrorKind, Precondition, SecretString};
use suite::Offers;

async fn start() -> Option<(WsgiDav, Client)> {
    let program = tools("wsgidav").await.unwrap()?;
    let server = WsgiDav::start(&program).await.unwrap();
    let auth = Auth::basic(server.user(), server.password().clone());
    let files = Client::builder(server.base_url(), auth).build().unwrap();
    Some((server, files))
}

#[tokio::test]
async fn the_contract_holds() {
    let Some((_server, files)) = start().await else {
        return;
    };
    let offers = Offers {
        locks: true,
        dead_properties: true,
        if_range: true,
        nextcloud: false,
    };
    suite::suite(&files, offers).await;
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    let Some((server, _)) = start().await else {
        return;
    };
    let auth = Auth::basic(server.user(), SecretString::from("wrong"));
    let files = Client::builder(server.base_url(), auth).build().unwrap();
    let refused = files.find(&DavPath::root()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unauthorized);
}

#[tokio::test]
async fn what_the_server_has_on_disk_is_what_was_sent() {
    let Some((server, files)) = start().await else {
        return;
    };
    let path = DavPath::parse("März +%23.txt").unwrap();
    files
        .put(&path, "text/plain", "content", &Precondition::Absent)
        .await
        .unwrap();
    let stored = std::fs::read_to_string(server.files().join("März +%23.txt")).unwrap();
    assert_eq!(stored, "content");
    let mode = std::fs::metadata(server.files().parent().unwrap())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o077, 0, "the password is in there");
}
