use bheem_webdav::{Created, DavPath, Deleted, ErrorKind};
use wiremock::MockServer;
use wiremock::matchers::{body_string_contains, header};

use crate::{BASE, answer, at, dav, found, multistatus, to};

#[tokio::test]
async fn find_reads_a_file() {
    let server = MockServer::start().await;
    let props = "<d:getetag>\"e1\"</d:getetag><d:getcontentlength>12</d:getcontentlength><d:resourcetype/>\
                 <d:getcontenttype>text/plain</d:getcontenttype><oc:fileid>77</oc:fileid><oc:permissions>RGDNVW\
                 </oc:permissions><d:getlastmodified>Sat, 21 Nov 2026 09:00:00 GMT</d:getlastmodified>";
    dav("PROPFIND", "/a%20b/M%C3%A4rz.txt")
        .and(header("depth", "0"))
        .and(header("content-type", "application/xml; charset=utf-8"))
        .and(body_string_contains("<x:getetag xmlns:x=\"DAV:\"/>"))
        .and(body_string_contains(
            "<x:fileid xmlns:x=\"http://owncloud.org/ns\"/>",
        ))
        .respond_with(multistatus(&found(
            &format!("{BASE}/a%20b/M%C3%A4rz.txt"),
            props,
        )))
        .expect(1)
        .mount(&server)
        .await;
    let file = at(&server)
        .find(&to("a b/Ma\u{308}rz.txt"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (file.name.as_str(), file.etag.as_deref(), file.size_bytes),
        ("März.txt", Some("\"e1\""), Some(12))
    );
    assert_eq!(
        (file.file_id.as_deref(), file.permissions.as_deref()),
        (Some("77"), Some("RGDNVW"))
    );
    assert_eq!(
        file.modified_at.unwrap().to_rfc3339(),
        "2026-11-21T09:00:00+00:00"
    );
    assert!(!file.is_collection);
}

#[tokio::test]
async fn what_is_missing_is_not_found_and_not_an_error() {
    let server = MockServer::start().await;
    answer(&server, "PROPFIND", "/gone", 404).await;
    assert!(at(&server).find(&to("gone")).await.unwrap().is_none());
}

#[tokio::test]
async fn list_leaves_the_folder_itself_out() {
    let server = MockServer::start().await;
    let folder = "<d:resourcetype><d:collection/></d:resourcetype>";
    let body = [
        found(&format!("{BASE}/docs/"), folder),
        found(&format!("https://other.example{BASE}/docs/inner/"), folder),
        found(&format!("{BASE}/docs/a%2Fb"), "<d:resourcetype/>"),
        format!(
            "<d:response><d:href>{BASE}/docs/gone</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>"
        ),
    ];
    dav("PROPFIND", "/docs/")
        .and(header("depth", "1"))
        .respond_with(multistatus(&body.concat()))
        .expect(1)
        .mount(&server)
        .await;
    let listed = at(&server).list(&to("docs")).await.unwrap();
    let names: Vec<(&str, bool)> = listed
        .iter()
        .map(|one| (one.name.as_str(), one.is_collection))
        .collect();
    assert_eq!(names, [("inner", true), ("a/b", false)]);
}

#[tokio::test]
async fn the_root_can_be_listed_and_a_listed_path_used_again() {
    let server = MockServer::start().await;
    let body = [
        found(&format!("{BASE}/"), ""),
        found(&format!("{BASE}/a%20b"), "<d:resourcetype/>"),
    ];
    dav("PROPFIND", "/")
        .respond_with(multistatus(&body.concat()))
        .expect(1)
        .mount(&server)
        .await;
    answer(&server, "DELETE", "/a%20b", 204).await;
    let listed = at(&server).list(&DavPath::root()).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(
        at(&server).delete(&listed[0].path, None).await.unwrap(),
        Deleted::Removed
    );
}

#[tokio::test]
async fn a_collection_is_made_once() {
    for (status, created) in [(201, Created::Created), (405, Created::Exists)] {
        let server = MockServer::start().await;
        answer(&server, "MKCOL", "/docs/", status).await;
        assert_eq!(
            at(&server).create_collection(&to("docs")).await.unwrap(),
            created
        );
    }
    let server = MockServer::start().await;
    answer(&server, "MKCOL", "/a/b/", 409).await;
    assert_eq!(
        at(&server)
            .create_collection(&to("a/b"))
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::Conflict
    );
}

#[tokio::test]
async fn delete_is_done_once_and_only_to_the_known_version() {
    let server = MockServer::start().await;
    dav("DELETE", "/a")
        .and(header("if-match", "\"e1\""))
        .respond_with(wiremock::ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    answer(&server, "DELETE", "/gone", 404).await;
    answer(&server, "DELETE", "/partly", 207).await;
    let files = at(&server);
    assert_eq!(
        files.delete(&to("a"), Some("\"e1\"")).await.unwrap(),
        Deleted::Removed
    );
    assert_eq!(
        files.delete(&to("gone"), None).await.unwrap(),
        Deleted::Absent
    );
    assert_eq!(
        files.delete(&to("partly"), None).await.unwrap_err().kind(),
        ErrorKind::Conflict
    );
}
