//! Each operation against each misbehaving peer.

use bheem_http_kit::testing::{Route, misbehaving_peers};
use bheem_razorpay::{Filter, NewOrder, NewRefund};

use crate::client;

const ORDER: &str = r#"{"id": "order_1", "amount": 100, "currency": "INR", "status": "created"}"#;
const PAYMENT: &str = r#"{"id": "pay_1", "amount": 100, "currency": "INR", "status": "captured"}"#;
const REFUND: &str = r#"{"id": "rfnd_1", "payment_id": "pay_1", "amount": 100, "currency": "INR", "status": "processed"}"#;
const LIST: &str = r#"{"entity": "collection", "count": 0, "items": []}"#;

macro_rules! case {
    ($method:literal $path:literal $body:ident, |$razorpay:ident| $call:expr) => {
        misbehaving_peers(
            Route {
                method: $method,
                path: $path,
                body: Some($body),
            },
            |peer| async move {
                let $razorpay = client(&peer);
                $call.await
            },
        )
        .await;
    };
}

#[tokio::test]
async fn orders_understand_misbehaviour() {
    let new = || NewOrder::new(100, "INR", "r");
    case!("POST" "/v1/orders" ORDER, |it| it.orders().create(&new()));
    case!("GET" "/v1/orders/order_1" ORDER, |it| it.orders().find("order_1"));
    case!("GET" "/v1/orders" LIST, |it| it.orders().find_by_receipt("r"));
    case!("GET" "/v1/orders" LIST, |it| it.orders().ensure(&new()));
    case!("GET" "/v1/orders/order_1/payments" LIST, |it| it.orders().payments("order_1"));
    case!("GET" "/v1/orders" LIST, |it| it.orders().page(&Filter::default(), 0));
}

#[tokio::test]
async fn payments_understand_misbehaviour() {
    let new = || NewRefund::full("r");
    case!("GET" "/v1/payments/pay_1" PAYMENT, |it| it.payments().find("pay_1"));
    case!("GET" "/v1/payments" LIST, |it| it.payments().page(&Filter::default(), 0));
    case!("POST" "/v1/payments/pay_1/capture" PAYMENT, |it| it.payments().capture("pay_1", 1, "INR"));
    case!("POST" "/v1/payments/pay_1/refund" REFUND, |it| it.payments().refund("pay_1", &new()));
    case!("GET" "/v1/payments/pay_1/refunds" LIST, |it| it.payments().refunds("pay_1", &Filter::default(), 0));
    case!("GET" "/v1/payments/pay_1/refunds" LIST, |it| it.payments().find_refund_by_receipt("pay_1", "r"));
    case!("GET" "/v1/refunds/rfnd_1" REFUND, |it| it.payments().find_refund("rfnd_1"));
}
