//! Events (<https://razorpay.com/docs/webhooks/payloads/>).

use bheem_http_kit::text_enum;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Order, Payment, Refund};

text_enum! {
    /// What happened.
    EventKind {
        /// An order is paid.
        OrderPaid = "order.paid",
        /// The bank holds the amount.
        PaymentAuthorized = "payment.authorized",
        /// The amount is ours.
        PaymentCaptured = "payment.captured",
        /// A payment was refused; it may still be authorised late.
        PaymentFailed = "payment.failed",
        /// A refund was begun.
        RefundCreated = "refund.created",
        /// A refund is done.
        RefundProcessed = "refund.processed",
        /// A bank did not take a refund.
        RefundFailed = "refund.failed",
    }
}

/// Something that happened. It may come twice, and later than what happened after it: its parts say how things
/// were then.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// When, in seconds since 1970.
    pub created_at: i64,
    /// The account, where one receives the events of several.
    pub account_id: Option<String>,
    /// The order, when it is about one.
    pub order: Option<Order>,
    /// The payment, when it is about one.
    pub payment: Option<Payment>,
    /// The refund, when it is about one.
    pub refund: Option<Refund>,
}

#[derive(Deserialize)]
struct Body {
    event: String,
    #[serde(default)]
    created_at: i64,
    #[serde(default)]
    account_id: Option<String>,
    #[serde(default)]
    payload: Value,
}

impl Event {
    /// Reads a body whose signature was found right; a part that is not as documented makes it unreadable.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let body: Body = serde_json::from_slice(body).ok()?;
        Some(Self {
            kind: EventKind::from(body.event.as_str()),
            created_at: body.created_at,
            account_id: body.account_id,
            order: entity(&body.payload, "order")?,
            payment: entity(&body.payload, "payment")?,
            refund: entity(&body.payload, "refund")?,
        })
    }
}

/// `Some(None)` when it is absent.
fn entity<T: DeserializeOwned>(payload: &Value, name: &str) -> Option<Option<T>> {
    match payload.get(name).and_then(|part| part.get("entity")) {
        None => Some(None),
        Some(entity) => T::deserialize(entity).ok().map(Some),
    }
}
