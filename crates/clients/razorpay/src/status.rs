//! States of orders, payments and refunds.

use bheem_http_kit::text_enum;

text_enum! {
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

text_enum! {
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

text_enum! {
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
