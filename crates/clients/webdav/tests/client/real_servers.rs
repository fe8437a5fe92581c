//! What real servers answer, and what it means.

use bheem_webdav::{
    DavPath, Error, ErrorKind, LeftOut, LeftOutReason, Listed, Multistatus, PathError, Range,
    Resource, SearchQuery,
};
use futures::TryStreamExt as _;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{BASE, at, dav, found, multistatus, to};

const FOLDER: &str = "<d:resourcetype><d:collection/></d:resourcetype>";
const FILE: &str = "<d:resourcetype/><d:getetag>\"1\"</d:getetag>";

/// A response about which all is refused with this status.
fn refused(href: &str, status: &str) -> String {
    format!(
        "<d:response><d:href>{href}</d:href><d:propstat><d:prop><d:getetag/></d:prop><d:status>HTTP/1.1 {status}</d:status>\
         </d:propstat></d:response>"
    )
}

/// A response, how its member is named, and why it is left out.
fn odd_members() -> Vec<(&'static str, String, String, LeftOutReason)> {
    vec![
        (
            "a double slash (davrods)",
            found(&format!("{BASE}/docs//b"), FILE),
            format!("{BASE}/docs//b"),
            LeftOutReason::Path(Some(PathError::Empty)),
        ),
        (
            "a line end",
            found(&format!("{BASE}/docs/b%0A"), FILE),
            format!("{BASE}/docs/b%0A"),
            LeftOutReason::Path(Some(PathError::Control)),
        ),
        (
            "a control character",
            found(&format!("{BASE}/docs/b%01"), FILE),
            format!("{BASE}/docs/b%01"),
            LeftOutReason::Path(Some(PathError::Control)),
        ),
        (
            "Latin-1",
            found(&format!("{BASE}/docs/b%FC"), FILE),
            format!("{BASE}/docs/b%FC"),
            LeftOutReason::Path(Some(PathError::Encoding)),
        ),
        (
            "a relative path",
            found("b", FILE),
            "b".to_owned(),
            LeftOutReason::Path(Some(PathError::NotAbsolute)),
        ),
        (
            "a way out",
            found(&format!("{BASE}/docs/../b"), FILE),
            format!("{BASE}/docs/../b"),
            LeftOutReason::Path(Some(PathError::Dots)),
        ),
        (
            "no path",
            "<d:response><d:status>HTTP/1.1 200 OK</d:status></d:response>".to_owned(),
            String::new(),
            LeftOutReason::Path(None),
        ),
        (
            "another folder",
            found("/elsewhere/b", FILE),
            "/elsewhere/b".to_owned(),
            LeftOutReason::Outside,
        ),
        (
            "a refusal",
            refused(&format!("{BASE}/docs/b"), "403 Forbidden"),
            format!("{BASE}/docs/b"),
            LeftOutReason::Refused(403),
        ),
        (
            "a fault",
            format!(
                "<d:response><d:href>{BASE}/docs/b</d:href><d:status>HTTP/1.1 500 Oh</d:status></d:response>"
            ),
            format!("{BASE}/docs/b"),
            LeftOutReason::Refused(500),
        ),
    ]
}

/// RFC 4918, section 9.1: each response stands for itself.
#[tokio::test]
async fn one_odd_member_hides_no_other() {
    for (about, odd, name, reason) in odd_members() {
        let server = MockServer::start().await;
        let answer = found(&format!("{BASE}/docs/"), FOLDER)
            + &found(&format!("{BASE}/docs/a"), FILE)
            + &odd
            + &found(&format!("{BASE}/docs/c"), FILE);
        dav("PROPFIND", "/docs/")
            .respond_with(multistatus(&answer))
            .expect(2)
            .mount(&server)
            .await;
        let files = at(&server);
        let listed = files.list(&to("docs")).await.unwrap();
        let names: Vec<&str> = listed.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["a", "c"], "{about}");
        let left_out = [LeftOut::new(&name, reason)];
        assert_eq!(listed.left_out, left_out, "{about}");
        assert!(!listed.is_complete());
        let all: Vec<Listed<Resource>> = files
            .list_stream(&to("docs"))
            .await
            .unwrap()
            .try_collect()
            .await
            .unwrap();
        let (mut names, mut told) = (Vec::new(), Vec::new());
        for one in all {
            match one {
                Listed::Item(one) => names.push(one.name),
                Listed::LeftOut(one) => told.push(one),
            }
        }
        assert_eq!(
            (names.len(), told.as_slice()),
            (2, left_out.as_slice()),
            "{about}"
        );
    }
}

