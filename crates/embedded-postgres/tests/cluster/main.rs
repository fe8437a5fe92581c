//! Real servers from the installed binaries.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod kill;
mod lifecycle;
mod shared;
mod support;
