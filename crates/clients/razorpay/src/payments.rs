//! Payments (<https://razorpay.com/docs/api/payments/>).

use std::collections::BTreeMap;

use bheem_http_kit::{Method, Page, stream_pages};
use futures::Stream;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::{Client, Error, Filter, NewRefund, PaymentStatus, Refund, page::Collection};

/// A payment.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct Payment {
    /// `pay_…`.
    pub id: String,
    /// How much, in the smallest unit of the currency.
    pub amount: i64,
    /// Three letters.
    pub currency: String,
    /// How far it is.
    pub status: PaymentStatus,
    /// The order it is for.
    #[serde(default)]
    pub order_id: Option<String>,
    /// `card`, `upi`, `netbanking` and so on.
    #[serde(default)]
    pub method: Option<String>,
    /// Whether the amount is ours.
    #[serde(default)]
    pub captured: bool,
    /// What was given back.
    #[serde(default)]
    pub amount_refunded: i64,
    /// Why it failed, as a word.
    #[serde(default)]
    pub error_reason: Option<String>,
    /// Your notes.
    #[serde(default, deserialize_with = "notes")]
    pub notes: BTreeMap<String, String>,
    /// When it was begun, in seconds since 1970.
    #[serde(default)]
    pub created_at: i64,
}

/// No notes are an empty list (PHP), some are an object.
pub(crate) fn notes<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Object(notes) => notes
            .into_iter()
            .map(|(name, value)| match value {
                Value::String(text) => (name, text),
                other => (name, other.to_string()),
            })
            .collect(),
        _ => BTreeMap::new(),
    })
}

/// Payments of an account.
#[derive(Debug, Clone, Copy)]
pub struct Payments<'a> {
    pub(crate) client: &'a Client,
}

impl Payments<'_> {
    /// The payment with this id.
    ///
    /// # Errors
    /// As the client's.
    pub async fn find(&self, id: &str) -> Result<Option<Payment>, Error> {
        const OPERATION: &str = "find_payment";
        let path = ["payments", id];
        let request = self.client.request(OPERATION, Method::GET, &path);
        self.client.fetch_one(OPERATION, request).await
    }

    /// One page of payments, newest first, after leaving out `skip`.
    ///
    /// # Errors
    /// As the client's.
    pub async fn page(&self, filter: &Filter, skip: u64) -> Result<Page<Payment>, Error> {
        const OPERATION: &str = "list_payments";
        let request = self.client.request(OPERATION, Method::GET, &["payments"]);
        let request = filter.apply(request, skip);
        Ok(filter.page(skip, self.client.fetch(OPERATION, request).await?))
    }

    /// All payments, newest first, page by page.
    pub fn stream(&self, filter: Filter) -> impl Stream<Item = Result<Payment, Error>> {
        let client = self.client.clone();
        stream_pages(0, move |skip| {
            let (client, filter) = (client.clone(), filter.clone());
            async move { client.payments().page(&filter, skip).await }
        })
    }

    /// Takes the amount of an authorised payment; it must be the whole. Sent once.
    ///
    /// # Errors
    /// [`crate::Reason::AlreadyCaptured`] when it was taken before, else as the client's.
    pub async fn capture(&self, id: &str, amount: i64, currency: &str) -> Result<Payment, Error> {
        const OPERATION: &str = "capture_payment";
        let path = ["payments", id, "capture"];
        let request = self.client.request(OPERATION, Method::POST, &path);
        let body = json!({"amount": amount, "currency": currency});
        self.client.fetch(OPERATION, request.json(&body)).await
    }

    /// Gives a payment back, as a whole or in part; sent once. After an unknown outcome look at
    /// [`Self::find_refund_by_receipt`].
    ///
    /// # Errors
    /// [`crate::Reason::AlreadyRefunded`] when nothing is left, else as the client's.
    pub async fn refund(&self, id: &str, new: &NewRefund) -> Result<Refund, Error> {
        const OPERATION: &str = "refund_payment";
        let path = ["payments", id, "refund"];
        let request = self.client.request(OPERATION, Method::POST, &path);
        self.client.fetch(OPERATION, request.json(new)).await
    }

    /// One page of a payment's refunds, newest first, after leaving out `skip`.
    ///
    /// # Errors
    /// As the client's.
    pub async fn refunds(
        &self,
        id: &str,
        filter: &Filter,
        skip: u64,
    ) -> Result<Page<Refund>, Error> {
        const OPERATION: &str = "list_refunds";
        let path = ["payments", id, "refunds"];
        let request = self.client.request(OPERATION, Method::GET, &path);
        let request = filter.apply(request, skip);
        let found: Collection<Refund> = self.client.fetch(OPERATION, request).await?;
        Ok(filter.page(skip, found))
    }

    /// The refund of a payment with this receipt, the natural key of refunds.
    ///
    /// # Errors
    /// As the client's.
    pub async fn find_refund_by_receipt(
        &self,
        id: &str,
        receipt: &str,
    ) -> Result<Option<Refund>, Error> {
        let filter = Filter::default();
        let mut skip = 0;
        loop {
            let page = self.refunds(id, &filter, skip).await?;
            let is_it = |refund: &Refund| refund.receipt.as_deref() == Some(receipt);
            if let Some(found) = page.items.into_iter().find(is_it) {
                return Ok(Some(found));
            }
            match page.next {
                Some(next) => skip = next,
                None => return Ok(None),
            }
        }
    }

    /// The refund with this id.
    ///
    /// # Errors
    /// As the client's.
    pub async fn find_refund(&self, refund_id: &str) -> Result<Option<Refund>, Error> {
        const OPERATION: &str = "find_refund";
        let path = ["refunds", refund_id];
        let request = self.client.request(OPERATION, Method::GET, &path);
        self.client.fetch_one(OPERATION, request).await
    }
}
