//! The client against the wire.
#![cfg(test)]

use std::time::Duration;

use bheem_erp::{
    Auth, CachedPlans, Cancellation, Client, ErrorKind, Limit, NewContact, NewSubscription,
};
use bheem_http_kit::testing::{Peer, Route, captured_log, misbehaving_peers};
use bheem_http_kit::{ExposeSecret as _, RetryPolicy, throwaway_password};
use serde_json::{Value, json};
use wiremock::matchers::{any, body_json, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn client(peer: &Peer) -> Client {
    Client::builder(&peer.url, Auth::bearer("token".into()))
        .timeout(peer.timeout)
        .max_body_bytes(peer.max_body_bytes)
        .build()
        .unwrap()
}

fn at(server: &MockServer) -> Client {
    Client::builder(server.uri(), Auth::bearer("token".into()))
        .retry(RetryPolicy::none())
        .build()
        .unwrap()
}

fn plans() -> Value {
    json!({"plans": [
        {"plan_id": 7, "sku_code": "A", "name": "A", "base_price": "499.00", "features": {"max_users": -1, "gb": "50"}},
        {"sku_code": "B", "name": "B", "base_price": 9.5, "features": ["sso"], "tiers": [{}]},
    ]})
}

#[tokio::test]
async fn plans_are_asked_for_with_a_slash_and_read_leniently() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/api/subscriptions/plans/"))
        .and(header("authorization", "Bearer token"))
        .and(header("x-source", "workspace"))
        .respond_with(ResponseTemplate::new(200).set_body_json(plans()))
        .expect(1)
        .mount(&server)
        .await;
    let plans = at(&server).plans().await.unwrap();
    assert_eq!(plans[0].id.as_deref(), Some("7"));
    assert_eq!(plans[0].max_users(), Some(Limit::Unlimited));
    assert_eq!(plans[0].limit("gb"), Some(Limit::AtMost(50)));
    assert_eq!(plans[0].limit("none"), None);
    assert_eq!(plans[1].base_price.minor_units(), 950);
    assert_eq!(plans[1].features["sso"], true);
}

#[tokio::test]
async fn a_redirect_is_an_error_and_the_token_stays_here() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(307).insert_header("location", "/elsewhere"))
        .expect(1)
        .mount(&server)
        .await;
    assert!(at(&server).plans().await.is_err());
}

#[tokio::test]
async fn what_is_sent_is_what_is_documented() {
    let server = MockServer::start().await;
    let made = json!({"subscription_id": 5, "status": "ACTIVE", "user_id": "u"});
    Mock::given(method("POST"))
        .and(path("/api/subscriptions/"))
        .and(body_json(
            json!({"user_id": "u", "plan_id": "p", "payment_reference": "r"}),
        ))
        .respond_with(ResponseTemplate::new(201).set_body_json(&made))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(path("/api/subscriptions/5/cancel/"))
        .and(body_json(json!({"reason": "why", "immediate": false})))
        .respond_with(ResponseTemplate::new(200).set_body_json(&made))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(path("/api/sales/crm/contacts/"))
        .and(body_json(json!({
            "first_name": "J", "last_name": "S", "email": "j@a.test", "contact_type": "CUSTOMER", "source": "WORKSPACE",
        })))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"id": "c"})))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path("/api/sales/crm/contacts/"))
        .and(query_param("email", "j@a.test"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"results": [
            {"id": 1, "email": "other@a.test"}, {"id": 2, "email": "J@a.test"},
        ]})))
        .expect(1)
        .mount(&server)
        .await;
    let erp = at(&server);
    let subscription = erp
        .create_subscription(&NewSubscription::new("u", "p", "r"))
        .await
        .unwrap();
    assert_eq!(
        (subscription.id.as_str(), subscription.status.as_str()),
        ("5", "active")
    );
    erp.cancel_subscription("5", "why", Cancellation::AtEnd)
        .await
        .unwrap();
    erp.create_contact(&NewContact::customer("J", "S", "j@a.test"))
        .await
        .unwrap();
    let found = erp.find_contact_by_email("j@a.test").await.unwrap();
    assert_eq!(found.unwrap().id, "2");
}

