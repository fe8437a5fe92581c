//! Programs of other people, and talking with them in lines of JSON.

use std::{path::Path, process::Stdio};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

/// What `scripts/test-tools` answers when something cannot be installed here.
const CANNOT: i32 = 77;

/// Where a group of tools is, installed if need be. `None` where that is not possible, which is an error for whoever
/// runs all checks (`CI` is set).
#[expect(
    clippy::disallowed_methods,
    reason = "whether all checks are run is for the environment to say"
)]
pub(crate) async fn tools(group: &str) -> Option<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/test-tools");
    let output = Command::new(script).arg(group).output().await.unwrap();
    let reason = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(CANNOT) && std::env::var_os("CI").is_none() {
        eprintln!("left out, as {group} cannot be installed here: {reason}");
        return None;
    }
    assert!(output.status.success(), "{group}: {reason}");
    Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

/// A program that asks in lines of JSON and is answered so.
pub(crate) struct Conversation {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Conversation {
    pub(crate) fn begin(program: &str, arguments: &[&str]) -> Self {
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()).lines(),
            child,
        }
    }

    pub(crate) async fn tell(&mut self, what: &Value) {
        let line = format!("{what}\n");
        self.input.write_all(line.as_bytes()).await.unwrap();
    }

    /// What it says next; `None` when it has ended well.
    pub(crate) async fn hear(&mut self) -> Option<Value> {
        if let Some(line) = self.output.next_line().await.unwrap() {
            return Some(serde_json::from_str(&line).unwrap_or_else(|_| panic!("it says {line}")));
        }
        let end = self.child.wait().await.unwrap();
        assert!(end.success(), "the program failed: {end}");
        None
    }
}