#[tokio::test]
async fn every_list_of_nextcloud_tells_what_it_leaves_out() {
    let server = MockServer::start().await;
    for (verb, place) in [
        ("PROPFIND", "/remote.php/dav/trashbin/john/trash/"),
        ("PROPFIND", "/remote.php/dav/versions/john/versions/7/"),
        ("REPORT", "/remote.php/dav/files/john/"),
        ("SEARCH", "/remote.php/dav/"),
    ] {
        let below = if verb == "SEARCH" {
            format!("{BASE}/")
        } else {
            place.to_owned()
        };
        let answer = ["a", "b%01", "c"]
            .map(|name| found(&format!("{below}{name}"), FILE))
            .concat();
        Mock::given(method(verb))
            .and(path(place))
            .respond_with(multistatus(&answer))
            .mount(&server)
            .await;
    }
    let nextcloud = at(&server).nextcloud().unwrap();
    let root = DavPath::root();
    let search = nextcloud
        .search(&SearchQuery::new(root.clone()), 3, 0)
        .await
        .unwrap();
    assert_eq!(search.next, Some(3), "what is left out was told as well");
    let trash = nextcloud.list_trash().await.unwrap();
    let versions = nextcloud.list_versions("7").await.unwrap();
    let favorites = nextcloud.list_favorites(&root).await.unwrap();
    for (count, left_out) in [
        (search.items.len(), search.items.left_out),
        (trash.len(), trash.left_out),
        (versions.len(), versions.left_out),
        (favorites.len(), favorites.left_out),
    ] {
        assert_eq!((count, left_out.len()), (2, 1));
        assert_eq!(
            left_out[0].reason,
            LeftOutReason::Path(Some(PathError::Control))
        );
    }
}

/// RFC 4918, section 9.1: nothing was found if there is no property with status 200.
#[tokio::test]
async fn what_a_multistatus_says_of_nothing() {
    for (status, expected) in [
        ("404 Not Found", Ok(None)),
        ("410 Gone", Ok(None)),
        ("403 Forbidden", Err(ErrorKind::Unauthorized)),
    ] {
        let server = MockServer::start().await;
        // nginx answers 207 for what is not there.
        let answer = multistatus(&refused(&format!("{BASE}/x"), status));
        dav("PROPFIND", "/x")
            .respond_with(answer)
            .mount(&server)
            .await;
        let found = at(&server).find(&to("x")).await;
        assert_eq!(found.map_err(|error| error.kind()), expected, "{status}");
    }
}

/// RFC 9110, section 5.6.7; RFC 4918, section 8.3.
#[tokio::test]
async fn paths_and_dates_in_all_spellings() {
    let server = MockServer::start().await;
    let dated =
        |date: &str| format!("<d:resourcetype/><d:getlastmodified>{date}</d:getlastmodified>");
    let encoded = format!("{BASE}/docs/a").replace('/', "%2f");
    let answer = found(&format!("{BASE}/docs/"), FOLDER)
        + &found(&encoded, &dated("Sunday, 06-Nov-94 08:49:37 GMT"))
        + &found(&format!("http://internal.test:8080{BASE}/docs/b"), &dated("Sun Nov  6 08:49:37 1994"))
        + &found(&format!("{BASE}/docs/%5bc%5D [1]"), &dated("1994-11-06T08:49:37Z"))
        // Nextcloud encodes in lower case.
        + &found(&format!("{BASE}/docs/M%c3%a4rz"), &dated("Sun, 06 Nov 1994 08:49:37 GMT"))
        + &found(&format!("{BASE}/docs/Pi%EF%BF%BEata"), &dated("Sun, 06 Nov 1994 08:49:37 GMT"));
    dav("PROPFIND", "/docs/")
        .respond_with(multistatus(&answer))
        .mount(&server)
        .await;
    dav("DELETE", "/docs/M%C3%A4rz")
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    let files = at(&server);
    let listed = files.list(&to("docs")).await.unwrap();
    let names: Vec<&str> = listed.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "[c] [1]", "März", "Pi\u{fffe}ata"]);
    assert!(listed.is_complete());
    for one in &listed {
        assert_eq!(
            one.modified_at.map(|time| time.timestamp()),
            Some(784_111_777),
            "{}",
            one.name
        );
    }
    files.delete(&listed[3].path, None).await.unwrap();
}

