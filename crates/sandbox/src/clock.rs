//! The stand-ins' own clock: a peer is another machine and does not run on ours.

use chrono::{DateTime, Utc};

/// The time of the peers.
#[expect(
    clippy::disallowed_methods,
    reason = "a peer's clock is its own; tests of our clock must not move it"
)]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Seconds since 1970.
pub(crate) fn seconds() -> i64 {
    now().timestamp()
}

/// As in `Last-Modified` (RFC 9110, section 5.6.7).
pub(crate) fn http_date(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0)
        .unwrap_or_default()
        .format("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}

/// As Mailcow's database prints it.
pub(crate) fn sql_date() -> String {
    now().format("%Y-%m-%d %H:%M:%S").to_string()
}
