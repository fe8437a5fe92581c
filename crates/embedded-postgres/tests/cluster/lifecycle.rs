//! Start, second start, stop, and what an orderly start must cope with.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use crate::support::{ask, scratch};
use bheem_embedded_postgres::{Cluster, Error, Options};

#[test]
fn data_survives_a_stop_and_a_new_start() {
    let directory = scratch();
    let data_dir = directory.path().join("postgres");
    let cluster = Cluster::start(Options::new(&data_dir)).unwrap();
    cluster.create_database_if_missing("bheem").unwrap();
    cluster.create_database_if_missing("bheem").unwrap();
    ask(&cluster, "CREATE TABLE kept AS SELECT 7 AS number");
    cluster.stop().unwrap();
    assert!(!data_dir.join("data/postmaster.pid").exists());

    let cluster = Cluster::start(Options::new(&data_dir)).unwrap();
    assert_eq!(ask(&cluster, "SELECT number FROM kept"), "7");
    assert_eq!(
        ask(
            &cluster,
            "SELECT count(*) FROM pg_database WHERE datname = 'bheem'"
        ),
        "1"
    );
    assert_eq!(
        ask(&cluster, "SHOW server_encoding") + &ask(&cluster, "SHOW lc_collate"),
        "UTF8C"
    );
}

#[test]
fn the_server_listens_on_no_network_address_and_takes_settings() {
    let directory = scratch();
    let mut options = Options::new(directory.path());
    options.settings = vec![("max_connections".to_owned(), "23".to_owned())];
    let cluster = Cluster::start(options).unwrap();
    assert_eq!(ask(&cluster, "SHOW listen_addresses"), "");
    assert_eq!(ask(&cluster, "SHOW max_connections"), "23");
    let sockets = directory.path().join("socket");
    let mode = fs::metadata(sockets).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn a_second_start_is_told_which_process_runs_and_where() {
    let directory = scratch();
    let cluster = Cluster::start(Options::new(directory.path())).unwrap();
    cluster.set_note("http://127.0.0.1:8500").unwrap();
    match Cluster::start(Options::new(directory.path())).unwrap_err() {
        Error::AlreadyRunning { pid, note } => {
            assert_eq!(pid, std::process::id());
            assert_eq!(note, "http://127.0.0.1:8500");
        }
        other => panic!("{other}"),
    }
    assert_eq!(ask(&cluster, "SELECT 1"), "1", "the first is not disturbed");
}

#[test]
fn a_pid_file_that_names_a_foreign_live_process_is_removed_and_the_process_left_alone() {
    let directory = scratch();
    Cluster::start(Options::new(directory.path()))
        .unwrap()
        .stop()
        .unwrap();
    let mut foreign = Command::new("sleep").arg("600").spawn().unwrap();
    let text = format!(
        "{}\n{}\n1\n5432\n",
        foreign.id(),
        directory.path().display()
    );
    let pid_file = directory.path().join("data/postmaster.pid");
    fs::write(&pid_file, text).unwrap();
    let cluster = Cluster::start(Options::new(directory.path())).unwrap();
    assert_eq!(ask(&cluster, "SELECT 1"), "1");
    assert!(foreign.try_wait().unwrap().is_none(), "still running");
    foreign.kill().unwrap();
    foreign.wait().unwrap();
}

#[test]
fn an_initialisation_that_was_cut_off_is_begun_again() {
    let directory = scratch();
    let unfinished = directory.path().join("data.new");
    fs::create_dir(&unfinished).unwrap();
    fs::write(unfinished.join("PG_VERSION"), "garbage").unwrap();
    let cluster = Cluster::start(Options::new(directory.path())).unwrap();
    assert_eq!(ask(&cluster, "SELECT 1"), "1");
    assert!(!unfinished.exists());
}

#[test]
fn a_directory_too_long_for_a_socket_path_works_and_finds_its_socket_again() {
    let directory = scratch();
    let long = directory.path().join("d".repeat(90));
    let cluster = Cluster::start(Options::new(&long)).unwrap();
    let url = cluster.connection_url("postgres");
    assert_eq!(ask(&cluster, "SELECT 1"), "1");
    cluster.stop().unwrap();
    let cluster = Cluster::start(Options::new(&long)).unwrap();
    assert_eq!(cluster.connection_url("postgres"), url);
    drop(cluster);
    let sockets = fs::read_to_string(long.join("socket-location")).unwrap();
    fs::remove_dir_all(sockets.trim()).unwrap();
}

#[test]
fn a_path_with_spaces_and_signs_works() {
    let directory = scratch();
    let cluster = Cluster::start(Options::new(directory.path().join("a b%@,'\""))).unwrap();
    assert_eq!(ask(&cluster, "SELECT 1"), "1");
    drop(cluster);
    if let Ok(sockets) = fs::read_to_string(directory.path().join("a b%@,'\"/socket-location")) {
        fs::remove_dir_all(sockets.trim()).unwrap();
    }
}

#[test]
fn a_data_directory_of_another_version_is_named_and_left_alone() {
    let directory = scratch();
    Cluster::start(Options::new(directory.path()))
        .unwrap()
        .stop()
        .unwrap();
    let version = directory.path().join("data/PG_VERSION");
    fs::write(&version, "9\n").unwrap();
    let error = Cluster::start(Options::new(directory.path())).unwrap_err();
    assert!(
        matches!(error, Error::VersionMismatch { wanted: 9, .. }),
        "{error}"
    );
    assert_eq!(fs::read_to_string(version).unwrap(), "9\n");
}

#[test]
fn a_server_that_cannot_start_says_why() {
    let directory = scratch();
    let mut options = Options::new(directory.path());
    options.settings = vec![("no_such_setting".to_owned(), "1".to_owned())];
    let error = Cluster::start(options).unwrap_err();
    assert!(error.to_string().contains("no_such_setting"), "{error}");
    Cluster::start(Options::new(directory.path())).expect("the failure left no lock");
}

/// Only root hands the cluster to another account, for which a private directory is closed.
#[test]
fn root_places_the_cluster_elsewhere_when_its_directory_is_closed_to_the_server() {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let directory = scratch();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let wanted = directory.path().join("postgres");
    let cluster = Cluster::start(Options::new(&wanted)).unwrap();
    ask(&cluster, "CREATE TABLE kept ()");
    let elsewhere = cluster.location().to_path_buf();
    assert_eq!(elsewhere.parent(), Some(Path::new("/var/tmp")));
    let second = Cluster::start(Options::new(&wanted)).unwrap_err();
    assert!(matches!(second, Error::AlreadyRunning { .. }), "{second}");
    cluster.stop().unwrap();

    let cluster = Cluster::start(Options::new(&wanted)).unwrap();
    assert_eq!(cluster.location(), elsewhere);
    assert_eq!(ask(&cluster, "SELECT count(*) FROM kept"), "0");
    cluster.stop().unwrap();

    fs::remove_dir_all(&wanted).unwrap();
    let cluster = Cluster::start(Options::new(&wanted)).unwrap();
    assert_ne!(
        cluster.location(),
        elsewhere,
        "a removed sandbox is forgotten"
    );
    assert!(!elsewhere.exists(), "and its files are removed");
    let last = cluster.location().to_path_buf();
    cluster.stop().unwrap();
    fs::remove_dir_all(last).unwrap();
}
