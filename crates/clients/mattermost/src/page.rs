//! Lists: by the number of the page.

use bheem_http_kit::{Listed, Page, Request};

/// How many at once: 1 to 200, which is what the server gives at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(u8);

impl PageSize {
    /// As many as asked for, within what there can be.
    #[must_use]
    pub fn of(size: u8) -> Self {
        Self(size.clamp(1, 200))
    }

    pub(crate) fn apply(self, request: Request, page: u64) -> Request {
        request
            .query("page", &page.to_string())
            .query("per_page", &self.0.to_string())
    }

    /// The last page is the first that is not full.
    pub(crate) fn page<T>(self, page: u64, listed: Listed<T>) -> Page<T> {
        let is_full = listed.len().saturating_add(listed.left_out) >= usize::from(self.0);
        Page {
            items: listed.items,
            next: is_full.then(|| page.saturating_add(1)),
        }
    }
}

/// 200.
impl Default for PageSize {
    fn default() -> Self {
        Self(200)
    }
}
