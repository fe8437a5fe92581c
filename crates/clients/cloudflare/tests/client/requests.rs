//! What is sent, and what refusals mean.

use std::time::Duration;

use bheem_cloudflare::{
    Batch, Created, Deleted, Effect, Error, ErrorKind, InvalidRecord, NewRecord, Reason,
    RecordPatch, RetryPolicy,
};
use serde_json::{Value, json};
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::at;

const RECORDS: &str = "/client/v4/zones/z1/dns_records";

fn ok(result: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200)
        .set_body_json(json!({"success": true, "errors": [], "messages": [], "result": result}))
}

fn refusal(status: u16, code: i64) -> ResponseTemplate {
    let errors = json!([{"code": code, "message": "no"}]);
    ResponseTemplate::new(status)
        .set_body_json(json!({"success": false, "errors": errors, "messages": [], "result": null}))
}

#[tokio::test]
async fn a_record_is_sent_as_documented() {
    let server = MockServer::start().await;
    let record = json!({"id": "r1", "name": "a.test", "type": "MX", "content": "mail.a.test", "priority": 10,
        "ttl": 300, "proxied": false, "comment": "workspace:1", "tags": ["a:b"], "meta": {"new": 1}});
    Mock::given(method("POST"))
        .and(path(RECORDS))
        .and(header("authorization", "Bearer token"))
        .and(body_json(
            json!({"name": "a.test", "type": "MX", "content": "mail.a.test", "ttl": 300,
            "priority": 10, "comment": "workspace:1", "tags": ["a:b"]}),
        ))
        .respond_with(ok(&record))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("PATCH"))
        .and(path(format!("{RECORDS}/r1")))
        .and(body_json(json!({"content": "\"it said \\\"no\\\"\""})))
        .respond_with(ok(&record))
        .expect(1)
        .mount(&server)
        .await;
    let cloudflare = at(&server);
    let records = cloudflare.records("z1");
    let new = NewRecord::mx("a.test", 10, "mail.a.test")
        .ttl(300)
        .comment("workspace:1")
        .tag("a:b");
    let written = records.create(&new).await.unwrap();
    assert_eq!(
        (written.outcome, written.record.priority),
        (Created::Created, Some(10))
    );
    records
        .update("r1", &RecordPatch::text("it said \"no\""))
        .await
        .unwrap();
}

#[tokio::test]
async fn an_identical_record_is_a_success_and_is_found() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path(RECORDS))
        .respond_with(refusal(400, 81_058))
        .expect(2)
        .mount(&server)
        .await;
    let found = json!([{"id": "r0", "name": "a.test", "type": "TXT", "content": "other"},
        {"id": "r1", "name": "a.test", "type": "TXT", "content": "\"v=spf1\" \" -all\""}]);
    Mock::given(method("GET"))
        .and(path(RECORDS))
        .respond_with(ok(&found))
        .expect(2)
        .mount(&server)
        .await;
    let cloudflare = at(&server);
    let records = cloudflare.records("z1");
    let written = records
        .create(&NewRecord::txt("A.test", "v=spf1 -all"))
        .await
        .unwrap();
    assert_eq!(
        (written.outcome, written.record.id.as_str()),
        (Created::Exists, "r1")
    );
    let gone = records
        .create(&NewRecord::txt("a.test", "gone again"))
        .await
        .unwrap_err();
    assert_eq!(
        (gone.reason(), gone.kind()),
        (Some(Reason::Identical), ErrorKind::Conflict)
    );
}

#[tokio::test]
async fn refusals_are_sorted_by_their_codes_whatever_the_status() {
    for (status, code, reason, kind) in [
        (400, 81_057, Reason::Conflicting, ErrorKind::Conflict),
        (400, 81_053, Reason::Conflicting, ErrorKind::Conflict),
        (404, 81_044, Reason::NotFound, ErrorKind::NotFound),
        (400, 7003, Reason::NotFound, ErrorKind::NotFound),
        (404, 7000, Reason::NotFound, ErrorKind::NotFound),
        (403, 9109, Reason::Unauthorized, ErrorKind::Unauthorized),
        (400, 10_000, Reason::Unauthorized, ErrorKind::Unauthorized),
        (400, 1004, Reason::Invalid, ErrorKind::Invalid),
        (200, 9005, Reason::Invalid, ErrorKind::Invalid),
        (200, 5, Reason::Other, ErrorKind::Invalid),
        (409, 5, Reason::Conflicting, ErrorKind::Conflict),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("PUT"))
            .respond_with(refusal(status, code))
            .expect(1)
            .mount(&server)
            .await;
        let cloudflare = at(&server);
        let error = cloudflare
            .records("z1")
            .replace("r1", &NewRecord::txt("a.test", "x"))
            .await
            .unwrap_err();
        assert_eq!(
            (error.reason(), error.kind(), error.effect()),
            (Some(reason), kind, Effect::Rejected),
            "{code}"
        );
    }
}

#[tokio::test]
async fn what_is_wrong_may_stand_in_the_chain_only() {
    let server = MockServer::start().await;
    let chain = json!([{"code": 9999, "message": "look below", "error_chain": [{"code": 9005, "message": "an address"}]}]);
    let body = json!({"success": false, "errors": chain, "result": null});
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(400).set_body_json(body))
        .mount(&server)
        .await;
    let cloudflare = at(&server);
    let error = cloudflare
        .records("z1")
        .create(&NewRecord::txt("a.test", "x"))
        .await
        .unwrap_err();
    assert_eq!(error.reason(), Some(Reason::Invalid));
    let Error::Refused { errors, .. } = error else {
        panic!()
    };
    assert_eq!(
        (errors[0].chain[0].0, errors[0].chain[0].1.as_str()),
        (9005, "an address")
    );
}

