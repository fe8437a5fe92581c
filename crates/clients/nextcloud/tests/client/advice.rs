//! What an administrator reads for each answer of Nextcloud, or of what stands before it (32.0.1).

use bheem_nextcloud::{CreateUser, Effect, Error, ErrorKind};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{answer, at, data, verdict};

const SIMPLE: &str = "Password needs to be at least 10 characters long.";

async fn answered(status: u16, body: &str) -> Error {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(status).set_body_raw(body.to_owned(), "text/plain"))
        .mount(&server)
        .await;
    at(&server)
        .users()
        .create(&CreateUser::new("u"))
        .await
        .unwrap_err()
}

fn refused(code: i64, message: &str) -> String {
    let meta = json!({"status": "failure", "statuscode": code, "message": message});
    json!({"ocs": {"meta": meta, "data": []}}).to_string()
}

#[expect(clippy::too_many_lines, reason = "one table")]
#[tokio::test]
async fn each_answer_has_its_cause_and_its_next_step() {
    let page = "<!DOCTYPE html><html>Sign in</html>";
    let csrf = r#"{"message":"CSRF check failed"}"#;
    let (unauthorized, invalid) = (ErrorKind::Unauthorized, ErrorKind::Invalid);
    let (protocol, limited) = (ErrorKind::Protocol, ErrorKind::RateLimited { after: None });
    let (rejected, unknown) = (Effect::Rejected, Effect::Unknown);
    let table: Vec<(u16, String, ErrorKind, Effect, &[&str])> = vec![
        (
            401,
            refused(997, "Current user is not logged in"),
            unauthorized,
            rejected,
            &["name or the password", "app password"],
        ),
        (
            403,
            refused(403, "Logged in account must be an admin"),
            unauthorized,
            rejected,
            &["does not allow", "must be an admin"],
        ),
        (
            403,
            page.to_owned(),
            unauthorized,
            rejected,
            &["in front of Nextcloud", "403", "/ocs/"],
        ),
        (
            200,
            page.to_owned(),
            protocol,
            unknown,
            &["web page", "base URL"],
        ),
        (302, String::new(), protocol, unknown, &["web page", "302"]),
        (
            200,
            String::new(),
            protocol,
            unknown,
            &["200 with nothing in it", "nextcloud.log"],
        ),
        (
            412,
            csrf.to_owned(),
            protocol,
            unknown,
            &["OCS API", "base URL"],
        ),
        (
            429,
            r#"{"message":"Reached maximum delay"}"#.to_owned(),
            limited,
            rejected,
            &["429", "brute-force", "whitelist"],
        ),
        (
            503,
            page.to_owned(),
            ErrorKind::Unavailable,
            unknown,
            &["maintenance mode"],
        ),
        (
            400,
            refused(107, SIMPLE),
            invalid,
            rejected,
            &["password policy", SIMPLE],
        ),
        (
            400,
            refused(104, "Group x does not exist"),
            invalid,
            rejected,
            &["group is missing", "Group x"],
        ),
        (
            400,
            refused(109, ""),
            invalid,
            rejected,
            &["to be administered", "without a reason"],
        ),
        (
            400,
            refused(101, ""),
            invalid,
            rejected,
            &["OCS 101", "without a reason"],
        ),
        (
            500,
            refused(999, ""),
            ErrorKind::Unavailable,
            unknown,
            &["OCS 999", "nextcloud.log"],
        ),
    ];
    for (status, body, kind, effect, words) in table {
        let error = answered(status, &body).await;
        assert_eq!(
            (error.kind(), error.effect()),
            (kind, effect),
            "{status} {body}: {error:?}"
        );
        let advice = error.advice();
        for word in words {
            assert!(advice.contains(word), "{status} {body}: {advice}");
        }
        assert!(!advice.contains("  "), "{advice}");
    }
}

#[tokio::test]
async fn what_we_may_not_see_is_not_absent() {
    for (groups, is_absent) in [(json!(["admin"]), true), (json!([]), false)] {
        let server = MockServer::start().await;
        answer(&server, "GET", "users/gone", 404, &verdict(998)).await;
        let own = data(&json!({"id": "admin", "enabled": true, "groups": groups}));
        answer(&server, "GET", "user", 200, &own).await;
        match at(&server).users().find("gone").await {
            Ok(found) => assert!(is_absent && found.is_none()),
            Err(error) => {
                assert!(!is_absent && matches!(error, Error::NotAdministrator { .. }));
                assert!(error.advice().contains("no administrator"));
            }
        }
    }
}

#[tokio::test]
async fn one_broken_member_hides_no_other() {
    let server = MockServer::start().await;
    let users = json!({"users": ["a", 123, null, "b"]});
    answer(&server, "GET", "users", 200, &data(&users)).await;
    let details = json!({"groups": [{"id": "one"}, {"id": null}, {"id": "two"}]});
    answer(&server, "GET", "groups/details", 200, &data(&details)).await;
    let people: Value = json!({"users": {"1": {"id": 1, "enabled": true}, "x": {"id": [], "enabled": true},
        "y": {"id": "y", "enabled": false}}});
    answer(&server, "GET", "users/details", 200, &data(&people)).await;
    let nextcloud = at(&server);
    let ids = nextcloud.users().list("", 10, 0).await.unwrap().items;
    assert_eq!(ids, ["a", "123", "b"]);
    let groups = nextcloud
        .groups()
        .list_details("", 10, 0)
        .await
        .unwrap()
        .items;
    assert_eq!(groups.len(), 2);
    let people = nextcloud
        .users()
        .list_details("", 10, 0)
        .await
        .unwrap()
        .items;
    let ids: Vec<&str> = people.iter().map(|user| user.id.as_str()).collect();
    assert_eq!(ids, ["1", "y"]);
}
