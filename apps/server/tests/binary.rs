//! The program itself: starting, stopping, being killed.
#![cfg(test)]

use std::{
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use bheem_http_kit::throwaway_password;
use bheem_local_servers::tools;
use bheem_mail::Endpoint;
use bheem_mailcow::{CreateAppPassword, CreateDomain, CreateMailbox};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bheem-workspace"));
    // A database that the machine names is for the other tests.
    command
        .args(arguments)
        .env_remove("DATABASE_URL")
        .env("RUST_LOG", "debug");
    command
}

fn start(directory: &Path) -> Child {
    command(&["sandbox", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(directory)
        .stdout(Stdio::piped())
        // Not a pipe: nobody reads it while the process runs.
        .stderr(std::fs::File::create(log_of(directory)).unwrap())
        .spawn()
        .unwrap()
}

/// Waits until this very process has described itself.
fn description(directory: &Path, child: &mut Child) -> Value {
    let deadline = Instant::now() + Duration::from_mins(1);
    while Instant::now() < deadline {
        if let Ok(text) = std::fs::read(directory.join("sandbox.json")) {
            let description: Value = serde_json::from_slice(&text).unwrap();
            if description["pid"] == child.id() {
                return description;
            }
        }
        assert!(
            child.try_wait().unwrap().is_none(),
            "it ended: {}",
            log(directory)
        );
        std::thread::park_timeout(Duration::from_millis(20));
    }
    panic!("it does not start");
}

/// Where the latest process says what happens.
fn log_of(directory: &Path) -> std::path::PathBuf {
    directory.join("log")
}

fn log(directory: &Path) -> String {
    std::fs::read_to_string(log_of(directory)).unwrap()
}

fn signal(child: &Child, signal: Signal) {
    kill(Pid::from_raw(child.id().try_into().unwrap()), signal).unwrap();
}

/// Waits for the end; everything that was said, and the exit code.
fn end(child: Child) -> Output {
    child.wait_with_output().unwrap()
}

fn run(arguments: &[&str], directory: &Path) -> Output {
    command(arguments)
        .arg("--data-dir")
        .arg(directory)
        .output()
        .unwrap()
}

#[test]
fn a_sandbox_starts_demonstrates_and_stops_cleanly_without_telling_secrets() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = start(directory.path());
    let description = description(directory.path(), &mut child);
    let mode = std::fs::metadata(directory.path().join("sandbox.json"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    for (peer, names) in [
        ("mailcow", vec!["base_url", "control_url", "api_key"]),
        (
            "nextcloud",
            vec![
                "base_url",
                "control_url",
                "admin_user",
                "admin_password",
                "sample_user",
                "sample_password",
            ],
        ),
        ("notify", vec!["base_url", "control_url", "api_key"]),
        ("dns", vec!["address", "control_url"]),
    ] {
        for name in names {
            assert!(
                description["peers"][peer][name].is_string(),
                "{peer}.{name}"
            );
        }
    }

    let demo = run(&["demo"], directory.path());
    let story = String::from_utf8(demo.stdout).unwrap();
    assert!(demo.status.success(), "{story}");
    assert_eq!(story.matches(": success").count(), 3, "{story}");

    let runs = run(&["saga", "list"], directory.path());
    let runs = String::from_utf8(runs.stdout).unwrap();
    assert_eq!(runs.matches("provision_member").count(), 3, "{runs}");

    // A second start is told who runs and where.
    let second = command(&["sandbox", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(directory.path())
        .output()
        .unwrap();
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(!second.status.success());
    let base_url = description["base_url"].as_str().unwrap();
    assert!(
        said.contains(base_url) && said.contains(&child.id().to_string()),
        "{said}"
    );

    let asked = Instant::now();
    signal(&child, Signal::SIGTERM);
    let output = end(child);
    assert!(output.status.success());
    assert!(asked.elapsed() < Duration::from_secs(10));
    let log = log(directory.path());
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        log.lines()
            .all(|line| serde_json::from_str::<Value>(line).is_ok()),
        "JSON lines"
    );
    let secrets = secrets(&description, directory.path());
    assert!(secrets.len() > 5);
    for secret in secrets {
        assert!(!log.contains(&secret), "a secret in the log");
        let is_admins = description["admin"]["password"] == secret.as_str();
        assert!(is_admins || !said.contains(&secret));
    }
    assert!(!log.contains("#token="), "a link in the log");
    assert!(!log.contains("Bearer ey"), "a token in the log");
    assert!(
        !directory
            .path()
            .join("postgres/data/postmaster.pid")
            .exists()
    );
}

/// Every secret that the sandbox knows.
fn secrets(description: &Value, directory: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(directory.join("secrets.json")).unwrap();
    let own: Value = serde_json::from_str(&text).unwrap();
    let peers = description["peers"].as_object().unwrap().values();
    peers
        .flat_map(|peer| peer.as_object().unwrap().clone())
        .filter(|(name, _)| name.contains("key") || name.contains("password"))
        .map(|(_, value)| value)
        .chain([own["admin_password"].clone(), own["vault_key"].clone()])
        .map(|value| value.as_str().unwrap().to_owned())
        .collect()
}

/// Waits until the mail server of a sandbox is told of.
fn mail_of(directory: &Path) -> Value {
    let deadline = Instant::now() + Duration::from_mins(1);
    while Instant::now() < deadline {
        let text = std::fs::read(directory.join("sandbox.json")).unwrap();
        let description: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(description["no_mail"], Value::Null);
        if description["peers"]["mail"].is_object() {
            return description["peers"]["mail"].clone();
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
    panic!("no mail server starts");
}

#[tokio::test]
async fn a_mailbox_of_the_sandbox_opens_with_what_mailcow_holds() {
    if tools("mail").await.unwrap().is_none() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let mut child = start(directory.path());
    let description = description(directory.path(), &mut child);
    let text = |name: &str| {
        description["peers"]["mailcow"][name]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let mailcow = bheem_mailcow::Client::builder(text("base_url"), text("api_key").into())
        .build()
        .unwrap();
    let domain = CreateDomain::new("acme.test");
    mailcow.domains().create(&domain).await.unwrap();
    // One that the mail server cannot have is in nobody's way.
    for name in ["o'brien", "john"] {
        let mailbox = CreateMailbox::new(name, "acme.test");
        mailcow.mailboxes().create(&mailbox).await.unwrap();
    }
    let password = throwaway_password();
    let app = CreateAppPassword::new("john@acme.test", "phone", password.clone());
    mailcow.app_passwords().create(&app).await.unwrap();

    let mail = mail_of(directory.path());
    let imaps = mail["imaps"].as_str().unwrap();
    let (_, port) = imaps.rsplit_once(':').unwrap();
    // A client each time: one keeps its connections, and who is logged in stays so.
    let opens = async || {
        let client = bheem_mail::Client::builder("localhost")
            .imap(Endpoint::implicit(port.parse().unwrap()))
            .root_certificate_pem(mail["certificate_pem"].as_str().unwrap())
            .build()
            .unwrap();
        let account = client.account_with_password("john@acme.test", password.clone());
        account.folders().list().await.is_ok()
    };
    let deadline = Instant::now() + Duration::from_secs(30);
    while !opens().await {
        assert!(Instant::now() < deadline, "{}", log(directory.path()));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // Mailcow's word counts: without the password it does not open any more.
    let passwords = mailcow.app_passwords();
    let id = passwords.list("john@acme.test").await.unwrap()[0].id;
    passwords.delete("john@acme.test", id).await.unwrap();
    while opens().await {
        assert!(Instant::now() < deadline, "{}", log(directory.path()));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    signal(&child, Signal::SIGTERM);
    assert!(end(child).status.success());
}

#[test]
fn interrupting_stops_it_and_what_it_held_is_there_again() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = start(directory.path());
    let first = description(directory.path(), &mut child);
    assert!(run(&["demo"], directory.path()).status.success());
    signal(&child, Signal::SIGINT);
    assert!(end(child).status.success());

    let mut child = start(directory.path());
    let second = description(directory.path(), &mut child);
    assert_eq!(first["admin"], second["admin"]);
    let runs = run(&["saga", "list"], directory.path());
    let runs = String::from_utf8(runs.stdout).unwrap();
    assert_eq!(runs.matches("provision_member").count(), 3, "{runs}");
    signal(&child, Signal::SIGTERM);
    assert!(end(child).status.success());
}

#[test]
fn platform_administrators_are_made_and_unmade_and_one_is_always_left() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let mut child = start(directory);
    let first = description(directory, &mut child)["admin"]["email"].clone();
    let first = first.as_str().unwrap();
    let admin = |arguments: &[&str]| {
        let mut all = vec!["admin"];
        all.extend_from_slice(arguments);
        let output = run(&all, directory);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.success(), text)
    };
    assert!(admin(&["list"]).1.contains(first));
    let (is_done, said) = admin(&["revoke", first]);
    assert!(!is_done, "{said}");
    assert!(!admin(&["grant", "nobody"]).0);
    let second = "second@admin.example";
    assert!(admin(&["create", "--email", second]).0);
    assert!(admin(&["revoke", first]).0);
    let (_, listed) = admin(&["list"]);
    assert!(
        listed.contains(second) && !listed.contains(first),
        "{listed}"
    );
    assert!(admin(&["grant", first]).0);
    assert!(admin(&["list"]).1.contains(first));
    signal(&child, Signal::SIGTERM);
    end(child);
}

#[test]
fn a_production_start_names_everything_that_is_missing() {
    let output = command(&["serve"]).output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    for name in [
        "database.url",
        "vault.keys",
        "http.public_url",
        "mail.mx_host",
    ] {
        assert!(said.contains(name), "{said}");
    }
}

#[test]
fn the_checked_in_document_is_the_servers() {
    let output = command(&["openapi"]).output().unwrap();
    assert!(output.status.success());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let checked_in = std::fs::read_to_string(path).unwrap();
    assert!(
        String::from_utf8(output.stdout).unwrap() == checked_in,
        "docs/openapi.json is not up to date: run `just openapi`"
    );
}
