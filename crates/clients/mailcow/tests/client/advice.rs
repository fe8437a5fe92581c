//! What an administrator reads for each answer of Mailcow, or of what stands before it.

use bheem_mailcow::{Effect, Error, ErrorKind};
use serde_json::{Value, json};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::at;

async fn answered(status: u16, body: &str) -> Error {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(status).set_body_raw(body.to_owned(), "text/plain"))
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_raw("{}", "application/json"))
        .mount(&server)
        .await;
    let mailbox = bheem_mailcow::CreateMailbox::new("john", "shop.example");
    at(&server).mailboxes().create(&mailbox).await.unwrap_err()
}

fn refused(msg: &Value) -> String {
    json!([{"type": "danger", "msg": msg}]).to_string()
}

#[expect(clippy::too_many_lines, reason = "one table")]
#[tokio::test]
async fn each_answer_has_its_cause_and_its_next_step() {
    let error = |msg: &str| json!({"type": "error", "msg": msg}).to_string();
    let page = "<!doctype html><html>Sign in</html>";
    let (unauthorized, protocol) = (ErrorKind::Unauthorized, ErrorKind::Protocol);
    let (rejected, unknown) = (Effect::Rejected, Effect::Unknown);
    let table: Vec<(u16, String, ErrorKind, Effect, &[&str])> = vec![
        (
            401,
            error("authentication failed"),
            unauthorized,
            rejected,
            &["authentication failed", "key is wrong", "Access > API"],
        ),
        (
            401,
            error("api access denied for ip 192.0.2.7"),
            unauthorized,
            rejected,
            &["192.0.2.7", "allow this server's address"],
        ),
        (
            403,
            error("API read/write access denied"),
            unauthorized,
            rejected,
            &["API read/write access denied", "Read-Write Access"],
        ),
        (
            403,
            page.to_owned(),
            unauthorized,
            rejected,
            &["in front of Mailcow", "403", "/api/"],
        ),
        (
            200,
            page.to_owned(),
            protocol,
            unknown,
            &["web page", "base URL", "login page"],
        ),
        (302, String::new(), protocol, unknown, &["web page", "302"]),
        (
            200,
            String::new(),
            protocol,
            unknown,
            &["200 with nothing in it", "php-fpm-mailcow"],
        ),
        (
            200,
            refused(&json!(["max_mailbox_exceeded", 6, 6])),
            ErrorKind::Invalid,
            rejected,
            &["6 of the 6", "max. mailboxes"],
        ),
        (
            200,
            refused(&json!(["mailbox_quota_left_exceeded", 512])),
            ErrorKind::Invalid,
            rejected,
            &["512 MiB left"],
        ),
        (
            200,
            refused(&json!(["mailbox_quota_exceeded", 2048])),
            ErrorKind::Invalid,
            rejected,
            &["2048 MiB", "max. quota per mailbox"],
        ),
        (
            200,
            refused(&json!("max_alias_exceeded")),
            ErrorKind::Invalid,
            rejected,
            &["max. aliases"],
        ),
        (
            200,
            refused(&json!("password_complexity")),
            ErrorKind::Invalid,
            rejected,
            &["password policy"],
        ),
        (
            200,
            refused(&json!(["rl_timeframe"])),
            ErrorKind::Invalid,
            rejected,
            &["rl_timeframe"],
        ),
        (
            200,
            refused(&json!(["object_exists", "o&#039;b@shop.example"])),
            ErrorKind::Conflict,
            rejected,
            &["taken", "o'b@shop.example"],
        ),
        (
            200,
            refused(&json!("access_denied")),
            ErrorKind::NotFound,
            rejected,
            &["does not have it", "access_denied"],
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
        assert!(
            !advice.contains("  ") && !format!("{error:?}").contains("192.0.2.7"),
            "{advice}"
        );
    }
}

#[tokio::test]
async fn a_key_that_may_only_read_goes_on_reading() {
    let server = MockServer::start().await;
    let refusal = json!({"type": "error", "msg": "API read/write access denied"});
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(403).set_body_json(refusal))
        .expect(2)
        .mount(&server)
        .await;
    let mailcow = at(&server);
    for _ in 0..2 {
        let error = mailcow
            .domains()
            .update("a.test", &bheem_mailcow::UpdateDomain::new())
            .await;
        let error = error.unwrap_err();
        assert!(matches!(error, Error::ReadOnlyKey { .. }), "{error:?}");
    }
}
