//! Lists of which some entries cannot be used.
//!
//! One odd entry costs nobody the others, and none is lost without a word.

use std::ops::Deref;

use crate::PathError;

/// What is kept of an `href` that cannot be used.
const MAX_NAME: usize = 200;

/// What a server lists, and what of it cannot be used. Behaves as a slice of what can.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listing<T> {
    /// What can be used, in the server's order.
    pub items: Vec<T>,
    /// What cannot, in the server's order.
    pub left_out: Vec<LeftOut>,
}

/// An entry of a list that arrives one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listed<T> {
    /// One that can be used.
    Item(T),
    /// One that cannot.
    LeftOut(LeftOut),
}

/// An entry that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOut {
    /// How the server names it; at most 200 characters, control characters replaced.
    pub name: String,
    /// Why.
    pub reason: LeftOutReason,
}

/// Why an entry cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LeftOutReason {
    /// Its name cannot be part of a request: it is empty, holds control characters, or is not UTF-8; none if it has
    /// no name at all.
    #[error("its path cannot be used")]
    Path(#[source] Option<PathError>),
    /// It is not where was looked.
    #[error("it is not where was looked")]
    Outside,
    /// The server lists it, and refuses to tell more, with this status.
    #[error("the server refuses to tell more (status {0})")]
    Refused(u16),
    /// The server says that there is more than it told (507 about the whole; RFC 6578, section 3.6).
    #[error("the server did not tell all")]
    Truncated,
    /// Its content cannot be read, for this reason.
    #[error("its content cannot be read: {0}")]
    Content(String),
}

impl LeftOut {
    /// An entry of this name.
    #[must_use]
    pub fn new(name: &str, reason: LeftOutReason) -> Self {
        let tidy = |c: char| if c.is_control() { '\u{fffd}' } else { c };
        Self {
            name: name.trim().chars().take(MAX_NAME).map(tidy).collect(),
            reason,
        }
    }
}

impl<T> Listing<T> {
    /// A list from which nothing is left out.
    #[must_use]
    pub fn complete(items: Vec<T>) -> Self {
        Self {
            items,
            left_out: Vec::new(),
        }
    }

    /// What can be used.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.items
    }

    /// Is nothing left out?
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.left_out.is_empty()
    }

    /// The same of something else.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Listing<U> {
        Listing {
            items: self.items.into_iter().map(change).collect(),
            left_out: self.left_out,
        }
    }

    /// All entries, those left out last.
    pub fn into_listed(self) -> impl Iterator<Item = Listed<T>> {
        let left_out = self.left_out.into_iter().map(Listed::LeftOut);
        self.items.into_iter().map(Listed::Item).chain(left_out)
    }
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self::complete(Vec::new())
    }
}

impl<T> Deref for Listing<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<T> IntoIterator for Listing<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Listing<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

impl<T> Listed<T> {
    /// The entry, if it can be used.
    pub fn item(self) -> Option<T> {
        match self {
            Self::Item(item) => Some(item),
            Self::LeftOut(_) => None,
        }
    }
}
