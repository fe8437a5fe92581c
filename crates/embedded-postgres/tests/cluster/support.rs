//! What the tests share: scratch directories that an unprivileged server may enter, and a process
//! of its own that holds a cluster, so that it can be killed.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
};

use bheem_embedded_postgres::Cluster;

/// A temporary directory that every account may pass through.
pub(crate) fn scratch() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o711)).unwrap();
    directory
}

/// Runs one statement with the `psql` of the cluster's version.
pub(crate) fn sql(psql: &Path, url: &str, statement: &str) -> String {
    let output = Command::new(psql)
        .args(["-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-d", url])
        .args(["-c", statement])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{statement}: {errors}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Asks a cluster of ours.
#[allow(
    dead_code,
    clippy::allow_attributes,
    reason = "not every test file asks"
)]
pub(crate) fn ask(cluster: &Cluster, statement: &str) -> String {
    let psql = cluster.binaries().directory().join("psql");
    sql(&psql, &cluster.connection_url("postgres"), statement)
}

/// Runs the ignored test `name` of this file in a process of its own, with `directory` as its
/// argument, until it prints a line that starts with `READY`; answers the rest of that line.
pub(crate) fn helper(name: &str, directory: &Path) -> (Child, String) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--ignored", "--nocapture"])
        .env("CLUSTER_DIRECTORY", directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready = lines
        .map(Result::unwrap)
        .find_map(|line| line.split_once("READY ").map(|(_, rest)| rest.to_owned()))
        .expect("the helper became ready");
    (child, ready)
}

/// The directory that [`helper`] was given.
#[expect(
    clippy::disallowed_methods,
    reason = "the test harness passes no arguments to a test"
)]
pub(crate) fn helper_directory() -> std::path::PathBuf {
    std::env::var_os("CLUSTER_DIRECTORY").unwrap().into()
}
