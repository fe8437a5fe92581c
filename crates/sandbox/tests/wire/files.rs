use bheem_sandbox::Sandbox;
use serde_json::json;

use crate::support::{client, dav, dav_status, ocs};

const PROPFIND: &str = "<d:propfind xmlns:d='DAV:' xmlns:oc='http://owncloud.org/ns' xmlns:z='urn:z'>\
    <d:prop><d:getetag/><d:resourcetype/><d:getcontentlength/><oc:fileid/><z:none/></d:prop></d:propfind>";

#[tokio::test]
async fn folders_are_made_once_and_below_existing_ones_only() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    assert_eq!(
        dav_status(peer, "MKCOL", "files/sample/a%20b", &[], "").await,
        201
    );
    assert_eq!(
        dav_status(peer, "MKCOL", "files/sample/a%20b", &[], "").await,
        405
    );
    assert_eq!(
        dav_status(peer, "MKCOL", "files/sample/no/c", &[], "").await,
        409
    );
    assert_eq!(
        dav_status(peer, "PUT", "files/sample/no/c.txt", &[], "x").await,
        409
    );
}

#[tokio::test]
async fn a_write_honours_the_version_it_was_meant_for() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let path = "files/sample/one.txt";
    let first = dav(
        peer,
        "PUT",
        path,
        &[("If-None-Match", "*"), ("X-OC-MTime", "1000000000")],
        "one",
    )
    .await;
    assert_eq!(first.status(), 201);
    assert_eq!(first.headers()["x-oc-mtime"], "accepted");
    let etag = first.headers()["etag"].to_str().unwrap().to_owned();
    assert!(etag.starts_with('"'));
    assert_eq!(
        dav_status(peer, "PUT", path, &[("If-None-Match", "*")], "two").await,
        412
    );
    assert_eq!(
        dav_status(peer, "PUT", path, &[("If-Match", "\"other\"")], "two").await,
        412
    );
    assert_eq!(
        dav_status(peer, "PUT", path, &[("If-Match", &etag)], "two").await,
        204
    );
    assert_eq!(
        dav_status(peer, "PUT", path, &[("If-Match", &etag)], "three").await,
        412
    );
    let read = dav(peer, "GET", path, &[], "").await;
    assert_ne!(read.headers()["etag"].to_str().unwrap(), etag);
    assert_eq!(read.text().await.unwrap(), "two");
    let part = dav(peer, "GET", path, &[("Range", "bytes=1-1")], "").await;
    assert_eq!(
        (part.status().as_u16(), part.text().await.unwrap()),
        (206, "w".to_owned())
    );
    assert_eq!(dav_status(peer, "DELETE", path, &[], "").await, 204);
    assert_eq!(dav_status(peer, "DELETE", path, &[], "").await, 404);
}

#[tokio::test]
async fn propfind_lists_one_level_and_separates_what_is_missing() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    dav_status(peer, "MKCOL", "files/sample/d", &[], "").await;
    dav_status(peer, "PUT", "files/sample/d/deep.txt", &[], "deep").await;
    dav_status(peer, "PUT", "files/sample/%C3%BC.txt", &[], "four").await;
    let response = dav(
        peer,
        "PROPFIND",
        "files/sample/",
        &[("Depth", "1")],
        PROPFIND,
    )
    .await;
    assert_eq!(response.status(), 207);
    let text = response.text().await.unwrap();
    assert_eq!(text.matches("<d:response>").count(), 3, "{text}");
    assert!(
        text.contains("<d:href>/remote.php/dav/files/sample/%C3%BC.txt</d:href>"),
        "{text}"
    );
    assert!(
        text.contains("<d:getcontentlength>4</d:getcontentlength>"),
        "{text}"
    );
    assert!(
        text.contains("HTTP/1.1 404 Not Found") && text.contains("xmlns:x9=\"urn:z\""),
        "{text}"
    );
    assert!(!text.contains("deep.txt"));
    assert_eq!(
        dav_status(
            peer,
            "PROPFIND",
            "files/sample/",
            &[("Depth", "infinity")],
            PROPFIND
        )
        .await,
        403
    );
    assert_eq!(
        dav_status(peer, "PROPFIND", "files/sample/none", &[("Depth", "0")], "").await,
        404
    );
    assert_eq!(
        dav_status(
            peer,
            "PROPFIND",
            "files/sample/",
            &[("Depth", "0")],
            "<broken"
        )
        .await,
        400
    );
}

