//! `postmaster.pid`, the server's own account of itself. Lines: process id, data directory, start
//! time, port, socket directory, listen address, shared memory key, status.

use std::{fs, path::Path};

/// The lines that matter to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PidFile {
    pub(crate) pid: u32,
    /// Line 8 says `ready` (and neither `starting` nor `stopping`).
    pub(crate) ready: bool,
}

impl PidFile {
    /// Reads the file of a data directory; `None` when absent or not yet complete.
    pub(crate) fn read(data: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(data.join("postmaster.pid")).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        // A negative number marks a single-user backend, which is a process all the same.
        let pid = lines.next()?.trim().trim_start_matches('-').parse().ok()?;
        let ready = lines.nth(6).is_some_and(|line| line.trim() == "ready");
        Some(Self { pid, ready })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_eighth_line_says_ready() {
        let text = "42\n/data\n1\n5432\n/sock\n\n  1 2\nready   \n";
        assert_eq!(
            PidFile::parse(text),
            Some(PidFile {
                pid: 42,
                ready: true
            })
        );
        let starting = text.replace("ready", "starting");
        assert_eq!(
            PidFile::parse(&starting),
            Some(PidFile {
                pid: 42,
                ready: false
            })
        );
        assert_eq!(
            PidFile::parse("42\n"),
            Some(PidFile {
                pid: 42,
                ready: false
            })
        );
        assert_eq!(PidFile::parse(""), None);
    }
}
