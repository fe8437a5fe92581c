//! Message submission (RFC 6409).
//!
//! The commands are spoken by `lettre`; the connection is ours, so that it is verified and limited like the others, and the
//! steps are taken one by one, so that it is known which recipients are refused and how far a failed submission came.

mod connect;
mod primed;
mod submit;
mod verdict;

pub use submit::{Submission, SubmitPolicy};
