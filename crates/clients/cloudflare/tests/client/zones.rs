//! Zones: which is found, and how lists are walked.

use bheem_cloudflare::{ErrorKind, RecordFilter, RecordType, ZoneFilter, ZoneSearch};
use futures::TryStreamExt as _;
use serde_json::{Value, json};
use wiremock::matchers::{header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::at;

fn list(items: &Value, total_pages: Option<u64>) -> ResponseTemplate {
    let info = json!({"page": 1, "total_pages": total_pages});
    let body = json!({"success": true, "errors": [], "messages": [], "result": items, "result_info": info});
    ResponseTemplate::new(200).set_body_json(body)
}

async fn zone(server: &MockServer, name: &str, zones: Value, times: u64) {
    Mock::given(method("GET"))
        .and(path("/client/v4/zones"))
        .and(query_param("name", name))
        .and(header("authorization", "Bearer token"))
        .respond_with(list(&zones, Some(1)))
        .expect(times)
        .mount(server)
        .await;
}

#[tokio::test]
async fn the_first_zone_from_the_longest_name_is_taken() {
    let server = MockServer::start().await;
    let active = json!([
        {"id": "z0", "name": "example.co.uk", "status": "moved"},
        {"id": "z1", "name": "Example.co.uk", "status": "active", "name_servers": null, "paused": true},
    ]);
    zone(&server, "a.b.example.co.uk", json!([]), 1).await;
    zone(
        &server,
        "b.example.co.uk",
        json!([{"id": "x", "name": "other.test", "status": "active"}]),
        1,
    )
    .await;
    zone(&server, "example.co.uk", active, 1).await;
    zone(
        &server,
        "co.uk",
        json!([{"id": "x", "name": "co.uk", "status": "active"}]),
        0,
    )
    .await;
    let found = at(&server)
        .zones()
        .find_zone_for("A.b.Example.co.uk.")
        .await
        .unwrap();
    assert_eq!(found.controlled().unwrap().id, "z1");
}

#[tokio::test]
async fn a_pending_zone_is_told_and_is_no_control() {
    let server = MockServer::start().await;
    zone(
        &server,
        "eu.a.test",
        json!([{"id": "z", "name": "eu.a.test", "status": "pending"}]),
        1,
    )
    .await;
    zone(&server, "b.test", json!([]), 1).await;
    let cloudflare = at(&server);
    let found = cloudflare.zones().find_zone_for("eu.a.test").await.unwrap();
    assert!(found.controlled().is_none() && matches!(found, ZoneSearch::Inactive(_)));
    let found = cloudflare.zones().find_zone_for("b.test").await.unwrap();
    assert_eq!(found, ZoneSearch::Absent);
}

#[tokio::test]
async fn every_page_is_walked_and_a_peer_that_never_ends_is_stopped_by_an_empty_page() {
    let server = MockServer::start().await;
    let page = |number: &str, items: Value| {
        Mock::given(method("GET"))
            .and(path("/client/v4/zones"))
            .and(query_param("page", number))
            .and(query_param("per_page", "5"))
            .and(query_param("account.id", "acc"))
            .respond_with(list(&items, Some(99)))
            .expect(1)
    };
    page(
        "1",
        json!([{"id": "1", "name": "a.test", "status": "active"}]),
    )
    .mount(&server)
    .await;
    page(
        "2",
        json!([{"id": "2", "name": "b.test", "status": "read_only"}]),
    )
    .mount(&server)
    .await;
    page("3", json!([])).mount(&server).await;
    let mut filter = ZoneFilter::default();
    filter.account_id = Some("acc".to_owned());
    filter.per_page = Some(1);
    let zones: Vec<_> = at(&server)
        .zones()
        .stream(filter)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(zones.len(), 2);
    assert_eq!(zones[1].status.as_str(), "read_only");
}

#[tokio::test]
async fn without_a_count_of_pages_a_page_that_is_not_full_is_the_last() {
    let server = MockServer::start().await;
    let record =
        json!({"id": "1", "name": "a.test", "type": "A", "content": "192.0.2.1", "ttl": "300"});
    Mock::given(method("GET"))
        .and(path("/client/v4/zones/z1/dns_records"))
        .and(query_param("type", "A"))
        .and(query_param("name.exact", "a.test"))
        .and(query_param("per_page", "100"))
        .respond_with(list(
            &json!([record, {"id": "2", "name": "b.test", "type": "A"}]),
            None,
        ))
        .expect(1)
        .mount(&server)
        .await;
    let filter = RecordFilter::name("A.test.").of_type(RecordType::A);
    let found = at(&server).records("z1").all(filter).await.unwrap();
    assert_eq!(
        (found.len(), found[0].ttl),
        (1, 300),
        "what the filter does not let pass is left out"
    );
}

#[tokio::test]
async fn hostile_answers_are_refused_without_a_panic() {
    let deep = "[".repeat(1_000_000);
    for body in [
        r#"{"success": "yes", "result": []}"#.as_bytes(),
        r#"{"success": true, "result": [7]}"#.as_bytes(),
        br#"{"success": false}"#,
        br#"{"result": []}"#,
        b"\xff\xfe{\"success\": true}",
        b"null",
        deep.as_bytes(),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(200).set_body_bytes(body))
            .mount(&server)
            .await;
        let zones = at(&server).zones().page(&ZoneFilter::default(), 1).await;
        assert_eq!(zones.unwrap_err().kind(), ErrorKind::Protocol);
    }
}

