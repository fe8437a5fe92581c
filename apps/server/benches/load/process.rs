//! The program under measurement.

use std::{
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;

pub(crate) struct Program {
    child: Option<Child>,
    pub(crate) description: Value,
}

impl Program {
    /// Starts it and waits until everything answers.
    pub(crate) async fn start(directory: &Path, slots: u32) -> Self {
        let log = std::fs::File::create(directory.join("log")).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_bheem-workspace"))
            .args([
                "sandbox",
                "--no-mail",
                "--listen",
                "127.0.0.1:0",
                "--data-dir",
            ])
            .arg(directory)
            .env_remove("DATABASE_URL")
            .env("BHEEM__SAGA__SLOTS_PER_TENANT", slots.to_string())
            .env("RUST_LOG", "warn")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        for _ in 0..6_000 {
            if let Ok(text) = std::fs::read(directory.join("sandbox.json")) {
                let description: Value = serde_json::from_slice(&text).unwrap();
                if description["pid"] == child.id() {
                    return Self {
                        child: Some(child),
                        description,
                    };
                }
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let _ = child.kill();
        let _ = child.wait();
        panic!("it does not start");
    }

    pub(crate) fn address(&self) -> SocketAddr {
        let url = self.description["base_url"].as_str().unwrap();
        let port = url.rsplit_once(':').unwrap().1.parse().unwrap();
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Resident memory of the process, without PostgreSQL.
    pub(crate) fn rss_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS"))
            .unwrap();
        line.split_whitespace()
            .nth(1)
            .unwrap()
            .parse::<f64>()
            .unwrap()
            / 1_024.0
    }

    /// Time on processors so far, of the process alone.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap();
        let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        let ticks = |index: usize| fields[index].parse::<f64>().unwrap();
        (ticks(11) + ticks(12)) / 100.0
    }

    pub(crate) async fn stop(mut self) {
        if let Some(mut child) = self.child.take() {
            kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGTERM).unwrap();
            tokio::task::spawn_blocking(move || child.wait().unwrap())
                .await
                .unwrap();
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
