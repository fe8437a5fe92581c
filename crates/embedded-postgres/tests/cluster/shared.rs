//! The cluster that test processes share.

use std::{io::Read, path::Path};

use crate::support::{helper, helper_directory, scratch, sql};
use bheem_embedded_postgres::{Shared, SharedOptions, stop_shared};

fn options(directory: &Path) -> SharedOptions {
    let mut options = SharedOptions::new("trial", directory);
    options.base_dir = Some(directory.to_path_buf());
    options
}

fn server_pid(shared: &Shared) -> String {
    let text = std::fs::read_to_string(shared.location().join("data/postmaster.pid")).unwrap();
    text.lines().next().unwrap().to_owned()
}

/// Runs in a process of its own: takes part and ends when told.
#[test]
#[ignore = "run by the other tests in a process of its own"]
fn participant() {
    let shared = Shared::start(&options(&helper_directory())).unwrap();
    println!("READY {}", server_pid(&shared));
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn eight_processes_at_once_share_one_server_which_outlives_them() {
    let directory = scratch();
    let path = directory.path();
    let participants: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| helper("shared::participant", path)))
            .collect();
        threads.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let servers: std::collections::BTreeSet<_> =
        participants.iter().map(|(_, pid)| pid.clone()).collect();
    assert_eq!(servers.len(), 1, "{servers:?}");
    for (mut child, _) in participants {
        child.kill().unwrap();
        child.wait().unwrap();
    }

    let shared = Shared::start(&options(path)).unwrap();
    assert!(servers.contains(&server_pid(&shared)), "adopted");
    let psql = shared.binaries().directory().join("psql");
    let url = shared.connection_url("postgres");
    assert_eq!(sql(&psql, &url, "SHOW fsync"), "off");
    assert!(
        sql(&psql, &url, "SHOW max_connections")
            .parse::<u32>()
            .unwrap()
            >= 400
    );

    assert!(stop_shared(&options(path)).unwrap());
    assert!(!shared.location().exists());
    assert!(
        !stop_shared(&options(path)).unwrap(),
        "nothing left to stop"
    );
}

#[test]
fn a_shared_server_that_was_killed_is_replaced() {
    let directory = scratch();
    let shared = Shared::start(&options(directory.path())).unwrap();
    let first = server_pid(&shared);
    let pid = nix::unistd::Pid::from_raw(first.parse().unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
    let shared = Shared::start(&options(directory.path())).unwrap();
    assert_ne!(server_pid(&shared), first);
    assert!(stop_shared(&options(directory.path())).expect("stops"));
}