/// An answer of which nothing can be used does not say that there is nothing.
#[tokio::test]
async fn an_answer_that_cannot_be_used_is_no_empty_folder() {
    for answer in [
        found("a", FILE),
        found(&format!("{BASE}/docs//"), FOLDER),
        found("/elsewhere/", FOLDER),
    ] {
        let server = MockServer::start().await;
        dav("PROPFIND", "/docs/")
            .respond_with(multistatus(&answer))
            .mount(&server)
            .await;
        let error = at(&server).list(&to("docs")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{answer}");
    }
    let empty = Multistatus::parse(b"<d:multistatus xmlns:d='DAV:'/>").unwrap();
    assert!(empty.responses.is_empty() && empty.left_out.is_empty());
}

#[tokio::test]
async fn a_folder_that_is_answered_as_a_page_is_no_file() {
    let server = MockServer::start().await;
    let page = ResponseTemplate::new(200).set_body_raw("", "text/html; charset=UTF-8");
    dav("GET", "/docs")
        .respond_with(page.clone())
        .expect(2)
        .mount(&server)
        .await;
    dav("PROPFIND", "/docs")
        .and(header("depth", "0"))
        .respond_with(multistatus(&found(&format!("{BASE}/docs/"), FOLDER)))
        .expect(2)
        .mount(&server)
        .await;
    let files = at(&server);
    let error = files.get(&to("docs")).await.unwrap_err();
    assert!(
        matches!(error, Error::Collection { .. }) && error.kind() == ErrorKind::Invalid,
        "{error:?}"
    );
    let error = files.get_stream(&to("docs")).await.unwrap_err();
    assert!(matches!(error, Error::Collection { .. }), "{error:?}");
    // An empty page that is a file has a version.
    dav("GET", "/page.html")
        .respond_with(page.insert_header("etag", "\"1\""))
        .expect(1)
        .mount(&server)
        .await;
    assert!(
        files
            .get(&to("page.html"))
            .await
            .unwrap()
            .content
            .is_empty()
    );
}

/// Nextcloud 32 offers no `Accept-Ranges`, and says nothing of the length when a range is beyond it.
#[tokio::test]
async fn ranges_without_the_headers_around_them() {
    let server = MockServer::start().await;
    dav("GET", "/a")
        .and(header("range", "bytes=9-"))
        .respond_with(ResponseTemplate::new(416))
        .mount(&server)
        .await;
    let part = ResponseTemplate::new(206)
        .insert_header("content-range", "bytes 1-2/3")
        .set_body_string("bc");
    dav("GET", "/a")
        .and(header("range", "bytes=1-"))
        .respond_with(part)
        .mount(&server)
        .await;
    let files = at(&server);
    let error = files
        .get_range(&to("a"), Range::From(9), None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error:?}");
    let download = files
        .get_range(&to("a"), Range::From(1), None)
        .await
        .unwrap();
    assert_eq!(download.range().unwrap().first, 1);
}

#[tokio::test]
async fn the_scope_of_a_search_is_literal() {
    for (name, expected) in [
        ("a b", "a b"),
        ("März", "März"),
        ("50% <&>", "50% &lt;&amp;&gt;"),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("SEARCH"))
            .and(wiremock::matchers::body_string_contains(format!(
                "<d:href>/files/john/{expected}</d:href>"
            )))
            .respond_with(multistatus(""))
            .expect(1)
            .mount(&server)
            .await;
        let query = SearchQuery::new(to(name));
        let found = at(&server)
            .nextcloud()
            .unwrap()
            .search(&query, 9, 0)
            .await
            .unwrap();
        assert!(found.items.is_empty() && found.items.is_complete());
    }
}
