#![doc = include_str!("../README.md")]

mod client;
mod error;
mod orders;
mod page;
mod payments;
mod refunds;
mod signature;
mod status;
mod webhook;

pub use client::Client;
pub use error::{Error, Reason};
pub use orders::{NewOrder, Order, Orders};
pub use page::Filter;
pub use payments::{Payment, Payments};
pub use refunds::{NewRefund, Refund};
pub use signature::{Checkout, SignatureError, Webhooks};
pub use status::{OrderStatus, PaymentStatus, RefundStatus};
pub use webhook::{Event, EventKind};

pub use bheem_http_kit::{
    BuildError, ClientBuilder, Effect, ErrorKind, Page, PeerText, RetryPolicy, SecretString,
};
