//! What goes back to a browser.

use super::security;
use crate::Answer;

/// Headers of everything that a browser is told: nobody keeps it, frames it, or learns where it was.
const ALWAYS: [(&str, &str); 5] = [
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
];

/// A page. `leads_to` are further sources that its forms may end at, `images` those of pictures.
pub(crate) fn page(status: u16, html: String, leads_to: &[String], images: &[String]) -> Answer {
    let mut answer = plain(status)
        .with("content-type", "text/html; charset=utf-8")
        .with(
            "content-security-policy",
            security::policy(leads_to, images),
        );
    answer.body = html.into();
    answer
}

/// Sends the browser on; what it posted is not posted again (RFC 9700 section 4.12).
pub(crate) fn redirect(location: impl Into<String>) -> Answer {
    plain(303).with("location", location)
}

fn plain(status: u16) -> Answer {
    Answer {
        status,
        headers: ALWAYS
            .into_iter()
            .map(|(name, value)| (name, value.to_owned()))
            .collect(),
        body: bytes::Bytes::new(),
    }
}
