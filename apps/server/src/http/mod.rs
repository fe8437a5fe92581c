//! What every request passes on its way in and out.

pub mod bodies;
pub mod credentials;
pub mod crowd;
pub mod door;
pub mod idempotency;
pub mod observe;
pub mod request_id;
