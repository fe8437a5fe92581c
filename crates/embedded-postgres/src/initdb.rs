//! Making the data directory.
//!
//! It is made under another name and renamed when complete, so that a kill half way leaves
//! nothing that looks like a cluster.

use std::fs;

use crate::{
    Binaries, Error, command,
    layout::{Layout, tail},
    ownership::ensure_private,
};

/// The superuser's name.
pub(crate) const SUPERUSER: &str = "postgres";

/// Finds binaries that fit the data directory, and makes the directory if there is none.
pub(crate) fn ensure(
    layout: &Layout,
    bin_dir: Option<&std::path::Path>,
) -> Result<Binaries, Error> {
    let version = layout.version()?;
    let binaries = Binaries::find(bin_dir, version)?;
    match version {
        Some(wanted) if wanted != binaries.major() => Err(Error::VersionMismatch {
            path: layout.data(),
            wanted,
            found: binaries.major(),
        }),
        Some(_) => Ok(binaries),
        None => {
            create(layout, &binaries)?;
            Ok(binaries)
        }
    }
}

fn create(layout: &Layout, binaries: &Binaries) -> Result<(), Error> {
    let unfinished = layout.root.join("data.new");
    match fs::remove_dir_all(&unfinished) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(Error::io("remove", &unfinished)(error));
        }
        _ => {}
    }
    ensure_private(&unfinished, 0o700, nix::unistd::geteuid().as_raw())?;
    layout.account.give(&unfinished)?;
    let program = binaries.program("initdb");
    let mut command = command::program(&program, layout.account);
    command
        .arg("--pgdata")
        .arg(&unfinished)
        .args(["--username", SUPERUSER, "--auth=trust"])
        .args(["--encoding=UTF8", "--locale=C", "--no-sync"]);
    command::die_with_us(&mut command);
    let output = command
        .output()
        .map_err(|source| Error::Spawn { program, source })?;
    if !output.status.success() {
        let mut text = output.stdout;
        text.extend(output.stderr);
        return Err(Error::Program {
            program: "initdb",
            output: tail(&text),
        });
    }
    let data = layout.data();
    fs::rename(&unfinished, &data).map_err(Error::io("create", data))
}
