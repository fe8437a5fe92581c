//! The WebDAV client against the Nextcloud stand-in.

#[path = "../../../clients/webdav/tests/contract/mod.rs"]
mod suite;

use std::time::Duration;

use bheem_sandbox::{Fault, FaultAction, PeerHandle, Sandbox};
use bheem_webdav::{
    Auth, Client, DavPath, Error, ErrorKind, MIN_CHUNK_BYTES, NextcloudFiles, Patience,
    Precondition, SecretString, Upload,
};
use serde_json::json;

fn client(peer: &PeerHandle) -> Client {
    let user = peer.credential("sample_user").to_owned();
    let password = SecretString::from(peer.credential("sample_password").to_owned());
    let base = format!("{}/remote.php/dav/files/{user}", peer.base_url);
    let builder = Client::builder(base, Auth::basic(user, password));
    builder.max_body_bytes(64 * 1024 * 1024).build().unwrap()
}

fn quick(files: &Client) -> NextcloudFiles {
    let patience = Patience {
        first: Duration::from_millis(1),
        cap: Duration::from_millis(5),
        total: Some(Duration::from_millis(200)),
    };
    files.nextcloud().unwrap().patience(patience)
}

#[tokio::test]
async fn the_contract_holds() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let offers = suite::Offers {
        locks: false,
        dead_properties: true,
        if_range: true,
        nextcloud: true,
    };
    suite::suite(&client(&sandbox.nextcloud), offers).await;
}

/// A file of three chunks whose end is asked for.
async fn sent(files: &NextcloudFiles, id: &str) -> (bheem_webdav::UploadSession, u64) {
    let content = vec![7_u8; usize::try_from(MIN_CHUNK_BYTES).unwrap() * 2 + 9];
    let length = u64::try_from(content.len()).unwrap();
    let upload = Upload::new(DavPath::parse("large").unwrap(), id)
        .length(length)
        .chunk_bytes(MIN_CHUNK_BYTES);
    let mut session = files.begin_upload(&upload).await.unwrap();
    let mut rest = content.as_slice();
    while session.send_chunk(&mut rest).await.unwrap() {}
    (session, length)
}

#[tokio::test]
async fn a_move_that_outlives_the_proxy_is_waited_for_and_not_repeated() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    assert!(peer.set_options(&json!({"slow_assembly": 3})));
    let files = quick(&client(peer));
    let (session, length) = sent(&files, "slow").await;
    let put = session.finish().await.unwrap();
    assert!(put.is_new && put.etag.is_some());
    let path = DavPath::parse("large").unwrap();
    let found = files.client().find(&path).await.unwrap().unwrap();
    assert_eq!((found.size_bytes, found.etag), (Some(length), put.etag));
    // Asked again, the upload is gone, and what is there is its result.
    assert!(session.finish().await.is_ok());
}

#[tokio::test]
async fn an_answer_that_got_lost_is_looked_after() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let files = quick(&client(peer));
    let (session, _) = sent(&files, "lost").await;
    peer.fault(Fault {
        method: Some("MOVE".to_owned()),
        action: FaultAction::ApplyThenDrop,
        ..Fault::default()
    });
    assert!(session.finish().await.unwrap().is_new);
    assert!(peer.faults().is_empty(), "asked once");
}

#[tokio::test]
async fn when_nobody_can_tell_the_end_is_open() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let files = quick(&client(peer));
    let (session, _) = sent(&files, "open").await;
    peer.fault(Fault {
        method: Some("MOVE".to_owned()),
        action: FaultAction::Fail,
        status: Some(504),
        ..Fault::default()
    });
    let error = session.finish().await.unwrap_err();
    assert!(matches!(error, Error::Unsettled { .. }), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    // It had not begun: the chunks are there, and it can be asked again.
    assert!(session.finish().await.unwrap().is_new);
}

#[tokio::test]
async fn an_upload_that_was_forgotten_is_not_taken_for_done() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let files = quick(&client(&sandbox.nextcloud));
    let (session, _) = sent(&files, "forgotten").await;
    session.abort().await.unwrap();
    let error = session.finish().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
}

#[tokio::test]
async fn a_chunk_that_fails_in_passing_is_sent_again() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let files = quick(&client(peer));
    let content = vec![1_u8; usize::try_from(MIN_CHUNK_BYTES).unwrap() * 5];
    peer.fault(Fault {
        method: Some("PUT".to_owned()),
        path_prefix: "/remote.php/dav/uploads/".to_owned(),
        action: FaultAction::Fail,
        status: Some(503),
        times: Some(2),
        ..Fault::default()
    });
    let upload =
        Upload::new(DavPath::parse("large").unwrap(), "again").chunk_bytes(MIN_CHUNK_BYTES);
    let file = std::io::Cursor::new(content);
    assert!(files.upload_file(&upload, file).await.unwrap().is_new);
    assert!(peer.faults().is_empty());
}

#[tokio::test]
async fn no_room_is_told_before_anything_is_sent() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let admin = SecretString::from(peer.credential("admin_password").to_owned());
    let auth = Auth::basic(peer.credential("admin_user").to_owned(), admin);
    let ocs = bheem_nextcloud::Client::builder(&peer.base_url, auth)
        .build()
        .unwrap();
    ocs.users()
        .set_quota("sample", "1 MB".parse().unwrap())
        .await
        .unwrap();
    let files = client(peer);
    let upload = Upload::new(DavPath::parse("large").unwrap(), "too large").length(1 << 30);
    let error = files
        .nextcloud()
        .unwrap()
        .begin_upload(&upload)
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::InsufficientStorage { .. }),
        "{error:?}"
    );
    let quota = files.quota(&DavPath::root()).await.unwrap();
    assert_eq!(quota.available_bytes, Some(1024 * 1024));
}

#[tokio::test]
async fn maintenance_is_told_apart() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    peer.fault(Fault {
        action: FaultAction::Fail,
        status: Some(503),
        ..Fault::default()
    });
    let files = client(peer);
    let path = DavPath::parse("a").unwrap();
    let error = files
        .put(&path, "text/plain", "x", &Precondition::None)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Maintenance { .. }), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn what_was_sent_survives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let options = || bheem_sandbox::Options {
        data_dir: Some(directory.path().to_path_buf()),
        ..bheem_sandbox::Options::default()
    };
    let sandbox = Sandbox::start(options()).await.unwrap();
    let files = quick(&client(&sandbox.nextcloud));
    let (_, length) = sent(&files, "restart").await;
    let thrown = DavPath::parse("thrown").unwrap();
    let put = files
        .client()
        .put(&thrown, "text/plain", "x", &Precondition::None);
    put.await.unwrap();
    files.client().delete(&thrown, None).await.unwrap();
    sandbox.shutdown().await;
    let sandbox = Sandbox::start(options()).await.unwrap();
    let files = quick(&client(&sandbox.nextcloud));
    assert_eq!(files.list_trash().await.unwrap().len(), 1);
    let (session, _) = sent(&files, "restart").await;
    assert_eq!(session.sent_bytes(), length);
    assert!(session.finish().await.unwrap().is_new);
}
