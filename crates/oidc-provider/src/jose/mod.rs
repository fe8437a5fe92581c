//! What JSON Web Signatures of others are read with (RFC 7515, RFC 7517).
//!
//! A signature is checked with the algorithm of the key, which is one of a fixed list of asymmetric
//! ones; what the header says must agree with it, and decides nothing.

mod jws;
mod key;

pub(crate) use jws::Jws;
pub(crate) use key::{PublicKey, SUPPORTED};
