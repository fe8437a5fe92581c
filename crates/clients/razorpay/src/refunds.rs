//! Refunds (<https://razorpay.com/docs/api/refunds/>).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::RefundStatus;

/// A refund that is to be made.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct NewRefund {
    /// How much, in the smallest unit of the currency; all that is left when `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// Your own name for it, unique: its natural key.
    pub receipt: String,
    /// Up to 15 notes of your own.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub notes: BTreeMap<String, String>,
}

impl NewRefund {
    /// All that is left of a payment.
    pub fn full(receipt: impl Into<String>) -> Self {
        Self {
            receipt: receipt.into(),
            ..Self::default()
        }
    }

    /// A part, in the smallest unit of the currency.
    pub fn partial(receipt: impl Into<String>, amount: i64) -> Self {
        Self {
            amount: Some(amount),
            ..Self::full(receipt)
        }
    }
}

/// A refund.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct Refund {
    /// `rfnd_…`.
    pub id: String,
    /// The payment.
    pub payment_id: String,
    /// How much, in the smallest unit of the currency.
    pub amount: i64,
    /// Three letters.
    pub currency: String,
    /// Your own name for it.
    #[serde(default)]
    pub receipt: Option<String>,
    /// How far it is.
    pub status: RefundStatus,
    /// When it was made, in seconds since 1970.
    #[serde(default)]
    pub created_at: i64,
}
