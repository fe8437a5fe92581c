#![doc = include_str!("../README.md")]

mod cache;
mod client;
mod contacts;
mod plans;
mod price;
mod subscriptions;

pub use cache::{CachedPlans, Plans};
pub use client::Client;
pub use contacts::{Contact, NewContact};
pub use plans::{Limit, Plan};
pub use price::{Price, PriceError};
pub use subscriptions::{Cancellation, NewSubscription, Subscription, SubscriptionStatus};

pub use bheem_http_kit::{
    Auth, BuildError, ClientBuilder, CredentialSource, Effect, Error, ErrorKind, RetryPolicy,
    SecretString,
};
