use super::*;

fn shell(directory: &Path, script: &str) -> Process {
    Program::new("a script", "sh", directory.join("log"))
        .arg("-c")
        .arg(script)
        .start()
        .unwrap()
}

/// The process ids a script has written, once it has.
fn written(path: &Path, lines: usize) -> Vec<i32> {
    let began_at = Instant::now();
    loop {
        let text = fs::read_to_string(path).unwrap_or_default();
        if text.ends_with('\n') && text.lines().count() == lines {
            return text.lines().map(|line| line.parse().unwrap()).collect();
        }
        assert!(began_at.elapsed() < Duration::from_secs(30), "{text}");
        pause();
    }
}

fn is_alive(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.contains(") Z ") && !stat.contains(") X "))
}

/// A killed process is gone soon, not at once.
fn assert_gone(pid: i32) {
    let began_at = Instant::now();
    while is_alive(pid) {
        assert!(began_at.elapsed() < Duration::from_secs(30));
        pause();
    }
}

#[test]
fn dropping_ends_the_server_and_its_children_even_if_they_ignore_the_request() {
    let directory = tempfile::tempdir().unwrap();
    let pids = directory.path().join("pids");
    let script = format!(
        "sh -c 'trap \"\" TERM; echo $$ >>{0}; while :; do sleep 60; done' & echo $$ >>{0}; wait",
        pids.display()
    );
    let process = shell(directory.path(), &script);
    let pids = written(&pids, 2);
    drop(process);
    pids.into_iter().for_each(assert_gone);
}

#[test]
fn a_killed_owner_takes_the_server_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("pids");
    // The owner holds the pipe, as we would; the keeper is in a session of its own, where no signal to the owner's
    // group reaches it.
    let script = format!(
        "echo $$ >{0}; sleep 60 | setsid sh -c '{1}' keeper sh -c 'echo $$ >>{0}; exec sleep 60'",
        file.display(),
        KEEPER.replace('\'', "'\\''")
    );
    let mut owner = Command::new("sh")
        .args(["-c", &script])
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap();
    let pids = written(&file, 2);
    assert!(is_alive(pids[1]));
    killpg(Pid::from_raw(pids[0]), Signal::SIGKILL).unwrap();
    owner.wait().unwrap();
    assert_gone(pids[1]);
}

#[tokio::test]
async fn a_server_that_ends_at_once_is_reported_with_its_last_words() {
    let directory = tempfile::tempdir().unwrap();
    let mut process = shell(directory.path(), "echo no such thing >&2; exit 3");
    let port = crate::free_port().unwrap();
    match process.wait_for_port(port, Duration::from_secs(30)).await {
        Err(Error::Ended { log, .. }) => assert!(log.contains("no such thing"), "{log}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_server_that_never_listens_is_given_up() {
    let directory = tempfile::tempdir().unwrap();
    let mut process = shell(directory.path(), "sleep 60");
    let port = crate::free_port().unwrap();
    let waited = process.wait_for_port(port, Duration::ZERO).await;
    assert!(matches!(waited, Err(Error::NotReady { .. })), "{waited:?}");
}
