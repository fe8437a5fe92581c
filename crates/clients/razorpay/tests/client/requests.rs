//! What is sent, and what unusual answers mean.

use bheem_razorpay::{Effect, Error, ErrorKind, Filter, NewOrder, NewRefund, OrderStatus, Reason};
use serde_json::json;
use wiremock::matchers::{basic_auth, body_json, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::at;

#[tokio::test]
async fn an_order_is_sent_as_documented_and_odd_answers_are_read() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1/orders"))
        .and(basic_auth("rzp_test", "secret"))
        .and(body_json(json!({
            "amount": 49900, "currency": "INR", "receipt": "r-1", "notes": {"a": "b"},
        })))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({
            "id": "order_1", "entity": "order", "amount": 49900, "currency": "INR",
            "status": "on_hold", "notes": [], "receipt": null, "tomorrow": {"new": true},
        })))
        .expect(1)
        .mount(&server)
        .await;
    let order = NewOrder::new(49_900, "INR", "r-1").note("a", "b");
    let order = at(&server).orders().create(&order).await.unwrap();
    assert_eq!(order.status, OrderStatus::Other("on_hold".to_owned()));
    assert_eq!((order.receipt, order.notes.len()), (None, 0));
}

#[tokio::test]
async fn refusals_are_sorted_by_razorpays_words() {
    for (status, description, reason, kind) in [
        (
            400,
            "The id provided does not exist",
            Reason::NotFound,
            ErrorKind::NotFound,
        ),
        (
            400,
            "pay_1 is not a valid id",
            Reason::NotFound,
            ErrorKind::NotFound,
        ),
        (404, "anything", Reason::NotFound, ErrorKind::NotFound),
        (
            400,
            "Order receipt should be unique.",
            Reason::ReceiptTaken,
            ErrorKind::Conflict,
        ),
        (
            400,
            "This payment has already been captured",
            Reason::AlreadyCaptured,
            ErrorKind::Conflict,
        ),
        (
            400,
            "The payment has been fully refunded already",
            Reason::AlreadyRefunded,
            ErrorKind::Conflict,
        ),
        (400, "Something else", Reason::Other, ErrorKind::Invalid),
    ] {
        let server = MockServer::start().await;
        let body = json!({"error": {"code": "BAD_REQUEST_ERROR", "description": description, "field": ""}});
        Mock::given(method("POST"))
            .and(path("/v1/payments/pay_1/refund"))
            .respond_with(ResponseTemplate::new(status).set_body_json(body))
            .expect(1)
            .mount(&server)
            .await;
        let refund = NewRefund::full("r");
        let error = at(&server)
            .payments()
            .refund("pay_1", &refund)
            .await
            .unwrap_err();
        assert_eq!((error.kind(), error.effect()), (kind, Effect::Rejected));
        assert!(
            matches!(error, Error::Refused { reason: found, field: None, .. } if found == reason)
        );
    }
}

#[tokio::test]
async fn a_lost_race_for_a_receipt_finds_what_the_other_made() {
    let server = MockServer::start().await;
    let taken = json!({"error": {"code": "BAD_REQUEST_ERROR", "description": "Order receipt should be unique."}});
    let order = json!({"id": "order_9", "amount": 100, "currency": "INR", "status": "created", "receipt": "r"});
    let list = |items| json!({"entity": "collection", "items": items});
    let looking = || {
        Mock::given(method("GET"))
            .and(path("/v1/orders"))
            .and(query_param("receipt", "r"))
    };
    looking()
        .respond_with(ResponseTemplate::new(200).set_body_json(list(json!([]))))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    looking()
        .respond_with(ResponseTemplate::new(200).set_body_json(list(json!([order]))))
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(400).set_body_json(taken))
        .expect(1)
        .mount(&server)
        .await;
    let order = at(&server)
        .orders()
        .ensure(&NewOrder::new(100, "INR", "r"))
        .await;
    assert_eq!(order.unwrap().id, "order_9");
}

#[tokio::test]
async fn the_filter_is_sent_and_an_order_of_another_receipt_is_not_taken_for_it() {
    let server = MockServer::start().await;
    let other = json!({"items": [{"id": "order_2", "amount": 1, "currency": "INR", "status": "paid", "receipt": "x"}]});
    Mock::given(method("GET"))
        .and(path("/v1/orders"))
        .and(query_param("from", "10"))
        .and(query_param("to", "20"))
        .and(query_param("count", "100"))
        .and(query_param("skip", "7"))
        .respond_with(ResponseTemplate::new(200).set_body_json(&other))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(query_param("receipt", "r"))
        .respond_with(ResponseTemplate::new(200).set_body_json(&other))
        .expect(1)
        .mount(&server)
        .await;
    let razorpay = at(&server);
    let page = razorpay
        .orders()
        .page(&Filter::between(10, 20), 7)
        .await
        .unwrap();
    assert_eq!((page.items.len(), page.next), (1, None));
    assert!(
        razorpay
            .orders()
            .find_by_receipt("r")
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn hostile_answers_are_refused_without_a_panic() {
    let deep = "[".repeat(1_000_000);
    for body in [
        r#"{"id": 7, "amount": "much", "currency": [], "status": null}"#.as_bytes(),
        b"\xff\xfe{\"id\": 1}",
        b"null",
        deep.as_bytes(),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(200).set_body_bytes(body))
            .mount(&server)
            .await;
        let error = at(&server).payments().find("pay_1").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol);
    }
}
