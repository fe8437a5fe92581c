//! Subscriptions.

use std::fmt;

use bheem_http_kit::{Error, Method, lenient};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;

use crate::Client;

/// A subscription that is to be made.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct NewSubscription {
    /// Whose.
    pub user_id: String,
    /// Of which plan.
    pub plan_id: String,
    /// The company it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_id: Option<String>,
    /// Which size of the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier_id: Option<String>,
    /// What was paid: the natural key.
    pub payment_reference: String,
}

impl NewSubscription {
    /// A subscription of somebody to a plan, for a payment.
    pub fn new(
        user_id: impl Into<String>,
        plan_id: impl Into<String>,
        payment_reference: impl Into<String>,
    ) -> Self {
        Self {
            user_id: user_id.into(),
            plan_id: plan_id.into(),
            company_id: None,
            tier_id: None,
            payment_reference: payment_reference.into(),
        }
    }
}

/// How far a subscription is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubscriptionStatus {
    /// Not yet in force.
    Pending,
    /// In force.
    Active,
    /// Ended by somebody; it may run until the end of what was paid.
    Cancelled,
    /// Ended by itself.
    Expired,
    /// One that this crate does not know.
    Other(String),
}

impl SubscriptionStatus {
    /// The ERP's word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Other(text) => text,
        }
    }
}

impl fmt::Display for SubscriptionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for SubscriptionStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?.to_ascii_lowercase();
        Ok(match text.as_str() {
            "pending" => Self::Pending,
            "active" => Self::Active,
            "cancelled" | "canceled" => Self::Cancelled,
            "expired" => Self::Expired,
            _ => Self::Other(text),
        })
    }
}

/// A subscription.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct Subscription {
    /// Its id.
    #[serde(alias = "subscription_id", deserialize_with = "id")]
    pub id: String,
    /// Whose.
    #[serde(default, deserialize_with = "lenient::text")]
    pub user_id: Option<String>,
    /// Of which plan.
    #[serde(default, deserialize_with = "lenient::text")]
    pub plan_id: Option<String>,
    /// How far it is.
    pub status: SubscriptionStatus,
    /// What was paid.
    #[serde(default, deserialize_with = "lenient::text")]
    pub payment_reference: Option<String>,
    /// The end of what was paid, as the ERP writes times.
    #[serde(default, deserialize_with = "lenient::text")]
    pub end_date: Option<String>,
}

fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    lenient::text(deserializer)?.ok_or_else(|| serde::de::Error::missing_field("id"))
}

/// How a subscription ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancellation {
    /// Now.
    Immediate,
    /// When what was paid is used up.
    AtEnd,
}

impl Client {
    /// The subscription of somebody; `None` when there is none.
    ///
    /// # Errors
    /// When the ERP refuses, cannot be reached or cannot be understood.
    pub async fn subscription_of(&self, user_id: &str) -> Result<Option<Subscription>, Error> {
        const OPERATION: &str = "subscription_of";
        let path = ["subscriptions", "user", user_id];
        let request = self.request(OPERATION, Method::GET, &path);
        self.fetch_one(OPERATION, request).await
    }

    /// The subscription of somebody, if it was made for this payment: what to ask after a creation whose outcome is
    /// unknown.
    ///
    /// # Errors
    /// As [`Self::subscription_of`].
    pub async fn find_by_payment_reference(
        &self,
        user_id: &str,
        payment_reference: &str,
    ) -> Result<Option<Subscription>, Error> {
        let found = self.subscription_of(user_id).await?;
        Ok(found.filter(|it| it.payment_reference.as_deref() == Some(payment_reference)))
    }

    /// Makes a subscription; sent once.
    ///
    /// # Errors
    /// As [`Self::subscription_of`]; a conflict when there is one already.
    pub async fn create_subscription(&self, new: &NewSubscription) -> Result<Subscription, Error> {
        const OPERATION: &str = "create_subscription";
        let request = self.request(OPERATION, Method::POST, &["subscriptions"]);
        self.fetch(OPERATION, request.json(new)).await
    }

    /// Puts a subscription in force. May be repeated.
    ///
    /// # Errors
    /// As [`Self::subscription_of`]; `NotFound` when there is none.
    pub async fn activate_subscription(&self, id: &str) -> Result<Subscription, Error> {
        const OPERATION: &str = "activate_subscription";
        let path = ["subscriptions", id, "activate"];
        let request = self.request(OPERATION, Method::POST, &path);
        self.fetch(OPERATION, request.json(&json!({})).repeatable())
            .await
    }

    /// Ends a subscription. May be repeated.
    ///
    /// # Errors
    /// As [`Self::subscription_of`]; `NotFound` when there is none.
    pub async fn cancel_subscription(
        &self,
        id: &str,
        reason: &str,
        when: Cancellation,
    ) -> Result<Subscription, Error> {
        const OPERATION: &str = "cancel_subscription";
        let path = ["subscriptions", id, "cancel"];
        let body = json!({"reason": reason, "immediate": when == Cancellation::Immediate});
        let request = self.request(OPERATION, Method::POST, &path);
        self.fetch(OPERATION, request.json(&body).repeatable())
            .await
    }
}
