//! Razorpay's API v1 (<https://razorpay.com/docs/api/>): orders, payments, refunds, webhooks. Paying is done by
//! control, as a customer does at the checkout.

mod answer;
mod checkout;
mod orders;
mod payments;
mod webhooks;

use serde_json::{Value, json};

use crate::{
    credentials::Credentials,
    digest,
    http::{Answer, Request},
    peer::Service,
    store::Store,
};
use answer::refuse;

/// See the module.
pub(crate) struct Razorpay {
    key_id: String,
    key_secret: String,
    webhook_secret: String,
}

impl Razorpay {
    pub(crate) fn new(credentials: &Credentials) -> Self {
        Self {
            key_id: credentials.razorpay_key_id.clone(),
            key_secret: credentials.razorpay_key_secret.clone(),
            webhook_secret: credentials.razorpay_webhook_secret.clone(),
        }
    }

    fn knows(&self, request: &Request) -> bool {
        request.basic().is_some_and(|(id, secret)| {
            id == self.key_id && digest::equal(&secret, &self.key_secret)
        })
    }
}

impl Service for Razorpay {
    fn seed(&self, _store: &mut Store) {}

    fn answer(&self, request: &Request, store: &mut Store) -> Answer {
        let Some(segments) = request.segments_after("/v1/") else {
            return not_found();
        };
        if !self.knows(request) {
            return refuse(401, "Authentication failed", None);
        }
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        let secret = &self.webhook_secret;
        match (request.method.as_str(), path.as_slice()) {
            ("POST", ["orders"]) => orders::create(request, store),
            ("GET", ["orders"]) => orders::list(request, store),
            ("GET", ["orders", id]) => answer::one(store, "order", id),
            ("GET", ["orders", id, "payments"]) => orders::payments(store, id),
            ("GET", ["payments"]) => payments::list(request, store),
            ("GET", ["payments", id]) => answer::one(store, "payment", id),
            ("POST", ["payments", id, "capture"]) => payments::capture(request, store, id, secret),
            ("POST", ["payments", id, "refund"]) => payments::refund(request, store, id, secret),
            ("GET", ["payments", id, "refunds"]) => payments::refunds(request, store, id),
            ("GET", ["refunds", id]) => answer::one(store, "refund", id),
            _ => not_found(),
        }
    }

    fn failure(&self, status: u16) -> Answer {
        let code = match status {
            502 | 504 => "GATEWAY_ERROR",
            500.. => "SERVER_ERROR",
            _ => "BAD_REQUEST_ERROR",
        };
        answer::error(status, code, "The request could not be completed", None)
    }

    fn state(&self, store: &Store) -> Value {
        json!({
            "orders": store.values("order"),
            "payments": store.values("payment"),
            "refunds": store.values("refund"),
            "options": webhooks::options(store),
        })
    }

    fn control(&self, path: &str, request: &Request, store: &mut Store) -> Option<Answer> {
        match (request.method.as_str(), path) {
            ("GET" | "PUT", "options") => Some(webhooks::control(request, store)),
            ("POST", "pay") => Some(checkout::pay(
                request,
                store,
                &self.key_secret,
                &self.webhook_secret,
            )),
            ("POST", "repeat_webhook") => {
                Some(webhooks::repeat(request, store, &self.webhook_secret))
            }
            _ => None,
        }
    }
}

fn not_found() -> Answer {
    refuse(404, "The requested URL was not found on the server.", None)
}
