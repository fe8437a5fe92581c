//! Lists of which some entries cannot be read.

use std::ops::Deref;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// What LiveKit lists. Behaves as a slice of what can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listing<T> {
    /// What can be read, in LiveKit's order.
    pub items: Vec<T>,
    /// How many entries cannot.
    pub left_out: usize,
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            left_out: 0,
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Listing<T> {
    /// `null` is a list of nothing.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut listing = Self::default();
        for item in Option::<Vec<Value>>::deserialize(deserializer)?.unwrap_or_default() {
            match serde_json::from_value(item) {
                Ok(item) => listing.items.push(item),
                Err(_unreadable) => listing.left_out += 1,
            }
        }
        // To say that there is nothing would be to say too much.
        if listing.items.is_empty() && listing.left_out > 0 {
            return Err(D::Error::custom("no entry can be read"));
        }
        Ok(listing)
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