#[tokio::test]
async fn throttling_is_told_with_the_time_to_wait() {
    for (status, code) in [(429, 971), (400, 971), (429, 10_000)] {
        let server = MockServer::start().await;
        let answer = refusal(status, code).insert_header("retry-after", "300");
        Mock::given(method("GET"))
            .respond_with(answer)
            .expect(1)
            .mount(&server)
            .await;
        let error = at(&server).records("z1").find("r1").await.unwrap_err();
        let after = Some(Duration::from_mins(5));
        assert_eq!(error.kind(), ErrorKind::RateLimited { after });
    }
}

#[tokio::test]
async fn what_is_not_there_is_none_or_absent_but_a_strange_404_is_neither() {
    let server = MockServer::start().await;
    let strange = ResponseTemplate::new(404).set_body_string("<html>");
    Mock::given(path(format!("{RECORDS}/gone")))
        .respond_with(refusal(404, 81_044))
        .expect(2)
        .mount(&server)
        .await;
    Mock::given(path(format!("{RECORDS}/odd")))
        .respond_with(strange)
        .expect(1)
        .mount(&server)
        .await;
    let removed = ok(&json!({"id": "there"}));
    Mock::given(path(format!("{RECORDS}/there")))
        .and(method("DELETE"))
        .respond_with(removed)
        .mount(&server)
        .await;
    let cloudflare = at(&server);
    let records = cloudflare.records("z1");
    assert!(records.find("gone").await.unwrap().is_none());
    assert_eq!(records.delete("gone").await.unwrap(), Deleted::Absent);
    assert_eq!(
        records.delete("odd").await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    assert_eq!(records.delete("there").await.unwrap(), Deleted::Removed);
}

#[tokio::test]
async fn a_batch_is_sent_as_documented_and_once() {
    let server = MockServer::start().await;
    let result = json!({"deletes": [{"id": "1", "name": "a.test", "type": "A"}], "patches": null, "posts": []});
    Mock::given(method("POST"))
        .and(path(format!("{RECORDS}/batch")))
        .and(body_json(json!({
            "deletes": [{"id": "1"}],
            "patches": [{"id": "2", "content": "192.0.2.2"}],
            "puts": [{"id": "3", "name": "b.test", "type": "CNAME", "content": "c.test", "ttl": 1, "proxied": true}],
            "posts": [{"name": "s.test", "type": "SRV", "ttl": 1,
                "data": {"priority": 0, "weight": 1, "port": 993, "target": "mail.test"}}],
        })))
        .respond_with(ok(&result))
        .expect(1)
        .mount(&server)
        .await;
    let batch = Batch::default()
        .delete("1")
        .patch("2", RecordPatch::content("192.0.2.2"))
        .put("3", NewRecord::cname("b.test", "c.test").proxied())
        .post(NewRecord::srv("s.test", 0, 1, 993, "mail.test"));
    let cloudflare = at(&server);
    let done = cloudflare.records("z1").batch(&batch).await.unwrap();
    assert_eq!(
        (done.deletes.len(), done.patches.len(), batch.len()),
        (1, 0, 4)
    );
    cloudflare
        .records("z1")
        .batch(&Batch::default())
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_no_record_is_not_sent() {
    let server = MockServer::start().await;
    let cloudflare = at(&server);
    let records = cloudflare.records("z1");
    let host = "192.0.2.1".parse().unwrap();
    for (record, reason) in [
        (NewRecord::a("a b", host), InvalidRecord::Name),
        (NewRecord::a("a.test", host).ttl(30), InvalidRecord::Ttl),
        (
            NewRecord::mx("a.test", 1, "x.test").proxied(),
            InvalidRecord::Proxied,
        ),
        (NewRecord::cname("a.test", ""), InvalidRecord::Content),
        (
            NewRecord::txt("a.test", &"x".repeat(2049)),
            InvalidRecord::Content,
        ),
        (
            NewRecord::a("a.test", host).comment("x".repeat(101)),
            InvalidRecord::Comment,
        ),
        (
            NewRecord::new("a.test", "MX".into(), "x.test"),
            InvalidRecord::Priority,
        ),
    ] {
        let error = records.create(&record).await.unwrap_err();
        assert!(
            matches!(error, Error::Record { source, .. } if source == reason),
            "{error:?}"
        );
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Invalid, Effect::NotSent)
        );
        let batch = Batch::default().post(record);
        assert_eq!(
            records.batch(&batch).await.unwrap_err().effect(),
            Effect::NotSent
        );
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_creation_is_repeated_where_the_policy_says_so_and_a_batch_is_not() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(503))
        .mount(&server)
        .await;
    let retry = RetryPolicy {
        max_attempts: 2,
        ..RetryPolicy::none()
    };
    let cloudflare = bheem_cloudflare::Client::builder(server.uri(), "token".into())
        .retry(retry)
        .build()
        .unwrap();
    let record = NewRecord::txt("a.test", "x");
    cloudflare.records("z1").create(&record).await.unwrap_err();
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
    cloudflare
        .records("z1")
        .batch(&Batch::default().post(record))
        .await
        .unwrap_err();
    assert_eq!(server.received_requests().await.unwrap().len(), 3);
}
