//! The mail server: that it starts, serves whom it is told to, and ends.
#![cfg(test)]

mod lifecycle;
mod talk;
