//! The file behind a store: one line of JSON for each transaction, appended before the answer.
//!
//! A line is handed to the operating system with one `write`, so it survives the death of the
//! process at any moment; a line cut short by that death was never acknowledged and is ignored.
//! (A power failure may lose the last moments; the sandbox does not pay for `fsync`.)

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::Error;

/// Table, key, and the new value; `None` removes.
pub(crate) type Change = (String, String, Option<Value>);

/// An open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    changes: usize,
}

impl Journal {
    /// Reads every complete line of the file, if there is one.
    pub(crate) fn read(path: &Path) -> Result<Vec<Change>, Error> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::file("read", path)(error)),
        };
        let complete = bytes.iter().rposition(|byte| *byte == b'\n');
        let complete = complete
            .and_then(|end| bytes.get(..end))
            .unwrap_or_default();
        let mut changes = Vec::new();
        for line in complete.split(|byte| *byte == b'\n') {
            if line.is_empty() {
                continue;
            }
            let transaction: Vec<Change> =
                serde_json::from_slice(line).map_err(|source| Error::Damaged {
                    path: path.to_path_buf(),
                    source,
                })?;
            changes.extend(transaction);
        }
        Ok(changes)
    }

    /// Replaces the file by one that holds just `changes`, and appends to it from now on.
    pub(crate) fn rewrite(path: &Path, changes: &[Change]) -> Result<Self, Error> {
        let unfinished = path.with_extension("new");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&unfinished)
            .map_err(Error::file("create", &unfinished))?;
        if !changes.is_empty() {
            file.write_all(&line(changes))
                .map_err(Error::file("write", &unfinished))?;
        }
        fs::rename(&unfinished, path).map_err(Error::file("replace", path))?;
        Ok(Self {
            path: path.to_path_buf(),
            file,
            changes: changes.len(),
        })
    }

    /// Adds one transaction.
    pub(crate) fn append(&mut self, changes: &[Change]) -> Result<(), Error> {
        self.changes += changes.len();
        self.file
            .write_all(&line(changes))
            .map_err(Error::file("write", &self.path))
    }

    /// Whether rewriting would shrink the file much, given how many entries are alive.
    pub(crate) fn is_bloated(&self, entries: usize) -> bool {
        self.changes > 10_000 && self.changes > entries.saturating_mul(4)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

fn line(changes: &[Change]) -> Vec<u8> {
    // A vector of strings and JSON values always serialises.
    let mut line = serde_json::to_vec(changes).unwrap_or_default();
    line.push(b'\n');
    line
}
