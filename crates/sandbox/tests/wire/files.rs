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
        404
    );
    let long = format!("files/sample/{}", "x".repeat(260));
    for path in ["files/sample/a%5cb", "files/sample/.htaccess", &long] {
        assert_eq!(dav_status(peer, "PUT", path, &[], "x").await, 400, "{path}");
    }
    let itself = [("Destination", "/remote.php/dav/files/sample/a%20b/c")];
    assert_eq!(
        dav_status(peer, "MOVE", "files/sample/a%20b", &itself, "").await,
        409
    );
    assert_eq!(
        dav_status(peer, "GET", "files/sample/a%20b", &[], "").await,
        200
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
        text.contains("<d:href>/remote.php/dav/files/sample/%c3%bc.txt</d:href>"),
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

#[tokio::test]
async fn what_is_deleted_lies_in_the_trash_bin_until_it_is_restored() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    dav_status(peer, "PUT", "files/sample/a.txt", &[], "one").await;
    assert_eq!(
        dav_status(peer, "DELETE", "files/sample/a.txt", &[], "").await,
        204
    );
    let depth = [("Depth", "1")];
    let list = async || {
        dav(peer, "PROPFIND", "trashbin/sample/trash", &depth, "")
            .await
            .text()
            .await
            .unwrap()
    };
    let text = list().await;
    let location = "<nc:trashbin-original-location>a.txt</nc:trashbin-original-location>";
    assert!(text.contains(location), "{text}");
    let (_, rest) = text.split_once("/trashbin/sample/trash/a.txt").unwrap();
    let id = format!("a.txt{}", rest.split('<').next().unwrap());
    // Something else has taken the place meanwhile.
    dav_status(peer, "PUT", "files/sample/a.txt", &[], "two").await;
    let from = format!("trashbin/sample/trash/{id}");
    let elsewhere = format!("{}/remote.php/dav/files/sample/b.txt", peer.base_url);
    assert_eq!(
        dav_status(peer, "MOVE", &from, &[("Destination", &elsewhere)], "").await,
        403
    );
    let to = format!(
        "{}/remote.php/dav/trashbin/sample/restore/{id}",
        peer.base_url
    );
    assert_eq!(
        dav_status(peer, "MOVE", &from, &[("Destination", &to)], "").await,
        201
    );
    assert_eq!(
        dav_status(peer, "MOVE", &from, &[("Destination", &to)], "").await,
        404
    );
    let restored = dav(peer, "GET", "files/sample/a.txt%20(restored%202)", &[], "").await;
    assert_eq!(restored.text().await.unwrap(), "one");
    assert_eq!(
        dav_status(peer, "PROPFIND", "trashbin/mary/trash", &depth, "").await,
        207
    );
    assert_eq!(
        dav_status(peer, "DELETE", "trashbin/mary/trash", &[], "").await,
        403
    );
}

#[tokio::test]
async fn an_upload_in_chunks_is_held_to_its_rules() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let destination = format!("{}/remote.php/dav/files/sample/big", peer.base_url);
    let to = [("Destination", destination.as_str())];
    let folder = "uploads/sample/id";
    assert_eq!(
        dav_status(peer, "PUT", &format!("{folder}/1"), &to, "x").await,
        404
    );
    assert_eq!(
        dav_status(peer, "MKCOL", folder, &[], "").await,
        400,
        "no destination"
    );
    assert_eq!(dav_status(peer, "MKCOL", folder, &to, "").await, 201);
    assert_eq!(dav_status(peer, "MKCOL", folder, &to, "").await, 405);
    for name in ["0", "10001", "x"] {
        assert_eq!(
            dav_status(peer, "PUT", &format!("{folder}/{name}"), &to, "x").await,
            400,
            "{name}"
        );
    }
    assert_eq!(
        dav_status(peer, "PUT", &format!("{folder}/10"), &to, "two").await,
        201
    );
    let file = format!("{folder}/.file");
    assert_eq!(
        dav_status(peer, "PUT", &format!("{folder}/9"), &to, "short").await,
        201
    );
    assert_eq!(
        dav_status(peer, "MOVE", &file, &to, "").await,
        400,
        "only the last may be short"
    );
    let first = "1".repeat(5 * 1024 * 1024);
    assert_eq!(
        dav_status(peer, "PUT", &format!("{folder}/9"), &to, &first).await,
        204
    );
    let wrong = [to[0], ("OC-Total-Length", "7")];
    assert_eq!(
        dav_status(peer, "MOVE", &file, &wrong, "").await,
        400,
        "another length"
    );
    assert_eq!(dav_status(peer, "MOVE", &file, &to, "").await, 201);
    assert_eq!(dav_status(peer, "MOVE", &file, &to, "").await, 404);
    let part = dav(
        peer,
        "GET",
        "files/sample/big",
        &[("Range", "bytes=-4")],
        "",
    )
    .await;
    assert_eq!(part.text().await.unwrap(), "1two", "by number, not by name");
}

