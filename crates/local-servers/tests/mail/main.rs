//! The mail server: that it starts, serves whom it is told to, and ends; and the mail client against it.
#![cfg(test)]

mod clients;
mod lifecycle;
#[path = "../../../clients/mail/tests/contract/mod.rs"]
mod suite;
mod talk;
