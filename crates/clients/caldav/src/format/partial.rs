//! Lists of which some entries cannot be read.

use super::FormatError;

/// What could be read of a list, and what could not. One broken entry costs nobody the others, and none is lost without
/// a word.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Partial<T> {
    /// Those that could be read, in order.
    pub items: Vec<T>,
    /// Those that could not, in order.
    pub unreadable: Vec<Unreadable>,
}

/// An entry that could not be read. Its `Display` shows no content.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unreadable {
    /// What kind of component it is, such as `VEVENT`.
    pub component: String,
    /// What it is known by, if it says so.
    pub uid: Option<String>,
    /// Why.
    pub reason: FormatError,
}

impl<T> Partial<T> {
    /// Is nothing missing?
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.unreadable.is_empty()
    }

    pub(crate) fn of(results: impl IntoIterator<Item = Result<T, Unreadable>>) -> Self {
        let mut found = Self::default();
        for result in results {
            match result {
                Ok(item) => found.items.push(item),
                Err(entry) => found.unreadable.push(entry),
            }
        }
        found
    }
}

impl<T> Default for Partial<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            unreadable: Vec::new(),
        }
    }
}

impl<T> IntoIterator for Partial<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    /// Those that could be read.
    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.component, self.reason)
    }
}

/// What it is known by is private.
impl std::fmt::Debug for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Unreadable({self})")
    }
}