#[tokio::test]
async fn a_slow_end_is_locked_and_then_gone() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    assert!(peer.set_options(&json!({"slow_assembly": 2})));
    let destination = format!("{}/remote.php/dav/files/sample/big", peer.base_url);
    let to = [("Destination", destination.as_str())];
    dav_status(peer, "MKCOL", "uploads/sample/id", &to, "").await;
    dav_status(peer, "PUT", "uploads/sample/id/1", &to, "content").await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(dav_status(peer, "MOVE", "uploads/sample/id/.file", &to, "").await);
    }
    assert_eq!(statuses, [504, 423, 404]);
    let read = dav(peer, "GET", "files/sample/big", &[], "").await;
    assert_eq!(read.text().await.unwrap(), "content");
}

#[tokio::test]
async fn properties_are_changed_all_or_none() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    dav_status(peer, "PUT", "files/sample/a", &[], "x").await;
    let body = "<d:propertyupdate xmlns:d='DAV:' xmlns:oc='http://owncloud.org/ns'><d:set><d:prop>\
                <oc:favorite>1</oc:favorite><d:getetag>x</d:getetag></d:prop></d:set></d:propertyupdate>";
    let answer = dav(peer, "PROPPATCH", "files/sample/a", &[], body).await;
    assert_eq!(answer.status(), 207);
    let text = answer.text().await.unwrap();
    assert!(
        text.contains("403 Forbidden") && text.contains("424 Failed Dependency"),
        "{text}"
    );
    let wanted = "<d:propfind xmlns:d='DAV:'><d:prop><f:favorite xmlns:f='http://owncloud.org/ns'/></d:prop></d:propfind>";
    let read = dav(
        peer,
        "PROPFIND",
        "files/sample/a",
        &[("Depth", "0")],
        wanted,
    )
    .await;
    assert!(
        read.text()
            .await
            .unwrap()
            .contains("<oc:favorite>0</oc:favorite>")
    );
}

#[tokio::test]
async fn a_search_for_what_is_not_known_is_refused() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    dav_status(peer, "PUT", "files/sample/a", &[], "x").await;
    let query = |scope: &str, property: &str| {
        format!(
            "<d:searchrequest xmlns:d='DAV:'><d:basicsearch><d:select><d:prop><d:getetag/></d:prop></d:select><d:from>\
             <d:scope><d:href>{scope}</d:href></d:scope></d:from><d:where><d:eq><d:prop><d:{property}/></d:prop>\
             <d:literal>a</d:literal></d:eq></d:where></d:basicsearch></d:searchrequest>"
        )
    };
    for (scope, property, status) in [
        ("/files/sample", "displayname", 207),
        ("/files/sample", "nonsense", 400),
        ("/files/mary", "displayname", 404),
        ("/nowhere", "displayname", 400),
    ] {
        let body = query(scope, property);
        assert_eq!(
            dav_status(peer, "SEARCH", "", &[], &body).await,
            status,
            "{scope} {property}"
        );
    }
}
