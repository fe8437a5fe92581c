//! Lists.

use bheem_mailgun::{Cursor, ErrorKind, EventFilter, EventKind, SuppressionList};
use futures::TryStreamExt as _;
use serde_json::{Value, json};
use wiremock::matchers::{basic_auth, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::at;

fn event(id: &str, notification: &str) -> Value {
    json!({
        "id": id, "event": "delivered", "timestamp": 1_795_246_655.5, "user-variables": {"notification_id": notification},
        "message": {"headers": {"message-id": "x@y"}}, "tags": null, "tomorrow": [],
    })
}

async fn answer(server: &MockServer, target: &str, body: Value) {
    Mock::given(method("GET"))
        .and(path(target))
        .and(basic_auth("api", "the-key"))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .expect(1)
        .mount(server)
        .await;
}

#[tokio::test]
async fn events_are_followed_to_the_page_that_is_empty() {
    let server = MockServer::start().await;
    let next = |name: &str| json!({"next": format!("{}/v3/acme.test/events/{name}", server.uri())});
    Mock::given(method("GET"))
        .and(path("/v3/acme.test/events"))
        .and(query_param("begin", "1795240000"))
        .and(query_param("ascending", "yes"))
        .and(query_param("event", "delivered"))
        .and(query_param("limit", "2"))
        .respond_with(ResponseTemplate::new(200).set_body_json(
            json!({"items": [event("1", "a"), event("2", "b")], "paging": next("W3s=")}),
        ))
        .expect(1)
        .mount(&server)
        .await;
    let page = json!({"items": [event("3", "c")], "paging": next("two")});
    answer(&server, "/v3/acme.test/events/W3s%3D", page).await;
    answer(
        &server,
        "/v3/acme.test/events/two",
        json!({"items": [], "paging": next("three")}),
    )
    .await;
    let filter = EventFilter::since(1_795_240_000)
        .kind(EventKind::Delivered)
        .limit(2);
    let found: Vec<_> = at(&server)
        .events("acme.test")
        .stream(filter)
        .try_collect()
        .await
        .unwrap();
    let ids: Vec<_> = found.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(ids, ["1", "2", "3"]);
    assert_eq!(found[0].timestamp, 1_795_246_655);
}

#[tokio::test]
async fn the_key_is_not_carried_to_another_server() {
    let (server, elsewhere) = (MockServer::start().await, MockServer::start().await);
    let next = format!("{}/v3/acme.test/events/x", elsewhere.uri());
    let body = json!({"items": [event("1", "a")], "paging": {"next": next}});
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(&server)
        .await;
    let mailgun = at(&server);
    let events = mailgun.events("acme.test");
    let error = events
        .page(&EventFilter::new(), &Cursor::start())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_message_is_found_by_its_name_alone_and_a_list_without_end_is_left() {
    let server = MockServer::start().await;
    let next = json!({"next": format!("{}/v3/acme.test/events/on", server.uri())});
    let body = json!({"items": [event("1", "n-1"), event("2", "n-2")], "paging": next});
    Mock::given(method("GET"))
        .and(path("/v3/acme.test/events"))
        .and(query_param("message-id", "n-1@acme.test"))
        .respond_with(ResponseTemplate::new(200).set_body_json(&body))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path("/v3/acme.test/events/on"))
        .respond_with(ResponseTemplate::new(200).set_body_json(&body))
        .expect(9)
        .mount(&server)
        .await;
    let found = at(&server)
        .events("acme.test")
        .find_by_notification_id("n-1")
        .await
        .unwrap();
    assert_eq!(found.len(), 10);
    assert!(
        found
            .iter()
            .all(|event| event.notification_id() == Some("n-1"))
    );
}

#[tokio::test]
async fn suppressions_and_domains_are_listed() {
    let server = MockServer::start().await;
    let page = json!({"items": [{"address": "j@a.test", "code": 550, "error": "", "created_at": "Thu, 13 Oct 2011 18:02:00 UTC"}],
        "paging": {"next": format!("{}/v3/acme.test/bounces?page=next&address=j%40a.test", server.uri())}});
    Mock::given(method("GET"))
        .and(path("/v3/acme.test/bounces"))
        .and(query_param("page", "next"))
        .and(query_param("address", "j@a.test"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"items": []})))
        .with_priority(1)
        .expect(1)
        .mount(&server)
        .await;
    answer(&server, "/v3/acme.test/bounces", page).await;
    let mailgun = at(&server);
    let list = mailgun
        .suppressions("acme.test")
        .stream(SuppressionList::Bounces);
    let found: Vec<_> = list.try_collect().await.unwrap();
    assert_eq!(
        (found[0].code.as_deref(), found[0].created_at),
        (Some("550"), Some(1_318_528_920))
    );

    let domain = |name: &str| json!({"name": name, "state": "tomorrow"});
    for (skip, items) in [
        ("0", json!([domain("a"), domain("b")])),
        ("2", json!([domain("c")])),
    ] {
        Mock::given(method("GET"))
            .and(path("/v4/domains"))
            .and(query_param("limit", "2"))
            .and(query_param("skip", skip))
            .respond_with(
                ResponseTemplate::new(200).set_body_json(json!({"total_count": 3, "items": items})),
            )
            .expect(1)
            .mount(&server)
            .await;
    }
    let found: Vec<_> = mailgun.domains().stream(2).try_collect().await.unwrap();
    let names: Vec<_> = found.iter().map(|domain| domain.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!(found[0].state.as_str(), "tomorrow");
}
