//! Small administration through `psql`, so that this crate needs no database driver.

use std::path::Path;

use crate::{Binaries, Error, command, layout::tail, ownership::Account};

/// Creates the database unless it exists. Two callers at once are fine.
pub(crate) fn create_database_if_missing(
    binaries: &Binaries,
    account: Account,
    maintenance_url: &str,
    name: &str,
) -> Result<(), Error> {
    check_name(name)?;
    let psql = binaries.program("psql");
    let exists = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
    if run(&psql, account, maintenance_url, &exists)? == "1" {
        return Ok(());
    }
    match run(
        &psql,
        account,
        maintenance_url,
        &format!("CREATE DATABASE \"{name}\""),
    ) {
        Err(error) if run(&psql, account, maintenance_url, &exists)? != "1" => Err(error),
        _ => Ok(()),
    }
}

/// Only names that need no quoting, so that a name cannot carry SQL.
fn check_name(name: &str) -> Result<(), Error> {
    let starts_well = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    let is_plain = name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if starts_well && is_plain && name.len() <= 63 {
        Ok(())
    } else {
        Err(Error::InvalidName {
            name: name.to_owned(),
        })
    }
}

fn run(psql: &Path, account: Account, url: &str, sql: &str) -> Result<String, Error> {
    let output = command::program(psql, account)
        .args([
            "-X",
            "-q",
            "-t",
            "-A",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            url,
            "-c",
            sql,
        ])
        .output()
        .map_err(|source| Error::Spawn {
            program: psql.to_path_buf(),
            source,
        })?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(Error::Program {
            program: "psql",
            output: tail(&output.stderr),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_needs_quoting_is_refused() {
        for name in [
            "",
            "1a",
            "Bheem",
            "a-b",
            "a\"; DROP DATABASE postgres",
            &"a".repeat(64),
        ] {
            assert!(check_name(name).is_err(), "{name}");
        }
        assert!(check_name("bheem_1").is_ok());
    }
}
