//! The client against servers that play from a script: what they say when they are broken, hostile or strict.
#![cfg(test)]

mod imap;
mod login;
mod odd;
mod peer;
mod pool;
mod secrecy;
mod sieve;
mod smtp;
mod tokens;
