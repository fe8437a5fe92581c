//! The stand-ins over their sockets, as a client meets them.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod caldav;
mod dns;
mod faults;
mod files;
mod kill;
mod mailcow;
mod notify;
mod ocs;
mod support;
