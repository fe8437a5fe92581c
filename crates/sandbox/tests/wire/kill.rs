//! What is kept over a restart, an orderly one and one by SIGKILL.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
};

use bheem_sandbox::{Options, PublishedRecord, Sandbox};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{client, codes, dav_status, mailcow, ocs};

async fn start(directory: &Path) -> Sandbox {
    let options = Options {
        data_dir: Some(directory.to_path_buf()),
        ..Options::default()
    };
    Sandbox::start(options).await.unwrap()
}

#[tokio::test]
async fn state_and_credentials_survive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let sandbox = start(directory.path()).await;
    mailcow(
        &sandbox.mailcow,
        Method::POST,
        "add/domain",
        json!({"domain": "a.test"}),
    )
    .await;
    ocs(
        &sandbox.nextcloud,
        "POST",
        "v2.php/cloud/groups",
        json!({"groupid": "team"}),
    )
    .await;
    dav_status(&sandbox.nextcloud, "PUT", "files/sample/a.txt", &[], "kept").await;
    sandbox
        .dns
        .publish(&[PublishedRecord::new("a.test", "TXT", "x")])
        .unwrap();
    let before: Vec<Value> = sandbox.peers().iter().map(|peer| peer.state()).collect();
    let key = sandbox.mailcow.credential("api_key").to_owned();
    let records = sandbox.dns.peer.state();
    sandbox.shutdown().await;

    let sandbox = start(directory.path()).await;
    let after: Vec<Value> = sandbox.peers().iter().map(|peer| peer.state()).collect();
    assert_eq!(after, before);
    assert_eq!(sandbox.mailcow.credential("api_key"), key);
    assert_eq!(sandbox.dns.peer.state(), records);
    let again = json!({"domain": "a.test"});
    let (_, answer) = mailcow(&sandbox.mailcow, Method::POST, "add/domain", again).await;
    assert_eq!(codes(&answer), ["danger domain_exists"]);
    assert_eq!(
        dav_status(&sandbox.nextcloud, "GET", "files/sample/a.txt", &[], "").await,
        200
    );
}

#[tokio::test]
async fn files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let _sandbox = start(directory.path()).await;
    for file in std::fs::read_dir(directory.path()).unwrap() {
        let mode = file.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let first = Sandbox::in_memory().await.unwrap();
    let port = first
        .mailcow
        .base_url
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let mut options = Options::default();
    options.ports.notify = port;
    let error = Sandbox::start(options).await.unwrap_err().to_string();
    assert_eq!(error, format!("could not listen for notify on port {port}"));
}

#[test]
fn it_starts_without_a_runtime_of_ours_that_can_spawn() {
    actix_web::rt::System::new().block_on(async {
        let sandbox = Sandbox::in_memory().await.unwrap();
        let health = format!("{}/health", sandbox.notify.base_url);
        assert_eq!(client().get(health).send().await.unwrap().status(), 200);
        sandbox.shutdown().await;
    });
}

/// Runs in a process of its own until it is killed.
#[tokio::test]
#[ignore = "run by the other tests in a process of its own"]
#[expect(
    clippy::disallowed_methods,
    reason = "the test harness passes no arguments to a test"
)]
async fn victim() {
    let directory = std::env::var_os("SANDBOX_DIRECTORY").unwrap();
    let sandbox = start(Path::new(&directory)).await;
    println!(
        "READY {} {}",
        sandbox.mailcow.base_url,
        sandbox.mailcow.credential("api_key")
    );
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

fn spawn(directory: &Path) -> (Child, String, String) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["kill::victim", "--exact", "--ignored", "--nocapture"])
        .env("SANDBOX_DIRECTORY", directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut ready = lines.map(Result::unwrap);
    let ready = ready.find_map(|line| line.split_once("READY ").map(|(_, rest)| rest.to_owned()));
    let ready = ready.unwrap();
    let (url, key) = ready.split_once(' ').unwrap();
    (child, url.to_owned(), key.to_owned())
}

/// Adds domains one after the other until the connection breaks; answers those that were acknowledged.
async fn add_until_killed(url: &str, key: &str, round: usize) -> Vec<String> {
    let client = client();
    let mut acknowledged = Vec::new();
    for number in 0.. {
        let domain = format!("d{round}-{number}.test");
        let request = client
            .post(format!("{url}/api/v1/add/domain"))
            .header("X-API-Key", key)
            .json(&json!({"domain": domain}));
        let Ok(response) = request.send().await else {
            break;
        };
        if response.bytes().await.is_err() {
            break;
        }
        acknowledged.push(domain);
    }
    acknowledged
}

#[tokio::test]
async fn what_was_acknowledged_survives_sigkill_at_any_moment() {
    let directory = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for round in 0..5 {
        let (mut child, url, key) = spawn(directory.path());
        let journal = directory.path().join("mailcow.journal");
        let length = || std::fs::metadata(&journal).unwrap().len();
        // Another moment in each round.
        let enough = length() + 2_000 * (u64::try_from(round).unwrap() + 1);
        let kill = async {
            while length() < enough {
                tokio::task::yield_now().await;
            }
            child.kill().unwrap();
        };
        let (added, ()) = tokio::join!(add_until_killed(&url, &key, round), kill);
        child.wait().unwrap();
        acknowledged.extend(added);
    }
    let sandbox = start(directory.path()).await;
    let state = sandbox.mailcow.state();
    let names: Vec<&str> = state["domains"]
        .as_array()
        .unwrap()
        .iter()
        .map(|domain| domain["name"].as_str().unwrap())
        .collect();
    assert!(!acknowledged.is_empty());
    for domain in &acknowledged {
        assert_eq!(
            names.iter().filter(|name| *name == domain).count(),
            1,
            "{domain}"
        );
    }
    let unacknowledged = names.len() - acknowledged.len();
    assert!(
        unacknowledged <= 5,
        "at most the one request of each round: {unacknowledged}"
    );
}
