//! Each operation against each misbehaving peer.

use bheem_http_kit::testing::{Route, misbehaving_peers};
use bheem_webdav::{
    Bytes, DavPath, Lock, LockRequest, LockScope, Overwrite, Precondition, PutOptions, Range,
    SearchQuery, Upload,
};

use crate::{BASE, client, found, to};

#[tokio::test]
async fn propfind_understands_misbehaviour() {
    let body = format!(
        "<d:multistatus xmlns:d=\"DAV:\" xmlns:oc=\"http://owncloud.org/ns\">{}</d:multistatus>",
        found(&format!("{BASE}/a/"), "<d:resourcetype/>")
    );
    let path = format!("{BASE}/a");
    let route = Route {
        method: "PROPFIND",
        path: &path,
        body: Some(&body),
    };
    misbehaving_peers(
        route,
        |peer| async move { client(&peer).find(&to("a")).await },
    )
    .await;
    let path = format!("{BASE}/a/");
    let route = Route {
        method: "PROPFIND",
        path: &path,
        body: Some(&body),
    };
    misbehaving_peers(
        route,
        |peer| async move { client(&peer).list(&to("a")).await },
    )
    .await;
}

#[tokio::test]
async fn the_other_operations_understand_misbehaviour() {
    for operation in [
        "MKCOL",
        "PUT",
        "PUT stream",
        "GET",
        "GET stream",
        "DELETE",
        "MOVE",
        "COPY",
    ] {
        let method = operation.split(' ').next().unwrap();
        let path = format!("{BASE}/a{}", if method == "MKCOL" { "/" } else { "" });
        misbehaving_peers(
            Route {
                method,
                path: &path,
                body: None,
            },
            |peer| async move {
                let files = client(&peer);
                let (a, b) = (to("a"), to("b"));
                match operation {
                    "MKCOL" => files.create_collection(&a).await.map(drop),
                    "PUT" => files
                        .put(&a, "text/plain", "x", &Precondition::Absent)
                        .await
                        .map(drop),
                    "PUT stream" => {
                        let content =
                            futures::stream::iter([Ok::<_, std::io::Error>(Bytes::from("x"))]);
                        files
                            .put_stream(&a, content, &Precondition::Absent)
                            .await
                            .map(drop)
                    }
                    "GET" => files.get(&a).await.map(drop),
                    "GET stream" => files.get_stream(&a).await.map(drop),
                    "DELETE" => files.delete(&a, None).await.map(drop),
                    "MOVE" => files.move_to(&a, &b, Overwrite::Refuse).await.map(drop),
                    _ => files.copy_to(&a, &b, Overwrite::Refuse).await.map(drop),
                }
            },
        )
        .await;
    }
}

#[tokio::test]
async fn operations_with_xml_understand_misbehaviour() {
    let responses = format!(
        "<d:multistatus xmlns:d=\"DAV:\">{}</d:multistatus>",
        "<d:response><d:href>/remote.php/dav/files/john/a</d:href><d:propstat><d:prop/><d:status>HTTP/1.1 200 OK\
         </d:status></d:propstat></d:response>"
    );
    let lock = "<d:prop xmlns:d='DAV:'><d:lockdiscovery><d:activelock><d:locktoken><d:href>urn:1</d:href></d:locktoken>\
                </d:activelock></d:lockdiscovery></d:prop>";
    let dav = "/remote.php/dav";
    let rows = [
        ("PROPPATCH", format!("{BASE}/a"), responses.as_str()),
        ("REPORT", format!("{BASE}/"), &responses),
        ("SEARCH", format!("{dav}/"), &responses),
        ("LOCK", format!("{BASE}/a"), lock),
        ("LOCK refresh", format!("{BASE}/a"), lock),
        ("PROPFIND quota", format!("{BASE}/"), &responses),
        (
            "PROPFIND trash",
            format!("{dav}/trashbin/john/trash/"),
            &responses,
        ),
        (
            "PROPFIND versions",
            format!("{dav}/versions/john/versions/7/"),
            &responses,
        ),
    ];
    for (operation, path, body) in rows {
        let method = operation.split(' ').next().unwrap();
        let route = Route {
            method,
            path: &path,
            body: Some(body),
        };
        misbehaving_peers(route, |peer| async move {
            let files = client(&peer);
            let (a, root) = (to("a"), DavPath::root());
            let nextcloud = files.nextcloud()?;
            match operation {
                "PROPPATCH" => files.set_favorite(&a, true).await,
                "REPORT" => nextcloud.list_favorites(&root).await.map(drop),
                "SEARCH" => nextcloud
                    .search(&SearchQuery::new(root), 1, 0)
                    .await
                    .map(drop),
                "LOCK" => files
                    .lock(&a, &LockRequest::new(LockScope::Shared))
                    .await
                    .map(drop),
                "LOCK refresh" => files
                    .refresh_lock(&Lock::known(a, "urn:1"), None)
                    .await
                    .map(drop),
                "PROPFIND quota" => files.quota(&root).await.map(drop),
                "PROPFIND trash" => nextcloud.list_trash().await.map(drop),
                _ => nextcloud.list_versions("7").await.map(drop),
            }
        })
        .await;
    }
}

#[tokio::test]
async fn operations_without_an_answer_to_read_understand_misbehaviour() {
    let dav = "/remote.php/dav";
    let rows = [
        ("OPTIONS", format!("{BASE}/a")),
        ("UNLOCK", format!("{BASE}/a")),
        ("GET range", format!("{BASE}/a")),
        ("GET resuming", format!("{BASE}/a")),
        ("PUT with length", format!("{BASE}/a")),
        ("PUT upload", format!("{BASE}/a")),
        ("PROPFIND stream", format!("{BASE}/")),
        ("MOVE restore", format!("{dav}/trashbin/john/trash/x")),
        ("MOVE version", format!("{dav}/versions/john/versions/7/1")),
        ("DELETE trash", format!("{dav}/trashbin/john/trash")),
        ("DELETE upload", format!("{dav}/uploads/john/id")),
        ("PROPFIND begin", format!("{BASE}/a")),
    ];
    for (operation, path) in rows {
        let method = operation.split(' ').next().unwrap();
        let route = Route {
            method,
            path: &path,
            body: None,
        };
        misbehaving_peers(route, |peer| async move {
            let files = client(&peer);
            let (a, root) = (to("a"), DavPath::root());
            let nextcloud = files.nextcloud()?;
            let upload = Upload::new(a.clone(), "id").length(1);
            match operation {
                "OPTIONS" => files.features(&a).await.map(drop),
                "UNLOCK" => files.unlock(&Lock::known(a, "urn:1")).await.map(drop),
                "GET range" => files.get_range(&a, Range::From(1), None).await.map(drop),
                "GET resuming" => files.get_resuming(&a, 3).await.map(drop),
                "PUT with length" => {
                    let content =
                        futures::stream::iter([Ok::<_, std::io::Error>(Bytes::from("x"))]);
                    let options = PutOptions::new();
                    let put = files.put_stream_with(&a, content, Some(1), &options);
                    put.await.map(drop)
                }
                "PUT upload" => nextcloud.upload(&upload, &b"x"[..]).await.map(drop),
                "PROPFIND stream" => files.list_stream(&root).await.map(drop),
                "MOVE restore" => nextcloud.restore_trash("x").await.map(drop),
                "MOVE version" => nextcloud.restore_version("7", "1").await,
                "DELETE trash" => nextcloud.empty_trash().await,
                "DELETE upload" => nextcloud.abort_upload("id").await.map(drop),
                _ => nextcloud.begin_upload(&upload).await.map(drop),
            }
        })
        .await;
    }
}
