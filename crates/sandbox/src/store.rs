//! What a stand-in knows: tables of JSON values by key, in memory, journaled when there is a data
//! directory.
//!
//! A request changes the store, and [`Store::commit`] writes its changes as one line before the
//! answer goes out: what a client was told is on disk, and a transaction is there as a whole or
//! not at all.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    Error,
    journal::{Change, Journal},
};

/// A request that the peer makes of its own accord: a webhook.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    pub(crate) url: String,
    pub(crate) content_type: &'static str,
    /// Names in lower case.
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// The table of counters behind [`Store::next_id`].
const COUNTERS: &str = "counter";

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Store {
    tables: BTreeMap<String, BTreeMap<String, Value>>,
    pending: Vec<Change>,
    has_changed: bool,
    journal: Option<Journal>,
    outgoing: Vec<Outgoing>,
}

impl Store {
    /// An empty store in memory, or the one kept in a file.
    pub(crate) fn open(path: Option<PathBuf>) -> Result<Self, Error> {
        let mut store = Self::default();
        if let Some(path) = path {
            for (table, key, value) in Journal::read(&path)? {
                store.apply(&table, &key, value);
            }
            store.journal = Some(Journal::rewrite(&path, &store.snapshot())?);
        }
        Ok(store)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tables.values().all(BTreeMap::is_empty)
    }

    pub(crate) fn get<T: DeserializeOwned>(&self, table: &str, key: &str) -> Option<T> {
        let value = self.tables.get(table)?.get(key)?;
        serde_json::from_value(value.clone()).ok()
    }

    pub(crate) fn contains(&self, table: &str, key: &str) -> bool {
        self.tables
            .get(table)
            .is_some_and(|table| table.contains_key(key))
    }

    /// Keys and values in order of their keys.
    pub(crate) fn list<T: DeserializeOwned>(&self, table: &str) -> Vec<(String, T)> {
        self.list_below(table, "")
    }

    /// Those whose key starts with `prefix`.
    pub(crate) fn list_below<T: DeserializeOwned>(
        &self,
        table: &str,
        prefix: &str,
    ) -> Vec<(String, T)> {
        let Some(table) = self.tables.get(table) else {
            return Vec::new();
        };
        table
            .range(prefix.to_owned()..)
            .take_while(|(key, _)| key.starts_with(prefix))
            .filter_map(|(key, value)| {
                Some((key.clone(), serde_json::from_value(value.clone()).ok()?))
            })
            .collect()
    }

    /// The values of a table as they are.
    pub(crate) fn values(&self, table: &str) -> Vec<Value> {
        self.tables
            .get(table)
            .map(|table| table.values().cloned().collect())
            .unwrap_or_default()
    }

    pub(crate) fn put<T: Serialize>(&mut self, table: &str, key: &str, value: &T) {
        match serde_json::to_value(value) {
            Ok(value) => self.change(table, key, Some(value)),
            Err(error) => tracing::error!(%error, table, key, "a value cannot be kept"),
        }
    }

    pub(crate) fn remove(&mut self, table: &str, key: &str) -> bool {
        let existed = self.contains(table, key);
        if existed {
            self.change(table, key, None);
        }
        existed
    }

    /// Removes every key that starts with `prefix`.
    pub(crate) fn remove_below(&mut self, table: &str, prefix: &str) {
        for (key, _) in self.list_below::<Value>(table, prefix) {
            self.remove(table, &key);
        }
    }

    /// Sends a webhook, once the answer to what caused it is on its way.
    pub(crate) fn send(&mut self, outgoing: Outgoing) {
        self.outgoing.push(outgoing);
    }

    /// What is to be sent.
    pub(crate) fn take_outgoing(&mut self) -> Vec<Outgoing> {
        std::mem::take(&mut self.outgoing)
    }

