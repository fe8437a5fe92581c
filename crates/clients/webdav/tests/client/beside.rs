//! What Nextcloud has beside files.

use bheem_webdav::{
    Created, Error, ErrorKind, MIN_CHUNK_BYTES, Name, Precondition, PropertyChange, PutOptions,
    Restored, SearchCondition, SearchQuery, Upload,
};
use chrono::DateTime;
use wiremock::matchers::{body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{BASE, at, dav, found, multistatus, to};

const DAV: &str = "/remote.php/dav";

#[tokio::test]
async fn properties_are_changed_together() {
    let server = MockServer::start().await;
    let done = "<d:response><d:href>/a</d:href><d:propstat><d:prop/><d:status>HTTP/1.1 200 OK</d:status></d:propstat>\
                </d:response>";
    dav("PROPPATCH", "/a")
        .and(body_string_contains(
            "<d:set><d:prop><x:favorite xmlns:x=\"http://owncloud.org/ns\">1</x:favorite></d:prop></d:set>",
        ))
        .respond_with(multistatus(done))
        .expect(1)
        .mount(&server)
        .await;
    at(&server).set_favorite(&to("a"), true).await.unwrap();
    let server = MockServer::start().await;
    let refused = done.replace("200 OK", "409 Conflict");
    dav("PROPPATCH", "/a")
        .and(body_string_contains(
            "<d:remove><d:prop><x:b xmlns:x=\"urn:a&amp;b\"/></d:prop></d:remove>",
        ))
        .respond_with(multistatus(&refused))
        .mount(&server)
        .await;
    let changes = [PropertyChange::Remove(Name::new("urn:a&b", "b"))];
    let error = at(&server)
        .patch_properties(&to("a"), &changes)
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::Property { status: 409, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_path_is_made_from_the_first_missing_folder_on() {
    let server = MockServer::start().await;
    let mkcol = |target: &'static str, statuses: &'static [u16]| {
        let server = &server;
        async move {
            // The last answer stays.
            for (index, status) in statuses.iter().enumerate() {
                let mock = dav("MKCOL", target).respond_with(ResponseTemplate::new(*status));
                if index + 1 < statuses.len() {
                    mock.up_to_n_times(1).mount(server).await;
                } else {
                    mock.mount(server).await;
                }
            }
        }
    };
    mkcol("/a/b/c/", &[409, 201, 405]).await;
    mkcol("/a/b/", &[409, 201]).await;
    mkcol("/a/", &[405]).await;
    let files = at(&server);
    assert_eq!(
        files.ensure_collection(&to("a/b/c")).await.unwrap(),
        Created::Created
    );
    assert_eq!(
        files.ensure_collection(&to("a/b/c")).await.unwrap(),
        Created::Exists
    );
    assert_eq!(server.received_requests().await.unwrap().len(), 6);
}

#[tokio::test]
async fn what_is_outside_of_what_was_asked_for_is_not_believed() {
    for href in [
        "/etc/passwd",
        "/remote.php/dav/files/mary/x",
        "/remote.php/dav/files/john2/x",
    ] {
        let server = MockServer::start().await;
        let body = multistatus(&found(href, "<d:resourcetype/>"));
        Mock::given(method("PROPFIND"))
            .respond_with(body.clone())
            .mount(&server)
            .await;
        Mock::given(method("SEARCH"))
            .respond_with(body.clone())
            .mount(&server)
            .await;
        Mock::given(method("REPORT"))
            .respond_with(body)
            .mount(&server)
            .await;
        let files = at(&server);
        let nextcloud = files.nextcloud().unwrap();
        let root = bheem_webdav::DavPath::root();
        for error in [
            files.list(&root).await.unwrap_err(),
            files.find(&to("x")).await.unwrap_err(),
            nextcloud.list_favorites(&root).await.unwrap_err(),
            nextcloud
                .search(&SearchQuery::new(root.clone()), 1, 0)
                .await
                .unwrap_err(),
            nextcloud.list_trash().await.unwrap_err(),
            nextcloud.list_versions("7").await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Protocol, "{href}");
        }
    }
}

#[tokio::test]
async fn a_search_is_about_the_users_own_files() {
    let server = MockServer::start().await;
    Mock::given(method("SEARCH"))
        .and(path(format!("{DAV}/")))
        .and(body_string_contains("<d:href>/files/john/a b</d:href>"))
        .and(body_string_contains("<d:literal>%x\\%\\_&lt;%</d:literal>"))
        .and(body_string_contains(
            "<d:nresults>2</d:nresults><ns:firstresult>4</ns:firstresult>",
        ))
        .respond_with(multistatus(
            &found(&format!("{BASE}/a%20b/c"), "<d:resourcetype/>").repeat(2),
        ))
        .expect(1)
        .mount(&server)
        .await;
    let name = SearchCondition::NameContains("x%_<".to_owned());
    let query = SearchQuery::new(to("a b")).with(name);
    let page = at(&server)
        .nextcloud()
        .unwrap()
        .search(&query, 2, 4)
        .await
        .unwrap();
    assert_eq!((page.items.len(), page.next), (2, Some(6)));
}

#[tokio::test]
async fn restoring_names_the_place_that_restores() {
    let server = MockServer::start().await;
    let destination = format!("{}{DAV}/trashbin/john/restore/a%20b.d1", server.uri());
    Mock::given(method("MOVE"))
        .and(path(format!("{DAV}/trashbin/john/trash/a%20b.d1")))
        .and(header("destination", destination.as_str()))
        .respond_with(ResponseTemplate::new(201))
        .expect(1)
        .mount(&server)
        .await;
    let nextcloud = at(&server).nextcloud().unwrap();
    let restored = nextcloud.restore_trash("a b.d1").await.unwrap();
    assert_eq!(restored, Restored::Restored);
    assert!(
        nextcloud
            .restore_trash("../x")
            .await
            .is_ok_and(|done| done == Restored::Absent)
    );
    let dots = nextcloud.delete_trash("..").await.unwrap_err();
    assert!(matches!(dots, Error::Path { .. }), "{dots:?}");
}

#[tokio::test]
async fn every_request_of_an_upload_says_where_the_file_is_to_be() {
    let server = MockServer::start().await;
    let destination = format!("{}{BASE}/a%20b", server.uri());
    let total = (MIN_CHUNK_BYTES + 1).to_string();
    let folder = format!("{DAV}/uploads/john/id-1");
    let current = found(&format!("{BASE}/a%20b"), "<d:getetag>\"e1\"</d:getetag>");
    dav("PROPFIND", "/a%20b")
        .respond_with(multistatus(&current))
        .expect(1)
        .mount(&server)
        .await;
    for (verb, name) in [("MKCOL", "/"), ("PUT", "/00001"), ("PUT", "/00002")] {
        Mock::given(method(verb))
            .and(path(format!("{folder}{name}")))
            .and(header("destination", destination.as_str()))
            .and(header("oc-total-length", total.as_str()))
            .respond_with(ResponseTemplate::new(201))
            .expect(1)
            .mount(&server)
            .await;
    }
    Mock::given(method("MOVE"))
        .and(path(format!("{folder}/.file")))
        .and(header("destination", destination.as_str()))
        .and(header("oc-total-length", total.as_str()))
        .and(header("x-oc-mtime", "1600000000"))
        .and(header("oc-checksum", "SHA256:00"))
        .and(header("if", format!("<{destination}> ([\"e1\"])").as_str()))
        .respond_with(ResponseTemplate::new(204).insert_header("oc-etag", "\"e2\""))
        .expect(1)
        .mount(&server)
        .await;
    let options = PutOptions::new()
        .precondition(Precondition::Etag("\"e1\"".to_owned()))
        .modified_at(DateTime::from_timestamp(1_600_000_000, 0).unwrap())
        .checksum("SHA256:00");
    let upload = Upload::new(to("a b"), "id-1")
        .length(MIN_CHUNK_BYTES + 1)
        .chunk_bytes(MIN_CHUNK_BYTES)
        .options(options);
    let content = vec![0_u8; usize::try_from(MIN_CHUNK_BYTES).unwrap() + 1];
    let nextcloud = at(&server).nextcloud().unwrap();
    let mut session = nextcloud.begin_upload(&upload).await.unwrap();
    let mut rest = content.as_slice();
    assert!(session.send_chunk(&mut rest).await.unwrap());
    assert!(!session.send_chunk(&mut rest).await.unwrap());
    let put = session.finish().await.unwrap();
    assert_eq!((put.is_new, put.etag.as_deref()), (false, Some("\"e2\"")));
}

#[tokio::test]
async fn what_failed_of_a_folder_is_told() {
    let server = MockServer::start().await;
    let body = format!(
        "<d:response><d:href>{BASE}/a/b</d:href><d:status>HTTP/1.1 423 Locked</d:status></d:response>"
    );
    dav("DELETE", "/a/")
        .respond_with(multistatus(&body))
        .mount(&server)
        .await;
    let error = at(&server)
        .delete(&to("a").as_collection(), None)
        .await
        .unwrap_err();
    let Error::Incomplete { failures, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(
        (failures[0].path.name().as_deref(), failures[0].status),
        (Some("b"), 423)
    );
}
