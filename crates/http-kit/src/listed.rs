//! A list of which a member or two may be unreadable: the others are worth having, and nobody is told that it is whole.

use std::ops::Deref;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _},
};
use serde_json::Value;

use crate::{Error, decode_value};

/// The members of a list that could be read, and how many could not. A list with members left out proves the absence of
/// nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T> {
    /// What could be read, in the peer's order.
    pub items: Vec<T>,
    /// How many members could not be read.
    pub left_out: usize,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            left_out: 0,
        }
    }
}

impl<T: DeserializeOwned> Listed<T> {
    /// Reads each member by itself. What is left out goes to the log, by its place in the list and not by its content.
    #[must_use]
    pub fn read(operation: &'static str, members: impl IntoIterator<Item = Value>) -> Self {
        let mut listed = Self::default();
        for (index, member) in members.into_iter().enumerate() {
            match decode_value(operation, member) {
                Ok(item) => listed.items.push(item),
                Err(error) => {
                    tracing::warn!(%error, index, "a member of a list cannot be read and is left out");
                    listed.left_out += 1;
                }
            }
        }
        listed
    }

    /// Reads an array; PHP also writes a list as an object, and `null`, `{}` and `""` for an empty one.
    ///
    /// # Errors
    /// [`Error::Decode`] if the value is no list at all.
    pub fn of_value(operation: &'static str, value: Value) -> Result<Self, Error> {
        match value {
            Value::Array(members) => Ok(Self::read(operation, members)),
            Value::Object(map) if map.keys().all(|key| key.parse::<u64>().is_ok()) => Ok(
                Self::read(operation, map.into_iter().map(|(_, member)| member)),
            ),
            Value::Null => Ok(Self::default()),
            Value::String(text) if text.is_empty() => Ok(Self::default()),
            other => Ok(Self {
                items: decode_value(operation, other)?,
                left_out: 0,
            }),
        }
    }
}

impl<T> Listed<T> {
    /// What could be read, and how much could not.
    #[must_use]
    pub fn new(items: Vec<T>, left_out: usize) -> Self {
        Self { items, left_out }
    }

    /// Nothing was left out.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.left_out == 0
    }

    /// What could be read.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.items
    }

    /// The members that `keep` wants; what was left out stays noted.
    #[must_use]
    pub fn only(mut self, keep: impl FnMut(&T) -> bool) -> Self {
        self.items.retain(keep);
        self
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Listed<T> {
    /// A member of an answer that is a list; `null` is a list of nothing. One of whose members none can be read is
    /// unreadable itself: to say that there is nothing would be to say too much.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut listed = Self::default();
        for member in Option::<Vec<Value>>::deserialize(deserializer)?.unwrap_or_default() {
            match serde_json::from_value(member) {
                Ok(item) => listed.items.push(item),
                Err(_unreadable) => listed.left_out += 1,
            }
        }
        if listed.items.is_empty() && listed.left_out > 0 {
            return Err(D::Error::custom("no member can be read"));
        }
        Ok(listed)
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

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Row {
        id: u32,
    }

    #[test]
    fn a_broken_member_hides_no_other_and_is_counted() {
        for (value, ids, left_out) in [
            (json!([{"id": 1}, {"id": null}, {"id": 3}]), vec![1, 3], 1),
            (json!({"1": {"id": 1}, "3": {"id": 3}}), vec![1, 3], 0),
            (json!([null, {"id": 2}, "x"]), vec![2], 2),
            (json!({}), vec![], 0),
            (Value::Null, vec![], 0),
            (json!(""), vec![], 0),
        ] {
            let listed = Listed::<Row>::of_value("test", value.clone()).unwrap();
            let found: Vec<u32> = listed.iter().map(|row| row.id).collect();
            assert_eq!((found, listed.left_out), (ids, left_out), "{value}");
        }
        for value in [json!({"id": 1}), json!(7), json!("no list")] {
            assert!(Listed::<Row>::of_value("test", value).is_err());
        }
    }
}
