//! Orders (<https://razorpay.com/docs/api/orders/>).

use std::collections::BTreeMap;

use bheem_http_kit::{Method, Page, stream_pages};
use futures::Stream;
use serde::{Deserialize, Serialize};

use crate::{Client, Error, Filter, OrderStatus, Payment, Reason, page::Collection};

/// An order that is to be made.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct NewOrder {
    /// How much, in the smallest unit of the currency; at least 100 paise.
    pub amount: i64,
    /// Three letters, such as `INR`.
    pub currency: String,
    /// Your own name for it, unique, at most 40 characters: its natural key.
    pub receipt: String,
    /// Up to 15 notes of your own.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub notes: BTreeMap<String, String>,
    /// Whether it may be paid in parts.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub partial_payment: bool,
}

impl NewOrder {
    /// An order of an amount in the smallest unit of its currency.
    pub fn new(amount: i64, currency: impl Into<String>, receipt: impl Into<String>) -> Self {
        Self {
            amount,
            currency: currency.into(),
            receipt: receipt.into(),
            notes: BTreeMap::new(),
            partial_payment: false,
        }
    }

    /// With a note.
    #[must_use]
    pub fn note(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.notes.insert(name.into(), value.into());
        self
    }
}

/// An order.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct Order {
    /// `order_…`.
    pub id: String,
    /// How much, in the smallest unit of the currency.
    pub amount: i64,
    /// What of it is paid.
    #[serde(default)]
    pub amount_paid: i64,
    /// What of it is not.
    #[serde(default)]
    pub amount_due: i64,
    /// Three letters.
    pub currency: String,
    /// Your own name for it.
    #[serde(default)]
    pub receipt: Option<String>,
    /// How far it is.
    pub status: OrderStatus,
    /// How often somebody tried to pay.
    #[serde(default)]
    pub attempts: u32,
    /// Your notes.
    #[serde(default, deserialize_with = "crate::payments::notes")]
    pub notes: BTreeMap<String, String>,
    /// When it was made, in seconds since 1970.
    #[serde(default)]
    pub created_at: i64,
}

/// Orders of an account.
#[derive(Debug, Clone, Copy)]
pub struct Orders<'a> {
    pub(crate) client: &'a Client,
}

impl Orders<'_> {
    /// Makes an order; sent once.
    ///
    /// # Errors
    /// [`Reason::ReceiptTaken`] when there is one with this receipt, else as the client's.
    pub async fn create(&self, new: &NewOrder) -> Result<Order, Error> {
        const OPERATION: &str = "create_order";
        let request = self.client.request(OPERATION, Method::POST, &["orders"]);
        self.client.fetch(OPERATION, request.json(new)).await
    }

    /// The order with this receipt, made now unless there is one. One that is there is answered as it is, whatever
    /// its amount: compare.
    ///
    /// # Errors
    /// As the client's.
    pub async fn ensure(&self, new: &NewOrder) -> Result<Order, Error> {
        if let Some(order) = self.find_by_receipt(&new.receipt).await? {
            return Ok(order);
        }
        match self.create(new).await {
            // Somebody else was faster.
            Err(Error::Refused {
                reason: Reason::ReceiptTaken,
                operation,
                code,
                field,
                description,
            }) => {
                let found = self.find_by_receipt(&new.receipt).await?;
                found.ok_or(Error::Refused {
                    reason: Reason::ReceiptTaken,
                    operation,
                    code,
                    field,
                    description,
                })
            }
            other => other,
        }
    }

    /// The order with this id.
    ///
    /// # Errors
    /// As the client's.
    pub async fn find(&self, id: &str) -> Result<Option<Order>, Error> {
        const OPERATION: &str = "find_order";
        let request = self.client.request(OPERATION, Method::GET, &["orders", id]);
        self.client.fetch_one(OPERATION, request).await
    }

    /// The order with this receipt; the newest, where the account lets several have one.
    ///
    /// # Errors
    /// As the client's.
    pub async fn find_by_receipt(&self, receipt: &str) -> Result<Option<Order>, Error> {
        const OPERATION: &str = "find_order_by_receipt";
        let request = self.client.request(OPERATION, Method::GET, &["orders"]);
        let request = request.query("receipt", receipt).query("count", "10");
        let found: Collection<Order> = self.client.fetch(OPERATION, request).await?;
        // A filter that some version of the peer does not know would answer anything.
        let is_it = |order: &Order| order.receipt.as_deref() == Some(receipt);
        Ok(found.items.into_iter().find(is_it))
    }

    /// The payments that were tried for an order.
    ///
    /// # Errors
    /// [`Reason::NotFound`] for an order that does not exist, else as the client's.
    pub async fn payments(&self, id: &str) -> Result<Vec<Payment>, Error> {
        const OPERATION: &str = "list_order_payments";
        let path = ["orders", id, "payments"];
        let request = self.client.request(OPERATION, Method::GET, &path);
        let found: Collection<Payment> = self.client.fetch(OPERATION, request).await?;
        Ok(found.items)
    }

    /// One page of orders, newest first, after leaving out `skip`.
    ///
    /// # Errors
    /// As the client's.
    pub async fn page(&self, filter: &Filter, skip: u64) -> Result<Page<Order>, Error> {
        const OPERATION: &str = "list_orders";
        let request = self.client.request(OPERATION, Method::GET, &["orders"]);
        let request = filter.apply(request, skip);
        Ok(filter.page(skip, self.client.fetch(OPERATION, request).await?))
    }

    /// All orders, newest first, page by page.
    pub fn stream(&self, filter: Filter) -> impl Stream<Item = Result<Order, Error>> {
        let client = self.client.clone();
        stream_pages(0, move |skip| {
            let (client, filter) = (client.clone(), filter.clone());
            async move { client.orders().page(&filter, skip).await }
        })
    }
}
