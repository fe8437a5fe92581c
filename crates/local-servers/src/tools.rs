//! Programs that only tests need, installed by `scripts/test-tools`.

use std::path::Path;

use tokio::process::Command;

use crate::Error;

/// What the script answers when something cannot be installed here.
const CANNOT: i32 = 77;

/// Where a group of tools is, installed if need be. `None` where that is not possible (not root, no network), which is
/// an error for whoever runs all checks (`CI` is set).
///
/// # Errors
/// If the script fails, with what it wrote.
#[expect(
    clippy::disallowed_methods,
    reason = "whether all checks are run is for the environment to say"
)]
pub async fn tools(group: &str) -> Result<Option<String>, Error> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/test-tools");
    let output = Command::new(&script)
        .arg(group)
        .output()
        .await
        .map_err(|source| Error::Spawn {
            program: script.display().to_string(),
            source,
        })?;
    let reason = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.code() == Some(CANNOT) && std::env::var_os("CI").is_none() {
        tracing::warn!(group, reason, "left out: cannot be installed here");
        return Ok(None);
    }
    if !output.status.success() {
        return Err(Error::Program {
            program: format!("test-tools {group}"),
            output: reason,
        });
    }
    Ok(Some(
        String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    ))
}