#[tokio::test]
async fn anothers_home_looks_empty_and_cannot_be_written() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let response = dav(
        peer,
        "PROPFIND",
        "files/admin/",
        &[("Depth", "1")],
        PROPFIND,
    )
    .await;
    assert_eq!(response.status(), 207);
    assert_eq!(
        response
            .text()
            .await
            .unwrap()
            .matches("<d:response>")
            .count(),
        1
    );
    assert_eq!(
        dav_status(peer, "PUT", "files/admin/x.txt", &[], "x").await,
        403
    );
    let url = format!("{}/remote.php/dav/files/sample/", peer.base_url);
    let stranger = client().get(url).send().await.unwrap();
    assert_eq!(stranger.status(), 401);
    assert!(
        stranger.headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .starts_with("Basic")
    );
}

#[tokio::test]
async fn moving_and_copying_keep_what_overwrite_forbids() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    dav_status(peer, "MKCOL", "files/sample/d", &[], "").await;
    dav_status(peer, "PUT", "files/sample/d/a.txt", &[], "a").await;
    let to = |name: &str| format!("{}/remote.php/dav/files/sample/{name}", peer.base_url);
    let copy = to("e");
    assert_eq!(
        dav_status(
            peer,
            "COPY",
            "files/sample/d",
            &[("Destination", &copy)],
            ""
        )
        .await,
        201
    );
    let keep = [("Destination", copy.as_str()), ("Overwrite", "F")];
    assert_eq!(
        dav_status(peer, "MOVE", "files/sample/d", &keep, "").await,
        412
    );
    assert_eq!(
        dav_status(
            peer,
            "MOVE",
            "files/sample/d",
            &[("Destination", &copy)],
            ""
        )
        .await,
        204
    );
    assert_eq!(
        dav_status(peer, "GET", "files/sample/d/a.txt", &[], "").await,
        404
    );
    assert_eq!(
        dav_status(peer, "GET", "files/sample/e/a.txt", &[], "").await,
        200
    );
    let orphan = to("none/x");
    assert_eq!(
        dav_status(
            peer,
            "MOVE",
            "files/sample/e",
            &[("Destination", &orphan)],
            ""
        )
        .await,
        409
    );
}

#[tokio::test]
async fn a_full_quota_is_507_and_locks_are_not_offered() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let edit = json!({"key": "quota", "value": "10"});
    ocs(peer, "PUT", "v2.php/cloud/users/sample", edit).await;
    assert_eq!(
        dav_status(peer, "PUT", "files/sample/a", &[], "0123456789").await,
        201
    );
    assert_eq!(
        dav_status(peer, "PUT", "files/sample/b", &[], "0").await,
        507
    );
    assert_eq!(
        dav_status(peer, "PUT", "files/sample/a", &[], "9876543210").await,
        204
    );
    assert_eq!(
        dav_status(peer, "LOCK", "files/sample/a", &[], "").await,
        501
    );
}

/// The head and a part of the body of an upload, then its rest on demand.
#[tokio::test]
async fn a_file_is_locked_while_it_is_being_uploaded() {
    use std::io::{Read, Write};
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let request = client()
        .put(format!("{}/remote.php/dav/files/sample/a", peer.base_url))
        .basic_auth(
            peer.credential("sample_user"),
            Some(peer.credential("sample_password")),
        )
        .build()
        .unwrap();
    let authorization = request.headers()["authorization"].to_str().unwrap();
    let address = peer.base_url.strip_prefix("http://").unwrap();
    let mut slow = std::net::TcpStream::connect(address).unwrap();
    // `Expect` makes the server say when it has begun.
    write!(
        slow,
        "PUT /remote.php/dav/files/sample/a HTTP/1.1\r\nHost: {address}\r\nContent-Length: 4\r\n\
         Expect: 100-continue\r\nAuthorization: {authorization}\r\n\r\n"
    )
    .unwrap();
    let mut begun = [0; 25];
    slow.read_exact(&mut begun).unwrap();
    assert!(begun.starts_with(b"HTTP/1.1 100 Continue"));
    assert_eq!(
        dav_status(peer, "PUT", "files/sample/a", &[], "fast").await,
        423
    );
    assert_eq!(
        dav_status(peer, "PUT", "files/sample/b", &[], "fast").await,
        201
    );
    slow.write_all(b"slow").unwrap();
    let mut answer = [0; 20];
    slow.read_exact(&mut answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 201 Created"));
    assert_eq!(
        dav_status(peer, "PUT", "files/sample/a", &[], "fast").await,
        204
    );
}
