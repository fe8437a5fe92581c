//! Plans.

use std::collections::BTreeMap;

use bheem_http_kit::{Error, Method, lenient};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::{Client, Price};

/// How many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// At most this many.
    AtMost(u64),
    /// As many as one likes; -1 on the wire.
    Unlimited,
}

/// A plan that can be bought.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Plan {
    /// The ERP's id, where it tells one.
    #[serde(default, rename = "plan_id", deserialize_with = "lenient::text")]
    pub id: Option<String>,
    /// Its stable name: the natural key.
    #[serde(rename = "sku_code")]
    pub sku: String,
    /// Its name for people.
    pub name: String,
    /// What it says about itself.
    #[serde(default, deserialize_with = "lenient::text")]
    pub description: Option<String>,
    /// What it costs for one cycle.
    pub base_price: Price,
    /// Three letters; `INR` unless told.
    #[serde(default = "rupees")]
    pub currency: String,
    /// `monthly`, `annual`, where it is told.
    #[serde(default, deserialize_with = "lenient::text")]
    pub billing_cycle: Option<String>,
    /// What it holds, by name.
    #[serde(default, deserialize_with = "features")]
    pub features: BTreeMap<String, Value>,
}

impl Plan {
    /// A whole number among the features; `None` when there is none of that name.
    #[must_use]
    pub fn limit(&self, feature: &str) -> Option<Limit> {
        let number = lenient::integer_of(self.features.get(feature)?)?;
        match u64::try_from(number) {
            Ok(most) => Some(Limit::AtMost(most)),
            Err(_) if number == -1 => Some(Limit::Unlimited),
            Err(_) => None,
        }
    }

    /// How many people may use it.
    #[must_use]
    pub fn max_users(&self) -> Option<Limit> {
        self.limit("max_users")
    }
}

fn rupees() -> String {
    "INR".to_owned()
}

/// An object, or a list of names, each of which is on.
fn features<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, Value>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Object(map) => map.into_iter().collect(),
        Value::Array(names) => names
            .into_iter()
            .filter_map(|name| Some((name.as_str()?.to_owned(), Value::Bool(true))))
            .collect(),
        _ => BTreeMap::new(),
    })
}

#[derive(Deserialize)]
struct Body {
    plans: Vec<Plan>,
}

impl Client {
    /// The plans that can be bought.
    ///
    /// # Errors
    /// When the ERP refuses, cannot be reached or cannot be understood.
    pub async fn plans(&self) -> Result<Vec<Plan>, Error> {
        const OPERATION: &str = "list_plans";
        let request = self.request(OPERATION, Method::GET, &["subscriptions", "plans"]);
        let body: Body = self.fetch(OPERATION, request).await?;
        Ok(body.plans)
    }

    /// The plan with this SKU.
    ///
    /// # Errors
    /// As [`Self::plans`].
    pub async fn find_plan_by_sku(&self, sku: &str) -> Result<Option<Plan>, Error> {
        let plans = self.plans().await?;
        Ok(plans.into_iter().find(|plan| plan.sku == sku))
    }
}
