use bheem_webdav::{DavPath, Effect, Error, ErrorKind, Precondition};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{at, to};

#[tokio::test]
async fn statuses_become_errors_of_their_own() {
    for (status, kind, name) in [
        (400, ErrorKind::Invalid, "Invalid"),
        (401, ErrorKind::Unauthorized, "Unauthorized"),
        (403, ErrorKind::Unauthorized, "Forbidden"),
        (404, ErrorKind::NotFound, "NotFound"),
        (405, ErrorKind::Invalid, "MethodNotAllowed"),
        (409, ErrorKind::Conflict, "Conflict"),
        (412, ErrorKind::Conflict, "Precondition"),
        (423, ErrorKind::Conflict, "Locked"),
        (507, ErrorKind::Invalid, "InsufficientStorage"),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("PUT"))
            .respond_with(ResponseTemplate::new(status))
            .expect(1)
            .mount(&server)
            .await;
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(status))
            .expect(1)
            .mount(&server)
            .await;
        let files = at(&server);
        let written = files
            .put(&to("a"), "text/plain", "x", &Precondition::None)
            .await
            .unwrap_err();
        let read = files.get_stream(&to("a")).await.unwrap_err();
        for error in [written, read] {
            assert_eq!(
                (error.kind(), error.effect()),
                (kind, Effect::Rejected),
                "{status}"
            );
            assert!(format!("{error:?}").starts_with(name), "{error:?}");
        }
    }
}

#[tokio::test]
async fn the_condition_that_was_not_met_is_told() {
    let body = r#"<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns" xmlns:c="urn:ietf:params:xml:ns:caldav">
        <s:exception>Sabre\DAV\Exception</s:exception><s:message>secret</s:message><c:no-uid-conflict/></d:error>"#;
    let server = MockServer::start().await;
    let refusal = ResponseTemplate::new(403).set_body_raw(body, "application/xml");
    Mock::given(method("PUT"))
        .respond_with(refusal)
        .mount(&server)
        .await;
    let error = at(&server)
        .put(&to("a"), "text/plain", "x", &Precondition::None)
        .await
        .unwrap_err();
    assert_eq!(error.condition(), Some("no-uid-conflict"));
    assert!(!format!("{error:?} {error}").contains("secret"));
}

#[tokio::test]
async fn an_answer_that_is_no_multistatus_is_told_with_its_reason() {
    let server = MockServer::start().await;
    let answer =
        ResponseTemplate::new(207).set_body_string("<html xmlns='http://www.w3.org/1999/xhtml'/>");
    Mock::given(method("PROPFIND"))
        .respond_with(answer)
        .mount(&server)
        .await;
    let error = at(&server).find(&to("a")).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Protocol {
                source: Some(_),
                ..
            }
        ),
        "{error:?}"
    );
}

#[test]
fn a_path_that_leaves_the_tree_cannot_be_made() {
    assert!(DavPath::parse("a/../../b").is_err());
}