    /// 1, 2, 3 … for each table; never the same again, not even after a removal.
    pub(crate) fn next_id(&mut self, table: &str) -> u64 {
        let next = self.get::<u64>(COUNTERS, table).unwrap_or_default() + 1;
        self.put(COUNTERS, table, &next);
        next
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        let keys: Vec<(String, String)> = self
            .tables
            .iter()
            .flat_map(|(table, rows)| rows.keys().map(|key| (table.clone(), key.clone())))
            .collect();
        for (table, key) in keys {
            self.change(&table, &key, None);
        }
    }

    /// Makes the changes since the last commit durable; answers whether there were any.
    pub(crate) fn commit(&mut self) -> Result<bool, Error> {
        let has_changed = std::mem::take(&mut self.has_changed);
        let pending = std::mem::take(&mut self.pending);
        let entries = self.tables.values().map(BTreeMap::len).sum();
        let Some(journal) = &mut self.journal else {
            return Ok(has_changed);
        };
        if pending.is_empty() {
            return Ok(has_changed);
        }
        journal.append(&pending)?;
        if journal.is_bloated(entries) {
            let path = journal.path().to_path_buf();
            self.journal = Some(Journal::rewrite(&path, &self.snapshot())?);
        }
        Ok(has_changed)
    }

    fn change(&mut self, table: &str, key: &str, value: Option<Value>) {
        self.has_changed = true;
        if self.journal.is_some() {
            let change = (table.to_owned(), key.to_owned(), value.clone());
            self.pending.push(change);
        }
        self.apply(table, key, value);
    }

    fn apply(&mut self, table: &str, key: &str, value: Option<Value>) {
        let rows = self.tables.entry(table.to_owned()).or_default();
        match value {
            Some(value) => rows.insert(key.to_owned(), value),
            None => rows.remove(key),
        };
    }

    fn snapshot(&self) -> Vec<Change> {
        self.tables
            .iter()
            .flat_map(|(table, rows)| {
                rows.iter()
                    .map(|(key, value)| (table.clone(), key.clone(), Some(value.clone())))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn what_was_committed_is_there_after_reopening_and_the_rest_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("peer.journal");
        let mut store = Store::open(Some(path.clone())).unwrap();
        store.put("fruit", "apple", &1);
        store.put("fruit", "pear", &2);
        store.commit().unwrap();
        store.remove("fruit", "pear");
        store.commit().unwrap();
        store.put("fruit", "plum", &3);
        drop(store);
        let store = Store::open(Some(path)).unwrap();
        assert_eq!(store.list::<u32>("fruit"), [("apple".to_owned(), 1)]);
    }

    #[test]
    fn a_line_cut_anywhere_is_ignored_as_a_whole() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("peer.journal");
        let mut store = Store::open(Some(path.clone())).unwrap();
        store.put("a", "kept", &"first");
        store.commit().unwrap();
        let before = std::fs::read(&path).unwrap();
        store.put("a", "one", &1);
        store.put("a", "two", &2);
        store.commit().unwrap();
        let after = std::fs::read(&path).unwrap();
        for cut in before.len()..after.len() {
            let part = directory.path().join(format!("cut-{cut}"));
            std::fs::File::create(&part)
                .unwrap()
                .write_all(&after[..cut])
                .unwrap();
            let store = Store::open(Some(part)).unwrap();
            assert!(store.contains("a", "kept"));
            assert!(!store.contains("a", "one") && !store.contains("a", "two"));
        }
    }

    #[test]
    fn ids_are_never_given_twice() {
        let mut store = Store::default();
        assert_eq!((store.next_id("x"), store.next_id("x")), (1, 2));
        assert_eq!(store.next_id("y"), 1);
    }

    #[test]
    fn a_long_journal_is_rewritten() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("peer.journal");
        let mut store = Store::open(Some(path.clone())).unwrap();
        for round in 0..10_010 {
            store.put("a", "same", &round);
            store.commit().unwrap();
        }
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines < 100, "{lines}");
        drop(store);
        let store = Store::open(Some(path)).unwrap();
        assert_eq!(store.get::<u32>("a", "same"), Some(10_009));
    }
}