/// The preference was told as text for some weeks of 2018; `null` stands for many things today.
#[tokio::test]
async fn one_odd_record_or_zone_hides_no_other() {
    let good = |id: &str| json!({"id": id, "name": "a.test", "type": "A", "content": "192.0.2.1", "ttl": 300});
    for odd in [
        json!({"id": "b", "name": "a.test", "type": "MX", "content": "mx.a.test", "priority": "10", "ttl": "1", "proxied": "false"}),
        json!({"id": "b", "name": "a.test", "type": "SRV", "content": null, "priority": {}, "ttl": null, "proxied": null, "tags": null}),
        json!({"id": "b", "name": null, "type": null, "tags": [1, "a:b"], "comment": 7}),
        json!({}),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .and(path("/client/v4/zones/z/dns_records"))
            .respond_with(list(&json!([good("a"), odd, good("c")]), Some(1)))
            .mount(&server)
            .await;
        let found = at(&server)
            .records("z")
            .all(RecordFilter::default())
            .await
            .unwrap();
        let ids: Vec<&str> = found.iter().map(|one| one.id.as_str()).collect();
        assert_eq!((ids.len(), ids[0], ids[2]), (3, "a", "c"), "{odd}");
        if odd["priority"] == "10" {
            assert_eq!(
                (found[1].priority, found[1].ttl, found[1].proxied),
                (Some(10), 1, false)
            );
        }
    }
    let server = MockServer::start().await;
    let zones = json!([
        {"id": "z1", "name": "a.test", "status": "active", "paused": "no", "name_servers": null, "account": null},
        {"id": null, "name": "b.test", "status": "active", "account": {"id": null}},
        {"id": "z3", "name": "c.test", "status": null},
    ]);
    Mock::given(method("GET"))
        .and(path("/client/v4/zones"))
        .respond_with(list(&zones, Some(1)))
        .mount(&server)
        .await;
    let found: Vec<_> = at(&server)
        .zones()
        .stream(ZoneFilter::default())
        .try_collect()
        .await
        .unwrap();
    let active: Vec<bool> = found
        .iter()
        .map(bheem_cloudflare::Zone::is_active)
        .collect();
    // One that cannot be named in a request is nobody's to write to.
    assert_eq!(active, [true, false, false]);
}
