use bheem_nextcloud::{Created, Deleted, ErrorKind};
use futures::TryStreamExt as _;
use serde_json::json;
use wiremock::matchers::query_param;
use wiremock::{MockServer, ResponseTemplate};

use crate::{answer, at, data, expect_body, ocs, verdict};

#[tokio::test]
async fn find_wants_the_very_id_and_looks_at_every_page() {
    let server = MockServer::start().await;
    let similar: Vec<String> = (0..200).map(|index| format!("tenant-7-{index}")).collect();
    for (offset, groups) in [("0", json!(similar)), ("200", json!(["tenant-7"]))] {
        ocs("GET", "groups")
            .and(query_param("search", "tenant-7"))
            .and(query_param("offset", offset))
            .respond_with(
                ResponseTemplate::new(200).set_body_string(data(&json!({"groups": groups}))),
            )
            .mount(&server)
            .await;
    }
    let nothing = ResponseTemplate::new(200).set_body_string(data(&json!({"groups": []})));
    ocs("GET", "groups")
        .and(query_param("search", "tenant"))
        .respond_with(nothing)
        .mount(&server)
        .await;
    let nextcloud = at(&server);
    assert_eq!(
        nextcloud
            .groups()
            .find("tenant-7")
            .await
            .unwrap()
            .unwrap()
            .id,
        "tenant-7"
    );
    assert!(nextcloud.groups().find("tenant").await.unwrap().is_none());
    let all: Vec<String> = nextcloud
        .groups()
        .stream("tenant-7")
        .try_collect()
        .await
        .unwrap();
    assert_eq!(all.len(), 201);
    assert_eq!(
        nextcloud
            .groups()
            .list("tenant-7", 200, 200)
            .await
            .unwrap()
            .items,
        ["tenant-7"]
    );
}

#[tokio::test]
async fn create_and_ensure() {
    let server = MockServer::start().await;
    expect_body(&server, "POST", "groups", json!({"groupid": "g"})).await;
    at(&server).groups().create("g").await.unwrap();

    let server = MockServer::start().await;
    expect_body(&server, "POST", "groups", json!({"groupid": "g"})).await;
    assert_eq!(
        at(&server).groups().ensure("g").await.unwrap(),
        Created::Created
    );

    let server = MockServer::start().await;
    let taken = ResponseTemplate::new(400).set_body_string(verdict(102));
    ocs("POST", "groups")
        .respond_with(taken)
        .expect(2)
        .mount(&server)
        .await;
    assert_eq!(
        at(&server).groups().create("g").await.unwrap_err().kind(),
        ErrorKind::Conflict
    );
    assert_eq!(
        at(&server).groups().ensure("g").await.unwrap(),
        Created::Exists
    );
}

#[tokio::test]
async fn rename_and_delete() {
    let server = MockServer::start().await;
    expect_body(
        &server,
        "PUT",
        "groups/g%20h",
        json!({"key": "displayname", "value": "G"}),
    )
    .await;
    answer(&server, "DELETE", "groups/g%20h", 200, &verdict(200)).await;
    at(&server)
        .groups()
        .set_display_name("g h", "G")
        .await
        .unwrap();
    assert_eq!(
        at(&server).groups().delete("g h").await.unwrap(),
        Deleted::Removed
    );
    for (http, code) in [(400, 101), (404, 404), (404, 998)] {
        let server = MockServer::start().await;
        answer(&server, "DELETE", "groups/g", http, &verdict(code)).await;
        answer(&server, "PUT", "groups/g", http, &verdict(code)).await;
        assert_eq!(
            at(&server).groups().delete("g").await.unwrap(),
            Deleted::Absent
        );
        let error = at(&server)
            .groups()
            .set_display_name("g", "G")
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
}
