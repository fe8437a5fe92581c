//! One owner per directory.
//!
//! The kernel's lock on an open file ends with its process, however it dies, so a crash never
//! leaves a lock behind, which a pid file would.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use crate::Error;

/// An exclusive lock on a file that says who holds it. Released when dropped or when the process ends.
///
/// Closing the file would not release it: a child that another thread has just forked holds a copy of
/// the file until it executes its program, and the lock lasts as long as any copy is open.
#[derive(Debug)]
pub struct InstanceLock {
    file: File,
    path: PathBuf,
}

impl InstanceLock {
    /// Takes the lock at `path`, creating the file when missing. `note` is what a second start
    /// is told, for instance our address.
    ///
    /// # Errors
    ///
    /// [`Error::AlreadyRunning`] with the holder's process id and note; [`Error::Io`] otherwise.
    pub fn acquire(path: &Path, note: &str) -> Result<Self, Error> {
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(holder(file, path)),
            Err(TryLockError::Error(source)) => return Err(Error::io("lock", path)(source)),
        }
        let lock = Self {
            file,
            path: path.to_path_buf(),
        };
        lock.set_note(note)?;
        Ok(lock)
    }

    /// Like [`InstanceLock::acquire`], but waits for the present holder.
    pub(crate) fn wait(path: &Path) -> Result<Self, Error> {
        let file = open(path)?;
        file.lock().map_err(Error::io("lock", path))?;
        Ok(Self {
            file,
            path: path.to_path_buf(),
        })
    }

    /// Whether the file is still the one at its path: a holder before us may have removed it, and
    /// then somebody else can hold a lock on a new one.
    pub(crate) fn is_current(&self) -> bool {
        let ours = self.file.metadata().map(|file| (file.dev(), file.ino()));
        let there = std::fs::metadata(&self.path).map(|file| (file.dev(), file.ino()));
        matches!((ours, there), (Ok(ours), Ok(there)) if ours == there)
    }

    /// Replaces the note, for instance once the listening port is known.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the file cannot be written.
    pub fn set_note(&self, note: &str) -> Result<(), Error> {
        let text = format!("{}\n{}\n", std::process::id(), note.replace('\n', " "));
        let mut file = &self.file;
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(text.as_bytes()))
            .map_err(Error::io("write", &self.path))
    }
}

impl Drop for InstanceLock {
    fn drop(&mut self) {
        // What cannot be unlocked is released when the last copy is closed.
        let _ignored = self.file.unlock();
    }
}

fn open(path: &Path) -> Result<File, Error> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o644)
        .open(path)
        .map_err(Error::io("open", path))
}

/// A holder that has not written its line yet is reported as process 0.
fn holder(mut file: File, path: &Path) -> Error {
    let mut text = String::new();
    if let Err(source) = file.read_to_string(&mut text) {
        return Error::io("read", path)(source);
    }
    let mut lines = text.lines();
    Error::AlreadyRunning {
        pid: lines.next().and_then(|line| line.parse().ok()).unwrap_or(0),
        note: lines.next().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_told_who_and_where_and_may_follow_after_release() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let first = InstanceLock::acquire(&path, "starting").unwrap();
        first.set_note("http://127.0.0.1:8500").unwrap();
        match InstanceLock::acquire(&path, "second").unwrap_err() {
            Error::AlreadyRunning { pid, note } => {
                assert_eq!(pid, std::process::id());
                assert_eq!(note, "http://127.0.0.1:8500");
            }
            other => panic!("{other}"),
        }
        drop(first);
        InstanceLock::acquire(&path, "third").unwrap();
    }
    #[test]
    fn a_copy_of_the_file_in_a_forked_child_does_not_keep_the_lock() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let lock = InstanceLock::acquire(&path, "first").unwrap();
        // What a fork leaves in the child until it executes: one more reference to the same open file.
        let in_child = lock.file.try_clone().unwrap();
        drop(lock);
        InstanceLock::acquire(&path, "second").unwrap();
        drop(in_child);
    }

    #[test]
    fn locks_are_taken_and_given_back_while_other_threads_fork() {
        use std::sync::atomic::{AtomicBool, Ordering};
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while !is_over.load(Ordering::Relaxed) {
                        std::process::Command::new("true").status().unwrap();
                    }
                });
            }
            let taken: Result<Vec<_>, _> = (0..2_000)
                .map(|turn| InstanceLock::acquire(&path, &turn.to_string()).map(drop))
                .collect();
            is_over.store(true, Ordering::Relaxed);
            taken.unwrap();
        });
    }
}
