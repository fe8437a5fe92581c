//! The mail server: that it starts, serves whom it is told to, and ends; and the mail client against it.
#![cfg(test)]

mod arrivals;
mod clients;
mod introspection;
mod lifecycle;
mod quota;
#[path = "../../../clients/mail/tests/contract/mod.rs"]
mod suite;
mod talk;
mod tokens;
mod vacation;
