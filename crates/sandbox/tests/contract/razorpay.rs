//! Razorpay: what its client is promised, and payments with their webhooks.

#[path = "../../../clients/razorpay/tests/contract/mod.rs"]
mod suite;

use bheem_razorpay::{Checkout, Client, EventKind, NewOrder, SecretString, Webhooks};
use bheem_sandbox::{PeerHandle, Sandbox};
use serde_json::{Value, json};

use crate::support::{Receiver, control};

fn client(peer: &PeerHandle) -> Client {
    let secret = peer.credential("key_secret").to_owned();
    Client::builder(&peer.base_url, peer.credential("key_id"), secret.into())
        .build()
        .unwrap()
}

async fn pay(peer: &PeerHandle, order_id: &str, outcome: &str) -> Value {
    control(
        peer,
        "pay",
        &json!({"order_id": order_id, "outcome": outcome}),
    )
    .await
}

#[tokio::test]
async fn the_contract_holds() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.razorpay;
    let razorpay = client(peer);
    suite::orders(&razorpay, "r", true).await;
    let order = NewOrder::new(49_900, "INR", "paid");
    let order = razorpay.orders().create(&order).await.unwrap();
    let paid = pay(peer, &order.id, "authorized").await;
    let payment = paid["razorpay_payment_id"].as_str().unwrap();
    suite::payments(&razorpay, &order.id, payment, "r").await;
    suite::refunds(&razorpay, payment, "r").await;
}

#[tokio::test]
async fn a_payment_is_signed_for_the_page_and_told_by_webhook() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.razorpay;
    let receiver = Receiver::start().await;
    assert!(peer.set_options(&json!({"webhook_url": receiver.url})));
    let razorpay = client(peer);
    let order = NewOrder::new(10_000, "INR", "r");
    let order = razorpay.orders().create(&order).await.unwrap();

    pay(peer, &order.id, "failed").await;
    let paid = pay(peer, &order.id, "captured").await;
    let secret = SecretString::from(peer.credential("key_secret").to_owned());
    let text = |name: &str| paid[name].as_str().unwrap().to_owned();
    Checkout::new([&secret])
        .verify(
            &order.id,
            &text("razorpay_payment_id"),
            &text("razorpay_signature"),
        )
        .unwrap();

    let secret = SecretString::from(peer.credential("webhook_secret").to_owned());
    let webhooks = Webhooks::new([&secret]);
    let mut kinds = Vec::new();
    let mut ids = Vec::new();
    for _ in 0..4 {
        let came = receiver.next().await;
        let event = webhooks
            .receive(&came.body, came.header("x-razorpay-signature"))
            .unwrap();
        ids.push(came.header("x-razorpay-event-id").to_owned());
        kinds.push(event.kind);
    }
    // They come in any order, as from Razorpay.
    kinds.sort_by_key(ToString::to_string);
    let expected = [
        EventKind::OrderPaid,
        EventKind::PaymentAuthorized,
        EventKind::PaymentCaptured,
        EventKind::PaymentFailed,
    ];
    assert_eq!(kinds, expected);
    control(peer, "repeat_webhook", &json!({})).await;
    let repeated = receiver.next().await;
    assert!(ids.contains(&repeated.header("x-razorpay-event-id").to_owned()));
}
