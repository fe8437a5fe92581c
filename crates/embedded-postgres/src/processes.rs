//! Which processes live in a data directory. PostgreSQL's processes all have it as working
//! directory, which a reused process id cannot imitate by chance.

use std::path::Path;

/// The live PostgreSQL processes (no zombies) whose working directory is `data`.
#[cfg(target_os = "linux")]
pub(crate) fn living_in(data: &Path) -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| is_alive(*pid) && works_in(*pid, data))
        .collect()
}

#[cfg(target_os = "linux")]
fn works_in(pid: u32, data: &Path) -> bool {
    std::fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == data)
}

/// Whether the process is a PostgreSQL server process and not a zombie. A killed process shows
/// state R for a moment before Z, so callers look repeatedly.
#[cfg(target_os = "linux")]
fn is_alive(pid: u32) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else {
        return false;
    };
    // The name is in parentheses and may itself contain some.
    let Some((head, tail)) = stat.rsplit_once(')') else {
        return false;
    };
    let name = head.split_once('(').map_or("", |(_, name)| name);
    let state = tail.trim_start().chars().next();
    matches!(name, "postgres" | "postmaster") && !matches!(state, Some('Z' | 'X') | None)
}

/// Without /proc: the process of the pid file, if `ps` calls it a server on this data directory.
#[cfg(not(target_os = "linux"))]
pub(crate) fn living_in(data: &Path) -> Vec<u32> {
    let Some(file) = crate::pid_file::PidFile::read(data) else {
        return Vec::new();
    };
    let output = std::process::Command::new("ps")
        .args(["-o", "stat=,command=", "-p", &file.pid.to_string()])
        .output();
    let line = output
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    let ours = line.contains("postgres")
        && line.contains(&*data.to_string_lossy())
        && !line.starts_with('Z');
    if ours { vec![file.pid] } else { Vec::new() }
}
