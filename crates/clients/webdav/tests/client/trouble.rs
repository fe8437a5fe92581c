//! Each operation against each misbehaving peer.

use bheem_http_kit::testing::{Route, misbehaving_peers};
use bheem_webdav::{Bytes, Overwrite, Precondition};

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
