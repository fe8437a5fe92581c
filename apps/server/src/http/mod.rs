//! What every request passes on its way in and out.

pub mod credentials;
pub mod idempotency;
pub mod observe;
pub mod request_id;
