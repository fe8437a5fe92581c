//! States of orders, payments and refunds.

use std::fmt;

use serde::{Deserialize, Deserializer};

macro_rules! status {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
            /// One that this crate does not know.
            Other(String),
        }

        impl $name {
            /// Razorpay's word.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Ok(match text.as_str() {
                    $($text => Self::$variant,)+
                    _ => Self::Other(text),
                })
            }
        }
    };
}

status! {
    /// How far an order is. It only moves forward.
    OrderStatus {
        /// Nobody has tried to pay.
        Created = "created",
        /// Somebody has tried.
        Attempted = "attempted",
        /// Paid.
        Paid = "paid",
    }
}

status! {
    /// How far a payment is. One that failed may still be authorised late.
    PaymentStatus {
        /// Begun.
        Created = "created",
        /// The bank holds the amount; it is not ours before it is captured.
        Authorized = "authorized",
        /// Ours.
        Captured = "captured",
        /// Given back as a whole.
        Refunded = "refunded",
        /// Refused.
        Failed = "failed",
    }
}

status! {
    /// How far a refund is.
    RefundStatus {
        /// On its way.
        Pending = "pending",
        /// Done.
        Processed = "processed",
        /// The bank did not take it.
        Failed = "failed",
    }
}
