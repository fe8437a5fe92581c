//! `If-Match` and `If-None-Match` (RFC 9110, section 13.1).

use super::failure;
use crate::http::{Answer, Request};

/// The refusal, if a condition does not hold for what is there now.
pub(super) fn refusal(request: &Request, present: Option<&str>) -> Option<Answer> {
    let lists = |header: &str, etag: &str| {
        header
            .split(',')
            .map(str::trim)
            .any(|one| one == "*" || one.trim_start_matches("W/") == etag)
    };
    let wrong_version = request
        .header("if-match")
        .is_some_and(|header| present.is_none_or(|etag| !lists(header, etag)));
    let is_there = request
        .header("if-none-match")
        .is_some_and(|header| present.is_some_and(|etag| lists(header, etag)));
    (wrong_version || is_there).then(|| failure(412))
}
