//! SIGKILL of our process, of the server, and of both.

use std::{
    fs,
    io::{Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    process::Child,
    time::Duration,
};

use crate::support::{ask, helper, helper_directory, scratch};
use bheem_embedded_postgres::{Cluster, Options};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// Runs in a process of its own: holds a cluster until killed or its input ends.
#[test]
#[ignore = "run by the other tests in a process of its own"]
fn holder() {
    let cluster = Cluster::start(Options::new(helper_directory())).unwrap();
    ask(&cluster, "CREATE TABLE IF NOT EXISTS kept (number int)");
    ask(&cluster, "INSERT INTO kept VALUES (1)");
    println!("READY {}", cluster.server_pid().unwrap());
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

/// A connection that the server holds open until it ends.
fn connect(directory: &Path) -> UnixStream {
    let mut stream = UnixStream::connect(directory.join("socket/.s.PGSQL.5432")).unwrap();
    stream.write_all(&[0, 0, 0, 8, 4, 210, 22, 47]).unwrap();
    stream.read_exact(&mut [0]).unwrap();
    stream
}

fn kill_now(pid: &str) {
    kill(Pid::from_raw(pid.parse().unwrap()), Signal::SIGKILL).unwrap();
}

fn end(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

fn server_log(directory: &Path) -> String {
    fs::read_to_string(directory.join("server.log")).unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn when_our_process_is_killed_the_server_stops_cleanly_by_itself() {
    let directory = scratch();
    let (child, _) = helper("kill::holder", directory.path());
    let mut connection = connect(directory.path());
    end(child);
    connection
        .set_read_timeout(Some(Duration::from_mins(1)))
        .unwrap();
    let rest = connection.read_to_end(&mut Vec::new());
    assert!(
        !matches!(&rest, Err(error) if error.kind() == std::io::ErrorKind::WouldBlock),
        "the server ended the connection"
    );
    let cluster = Cluster::start(Options::new(directory.path())).unwrap();
    assert_eq!(ask(&cluster, "SELECT count(*) FROM kept"), "1");
    let log = server_log(directory.path());
    assert!(log.contains("database system was shut down at"), "{log}");
}

#[test]
fn when_both_are_killed_the_next_start_recovers() {
    let directory = scratch();
    for round in 1..=4 {
        let (child, server) = helper("kill::holder", directory.path());
        kill_now(&server);
        end(child);
        let cluster = Cluster::start(Options::new(directory.path())).unwrap();
        let rows = ask(&cluster, "SELECT count(*) FROM kept");
        assert_eq!(rows, round.to_string(), "no acknowledged row is lost");
        let log = server_log(directory.path());
        assert!(log.contains("not properly shut down"), "{log}");
        cluster.stop().unwrap();
    }
}

#[test]
fn when_the_server_is_killed_it_is_started_again() {
    let directory = scratch();
    let cluster = Cluster::start(Options::new(directory.path())).unwrap();
    ask(&cluster, "CREATE TABLE kept AS SELECT 7 AS number");
    // A server that dies within seconds of its start is not replaced, so let it live that long.
    ask(&cluster, "SELECT pg_sleep(2.1)");
    let first = cluster.server_pid().unwrap();
    kill_now(&first.to_string());
    let psql = cluster.binaries().directory().join("psql");
    let url = cluster.connection_url("postgres");
    let answer = std::iter::repeat_with(|| {
        let output = std::process::Command::new(&psql)
            .args([
                "-X",
                "-t",
                "-A",
                "-d",
                &url,
                "-c",
                "SELECT number FROM kept",
            ])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    })
    .take(3_000)
    .find(|answer| !answer.is_empty())
    .expect("the server came back");
    assert_eq!(answer, "7");
    assert_ne!(cluster.server_pid().unwrap(), first);
}
