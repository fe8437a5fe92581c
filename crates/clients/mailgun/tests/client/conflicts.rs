//! What refusals mean.

use bheem_mailgun::{Deleted, Effect, Error, ErrorKind, NewDomain, SuppressionList};
use serde_json::{Value, json};
use wiremock::matchers::{any, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{at, message};

fn says(status: u16, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"message": message}))
}

fn acme() -> Value {
    json!({"domain": {"name": "acme.test", "state": "active"}})
}

/// Refuses to add, and has the domain or has not.
async fn refusing(sentence: &str, is_ours: bool) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v4/domains"))
        .respond_with(says(400, sentence))
        .expect(1)
        .mount(&server)
        .await;
    let found = if is_ours {
        ResponseTemplate::new(200).set_body_json(acme())
    } else {
        says(404, "Domain not found: acme.test")
    };
    Mock::given(method("GET"))
        .and(path("/v4/domains/acme.test"))
        .respond_with(found)
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn a_domain_that_cannot_be_added_is_ours_or_anothers() {
    let new = NewDomain::new("acme.test");
    for sentence in [
        "This domain name is already taken",
        "Domain already exists.",
        "No.",
    ] {
        let server = refusing(sentence, true).await;
        let error = at(&server).domains().create(&new).await.unwrap_err();
        assert!(matches!(error, Error::DomainExists { .. }), "{sentence}");
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Conflict, Effect::Rejected)
        );
        let server = refusing(sentence, false).await;
        let error = at(&server).domains().ensure(&new).await.unwrap_err();
        assert!(matches!(error, Error::DomainTaken { .. }), "{sentence}");
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Conflict, Effect::Rejected)
        );
    }
}

#[tokio::test]
async fn a_request_that_is_wrong_in_itself_is_no_conflict() {
    let new = NewDomain::new("acme.test");
    for sentence in [
        "'name' parameter is not a valid domain",
        "Domain limit reached",
    ] {
        let server = refusing(sentence, false).await;
        let error = at(&server).domains().create(&new).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Invalid, Effect::Rejected)
        );
    }
}

#[tokio::test]
async fn a_lost_race_finds_what_the_other_added() {
    let server = MockServer::start().await;
    let looking = || Mock::given(method("GET")).and(path("/v4/domains/acme.test"));
    let missing = looking().respond_with(says(404, "Domain not found"));
    missing.up_to_n_times(1).mount(&server).await;
    let there = looking().respond_with(ResponseTemplate::new(200).set_body_json(acme()));
    there.mount(&server).await;
    let refused = Mock::given(method("POST")).respond_with(says(400, "taken"));
    refused.expect(1).mount(&server).await;
    let new = NewDomain::new("acme.test");
    let found = at(&server).domains().ensure(&new).await.unwrap();
    assert_eq!(found.domain.name, "acme.test");
}

#[tokio::test]
async fn only_mailguns_own_word_makes_something_absent() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(says(404, "Not found"))
        .mount(&server)
        .await;
    let mailgun = at(&server);
    assert!(mailgun.domains().find("acme.test").await.unwrap().is_none());
    assert_eq!(
        mailgun.domains().delete("acme.test").await.unwrap(),
        Deleted::Absent
    );
    let gone = mailgun.suppressions("acme.test");
    let gone = gone.delete(SuppressionList::Complaints, "j@a.test").await;
    assert_eq!(gone.unwrap(), Deleted::Absent);
    let error = mailgun.domains().verify("acme.test").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);

    let server = MockServer::start().await;
    let page = ResponseTemplate::new(404).set_body_raw("<html>404", "text/html");
    Mock::given(any()).respond_with(page).mount(&server).await;
    let error = at(&server).domains().find("acme.test").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(at(&server).domains().delete("acme.test").await.is_err());
}

#[tokio::test]
async fn statuses_have_their_usual_meaning() {
    for (status, kind) in [
        (400, ErrorKind::Invalid),
        (401, ErrorKind::Unauthorized),
        (402, ErrorKind::Invalid),
        (403, ErrorKind::Unauthorized),
        (413, ErrorKind::Invalid),
        (429, ErrorKind::RateLimited { after: None }),
    ] {
        let server = MockServer::start().await;
        let answer = Mock::given(any()).respond_with(says(status, "No"));
        answer.expect(1).mount(&server).await;
        let error = at(&server)
            .messages("acme.test")
            .send("n-1", &message())
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (kind, Effect::Rejected),
            "{status}"
        );
    }
}

#[tokio::test]
async fn hostile_answers_are_refused_without_a_panic() {
    let deep = "[".repeat(1_000_000);
    for body in [
        r#"{"domain": {"name": 7, "state": []}, "sending_dns_records": 1}"#.as_bytes(),
        b"\xff\xfe{}",
        b"null",
        deep.as_bytes(),
    ] {
        for status in [200, 400] {
            let server = MockServer::start().await;
            let answer = ResponseTemplate::new(status).set_body_bytes(body);
            Mock::given(any()).respond_with(answer).mount(&server).await;
            let error = at(&server).domains().find("acme.test").await.unwrap_err();
            let expected = if status == 200 {
                ErrorKind::Protocol
            } else {
                ErrorKind::Invalid
            };
            assert_eq!(error.kind(), expected);
        }
    }
}
