//! Lists of which a part may be missing.

use std::ops::Deref;

/// What a server listed, and how much of it could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listed<T> {
    /// What could be read.
    pub items: Vec<T>,
    /// So many entries, at least, are not among them because they could not be read.
    pub left_out: usize,
}

impl<T> Listed<T> {
    pub(crate) fn new(items: Vec<T>, left_out: usize) -> Self {
        Self { items, left_out }
    }

    /// What could be read.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.items
    }

    /// Is all there that the server listed?
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.left_out == 0
    }
}

impl<T> Deref for Listed<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<T> IntoIterator for Listed<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Listed<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}
