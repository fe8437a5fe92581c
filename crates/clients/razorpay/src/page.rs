//! Lists: at most 100 at once, by how many to leave out.

use bheem_http_kit::{Page, Request};
use serde::Deserialize;

/// Which part of a list, and from when to when.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Filter {
    /// How many at once, 1 to 100; 100 unless set.
    pub count: Option<u8>,
    /// Made at this time or later, in seconds since 1970.
    pub from: Option<i64>,
    /// Made at this time or earlier, in seconds since 1970.
    pub to: Option<i64>,
}

#[derive(Deserialize)]
pub(crate) struct Collection<T> {
    #[serde(default = "Vec::new")]
    pub(crate) items: Vec<T>,
}

impl Filter {
    /// From one time to another, in seconds since 1970.
    #[must_use]
    pub fn between(from: i64, to: i64) -> Self {
        Self {
            from: Some(from),
            to: Some(to),
            ..Self::default()
        }
    }

    fn size(&self) -> u64 {
        u64::from(self.count.unwrap_or(100).clamp(1, 100))
    }

    pub(crate) fn apply(&self, mut request: Request, skip: u64) -> Request {
        for (name, value) in [("from", self.from), ("to", self.to)] {
            if let Some(value) = value {
                request = request.query(name, &value.to_string());
            }
        }
        request
            .query("count", &self.size().to_string())
            .query("skip", &skip.to_string())
    }

    /// The last page is the first that is not full.
    pub(crate) fn page<T>(&self, skip: u64, collection: Collection<T>) -> Page<T> {
        let found = u64::try_from(collection.items.len()).unwrap_or(u64::MAX);
        Page {
            next: (found >= self.size()).then(|| skip.saturating_add(found)),
            items: collection.items,
        }
    }
}
