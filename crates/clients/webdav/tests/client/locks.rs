use std::time::Duration;

use bheem_webdav::{Deleted, Error, ErrorKind, Lock, LockRequest, LockScope, Precondition};
use wiremock::matchers::{body_string_contains, header};
use wiremock::{MockServer, ResponseTemplate};

use crate::{BASE, at, dav, to};

fn granted(token: &str, timeout: &str) -> String {
    format!(
        "<d:prop xmlns:d='DAV:'><d:lockdiscovery><d:activelock><d:depth>infinity</d:depth><d:timeout>{timeout}\
         </d:timeout><d:locktoken><d:href>{token}</d:href></d:locktoken></d:activelock></d:lockdiscovery></d:prop>"
    )
}

#[tokio::test]
async fn a_lock_is_taken_used_refreshed_and_given_back() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(201)
        .insert_header("lock-token", "<urn:uuid:1>")
        .set_body_string(granted("urn:uuid:1", "Second-60"));
    dav("LOCK", "/a%20b/")
        .and(header("depth", "infinity"))
        .and(header("timeout", "Second-90"))
        .and(body_string_contains("<d:exclusive/>"))
        .and(body_string_contains("<d:owner>me &amp; you</d:owner>"))
        .respond_with(answer)
        .expect(1)
        .mount(&server)
        .await;
    let condition = format!("<{}{BASE}/a%20b/> (<urn:uuid:1>)", server.uri());
    dav("PUT", "/a%20b/c")
        .and(header("if", condition.as_str()))
        .respond_with(ResponseTemplate::new(201))
        .expect(1)
        .mount(&server)
        .await;
    dav("LOCK", "/a%20b/")
        .and(header("if", "(<urn:uuid:1>)"))
        .respond_with(ResponseTemplate::new(200).set_body_string(granted("urn:uuid:1", "Infinite")))
        .expect(1)
        .mount(&server)
        .await;
    dav("UNLOCK", "/a%20b/")
        .and(header("lock-token", "<urn:uuid:1>"))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    let files = at(&server);
    let wanted = LockRequest::new(LockScope::Exclusive)
        .deep()
        .owner("me & you")
        .timeout(Duration::from_secs(90));
    let lock = files
        .lock(&to("a b").as_collection(), &wanted)
        .await
        .unwrap();
    assert_eq!((lock.token.as_str(), lock.is_deep), ("urn:uuid:1", true));
    assert_eq!(lock.timeout, Some(Duration::from_mins(1)));
    let holder = files.with_lock(&lock);
    let inner = to("a b/c");
    let put = holder.put(&inner, "text/plain", "x", &Precondition::None);
    put.await.unwrap();
    let longer = files.refresh_lock(&lock, None).await.unwrap();
    assert_eq!(longer.timeout, None);
    assert_eq!(files.unlock(&lock).await.unwrap(), Deleted::Removed);
}

#[tokio::test]
async fn what_a_lock_cannot_do_is_told_by_its_reason() {
    let held = "<d:error xmlns:d='DAV:'><d:no-conflicting-lock/></d:error>";
    for (status, kind) in [
        (423, ErrorKind::Conflict),
        (412, ErrorKind::Conflict),
        (405, ErrorKind::Invalid),
        (501, ErrorKind::Protocol),
        (409, ErrorKind::Conflict),
    ] {
        let server = MockServer::start().await;
        let refusal = ResponseTemplate::new(status).set_body_string(held);
        dav("LOCK", "/a")
            .respond_with(refusal)
            .expect(1)
            .mount(&server)
            .await;
        let wanted = LockRequest::new(LockScope::Shared);
        let error = at(&server).lock(&to("a"), &wanted).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error:?}");
        if status == 423 {
            assert_eq!(error.condition(), Some("no-conflicting-lock"));
        }
    }
}

#[tokio::test]
async fn a_lock_that_is_gone_is_given_back_already() {
    for status in [404, 409, 412, 400] {
        let server = MockServer::start().await;
        dav("UNLOCK", "/a")
            .respond_with(ResponseTemplate::new(status))
            .expect(1)
            .mount(&server)
            .await;
        let lock = Lock::known(to("a"), "urn:uuid:1");
        assert_eq!(at(&server).unlock(&lock).await.unwrap(), Deleted::Absent);
    }
    let server = MockServer::start().await;
    dav("UNLOCK", "/a")
        .respond_with(ResponseTemplate::new(403))
        .mount(&server)
        .await;
    let lock = Lock::known(to("a"), "urn:uuid:1");
    let error = at(&server).unlock(&lock).await.unwrap_err();
    assert!(matches!(error, Error::Forbidden { .. }), "{error:?}");
}

/// It would go back in a header.
#[tokio::test]
async fn a_token_that_would_break_a_header_is_refused() {
    for token in ["urn:a&gt;) (Not &lt;x", "urn:ä", "urn: x", ""] {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(200).set_body_string(granted(token, "Second-1"));
        dav("LOCK", "/a").respond_with(answer).mount(&server).await;
        let wanted = LockRequest::new(LockScope::Shared);
        let error = at(&server).lock(&to("a"), &wanted).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{token}");
    }
}

#[tokio::test]
async fn features_are_read_from_all_headers() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200)
        .append_header("dav", "1, 2")
        .append_header("dav", "access-control")
        .insert_header("allow", "OPTIONS,LOCK ,UNLOCK");
    dav("OPTIONS", "/")
        .respond_with(answer)
        .expect(1)
        .mount(&server)
        .await;
    let features = at(&server)
        .features(&bheem_webdav::DavPath::root())
        .await
        .unwrap();
    assert_eq!(features.classes, ["1", "2", "access-control"]);
    assert_eq!(features.methods, ["OPTIONS", "LOCK", "UNLOCK"]);
    assert!(features.has_locks());
}
