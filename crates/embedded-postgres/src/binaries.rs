//! Finding the server's programs in the places where distributions put them.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::Error;

/// A directory with `initdb` and `postgres`, and their major version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    directory: PathBuf,
    major: u32,
}

impl Binaries {
    /// Looks in `explicit` only if given, else on `PATH`, where `pg_config` points, and in the
    /// usual folders of distributions. Answers the first match, or the one of version `major`
    /// when an existing data directory demands it.
    ///
    /// # Errors
    ///
    /// [`Error::BinariesNotFound`] names the packages to install.
    pub fn find(explicit: Option<&Path>, major: Option<u32>) -> Result<Self, Error> {
        let found = match explicit {
            Some(directory) => Self::at(directory).into_iter().collect(),
            None => search(),
        };
        let looked = explicit.map_or_else(
            || "on PATH, by pg_config and in the usual folders".to_owned(),
            |directory| format!("in {}", directory.display()),
        );
        let wanted = major.and_then(|major| found.iter().find(|one| one.major == major));
        wanted
            .or(found.first())
            .cloned()
            .ok_or(Error::BinariesNotFound { looked })
    }

    /// The directory, with symbolic links of the programs followed.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The server's major version, such as 15.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.major
    }

    /// The path of one program.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    fn at(directory: &Path) -> Option<Self> {
        let server = fs::canonicalize(directory.join("postgres")).ok()?;
        let directory = server.parent()?.to_path_buf();
        if !directory.join("initdb").is_file() {
            return None;
        }
        let major = major_version(&first_line(&server, "--version")?)?;
        Some(Self { directory, major })
    }
}

/// Candidates in order of preference; the versioned folders newest first.
fn search() -> Vec<Binaries> {
    let mut folders: Vec<PathBuf> = search_path();
    folders.extend(first_line(Path::new("pg_config"), "--bindir").map(PathBuf::from));
    folders.extend(versioned("/usr/lib/postgresql", "", "bin"));
    folders.extend(versioned("/usr", "pgsql-", "bin"));
    folders.extend(versioned("/opt/homebrew/opt", "postgresql", "bin"));
    folders.extend(versioned("/usr/local/opt", "postgresql", "bin"));
    folders.extend(["/usr/local/pgsql/bin", "/usr/local/bin"].map(PathBuf::from));
    let mut found: Vec<Binaries> = Vec::new();
    for binaries in folders.iter().filter_map(|folder| Binaries::at(folder)) {
        if !found.contains(&binaries) {
            found.push(binaries);
        }
    }
    found
}

#[expect(
    clippy::disallowed_methods,
    reason = "PATH is how installed programs are found, not a setting of ours"
)]
fn search_path() -> Vec<PathBuf> {
    std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect())
        .unwrap_or_default()
}

/// Folders `parent/prefix<version>/inner`, highest version first.
fn versioned(parent: &str, prefix: &str, inner: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    let mut folders: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let rest = name.to_str()?.strip_prefix(prefix)?;
            let version = rest.trim_start_matches('@').parse().unwrap_or(0);
            Some((version, entry.path().join(inner)))
        })
        .collect();
    folders.sort_by(|left, right| right.cmp(left));
    folders.into_iter().map(|(_, path)| path).collect()
}

fn first_line(program: &Path, argument: impl AsRef<OsStr>) -> Option<String> {
    let output = Command::new(program)
        .arg(argument)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.lines().next()?.trim();
    (output.status.success() && !line.is_empty()).then(|| line.to_owned())
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`, also `16beta1`, gives 15, 16.
fn major_version(line: &str) -> Option<u32> {
    let (_, rest) = line.split_once("PostgreSQL)")?;
    let digits: String = rest
        .trim_start()
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_major_version_of_releases_and_betas() {
        assert_eq!(
            major_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"),
            Some(15)
        );
        assert_eq!(major_version("postgres (PostgreSQL) 18beta2"), Some(18));
        assert_eq!(major_version("postgres"), None);
    }

    #[test]
    fn a_folder_without_binaries_names_the_packages_to_install() {
        let empty = tempfile::tempdir().unwrap();
        let error = Binaries::find(Some(empty.path()), None).unwrap_err();
        let text = error.to_string();
        for package in ["postgresql", "postgresql-server", "brew install"] {
            assert!(text.contains(package), "{text}");
        }
    }

    #[test]
    fn versioned_folders_come_newest_first() {
        let parent = tempfile::tempdir().unwrap();
        for version in ["9", "15", "17"] {
            fs::create_dir(parent.path().join(version)).unwrap();
        }
        let names: Vec<PathBuf> = versioned(parent.path().to_str().unwrap(), "", "bin");
        let expected: Vec<PathBuf> = ["17", "15", "9"]
            .iter()
            .map(|version| parent.path().join(version).join("bin"))
            .collect();
        assert_eq!(names, expected);
    }
}
