//! Lists: pages by number, from 1.

use bheem_http_kit::{Page, Request};

use crate::envelope::ResultInfo;

/// Sends which page is wanted.
pub(crate) fn ask(request: Request, number: u64, size: u16) -> Request {
    request
        .query("page", &number.max(1).to_string())
        .query("per_page", &size.to_string())
}

/// A page that is empty is the last one, whatever the peer says, so that no list goes on for ever with nothing. Where
/// the peer does not say how many pages there are, a page that is not full is the last.
pub(crate) fn page<T>(items: Vec<T>, info: &ResultInfo, number: u64, size: u16) -> Page<T> {
    let is_more = match info.total_pages.map(u64::try_from) {
        Some(Ok(total)) => number < total,
        _ => items.len() >= usize::from(size),
    };
    Page {
        next: (is_more && !items.is_empty()).then(|| number.saturating_add(1)),
        items,
    }
}