#[tokio::test]
async fn the_cache_asks_once_and_tells_when_what_it_kept_is_old() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_json(plans()))
        .up_to_n_times(2)
        .expect(2)
        .mount(&server)
        .await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(503))
        .mount(&server)
        .await;
    let cache = CachedPlans::new(at(&server), Duration::from_hours(1));
    let (first, same) = (
        cache.get().await.unwrap(),
        cache.clone().get().await.unwrap(),
    );
    assert!(!first.is_old && !same.is_old && first.plans.len() == 2);
    assert_eq!(first.age, Duration::ZERO);

    // Plans that are never fresh are asked for each time.
    let cache = CachedPlans::new(at(&server), Duration::ZERO);
    assert!(!cache.get().await.unwrap().is_old);
    let old = cache.get().await.unwrap();
    assert!(old.is_old && old.age > Duration::ZERO);
    assert_eq!(old.plans, first.plans);
    let nothing = CachedPlans::new(at(&server), Duration::ZERO).get().await;
    assert_eq!(nothing.unwrap_err().kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn those_who_wait_for_an_erp_that_fails_do_not_ask_it_one_after_the_other() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_json(plans()))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(503))
        .expect(1)
        .mount(&server)
        .await;
    let cache = CachedPlans::new(at(&server), Duration::ZERO);
    cache.get().await.unwrap();
    let (first, second) = tokio::join!(cache.get(), cache.get());
    assert!(first.unwrap().is_old && second.unwrap().is_old);
}

#[tokio::test]
async fn every_operation_understands_misbehaviour() {
    macro_rules! case {
        ($method:literal $path:literal $body:expr, |$erp:ident| $call:expr) => {
            let route = Route {
                method: $method,
                path: $path,
                body: Some($body),
            };
            misbehaving_peers(route, |peer| async move {
                let $erp = client(&peer);
                $call.await
            })
            .await;
        };
    }
    let one = r#"{"id": 1, "status": "active", "user_id": "u"}"#;
    let contact = r#"{"id": 1, "email": "j@a.test"}"#;
    let new = || NewSubscription::new("u", "p", "r");
    let person = || NewContact::customer("J", "S", "j@a.test");
    case!("GET" "/api/subscriptions/plans/" r#"{"plans": []}"#, |erp| erp.plans());
    case!("GET" "/api/subscriptions/user/u/" one, |erp| erp.subscription_of("u"));
    case!("POST" "/api/subscriptions/" one, |erp| erp.create_subscription(&new()));
    case!("POST" "/api/subscriptions/1/activate/" one, |erp| erp.activate_subscription("1"));
    case!("POST" "/api/subscriptions/1/cancel/" one, |erp| erp.cancel_subscription("1", "r", Cancellation::AtEnd));
    case!("POST" "/api/sales/crm/contacts/" contact, |erp| erp.create_contact(&person()));
    case!("GET" "/api/sales/crm/contacts/" "[]", |erp| erp.find_contact_by_email("j@a.test"));
}

#[tokio::test]
async fn hostile_answers_are_refused_without_a_panic() {
    let deep = "[".repeat(1_000_000);
    for body in [
        br#"{"plans": {"sku_code": 1}}"#.as_slice(),
        br#"{"plans": [{"sku_code": "a", "name": "a", "base_price": {}}]}"#,
        b"\xff\xfe{}",
        b"null",
        deep.as_bytes(),
    ] {
        let server = MockServer::start().await;
        Mock::given(any())
            .respond_with(ResponseTemplate::new(200).set_body_bytes(body))
            .mount(&server)
            .await;
        assert_eq!(
            at(&server).plans().await.unwrap_err().kind(),
            ErrorKind::Protocol
        );
    }
}

#[tokio::test]
async fn the_token_is_not_shown() {
    let server = MockServer::start().await;
    let token = throwaway_password();
    Mock::given(any())
        .respond_with(ResponseTemplate::new(500).set_body_string(token.expose_secret()))
        .mount(&server)
        .await;
    let work = async {
        let erp = Client::builder(server.uri(), Auth::bearer(token.clone()))
            .build()
            .unwrap();
        let error = erp
            .create_subscription(&NewSubscription::new("u", "p", "r"))
            .await
            .unwrap_err();
        format!("{erp:?} {error:?} {error}")
    };
    let (shown, log) = captured_log(work).await;
    assert!(log.contains("operation=\"create_subscription\""), "{log}");
    assert!(!log.contains(token.expose_secret()) && !shown.contains(token.expose_secret()));
}
