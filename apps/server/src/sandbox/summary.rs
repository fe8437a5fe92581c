//! What a newcomer sees when everything runs.

use std::{collections::BTreeMap, io::Write, path::Path};

use super::Description;

pub(super) fn print(sandbox: &Description, directory: &Path) -> anyhow::Result<()> {
    let url = &sandbox.base_url;
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nBheem Workspace is running.\n")?;
    let row = |out: &mut std::io::StdoutLock<'_>, name: &str, value: &str| {
        writeln!(out, "  {name:<14} {value}")
    };
    row(&mut out, "API", &format!("{url}/api/v1"))?;
    row(&mut out, "API docs", &format!("{url}/docs"))?;
    row(&mut out, "your account", &format!("{url}/account"))?;
    row(
        &mut out,
        "sign-in",
        &format!("{url}/.well-known/openid-configuration"),
    )?;
    for (name, peer) in &sandbox.peers {
        let address = peer.get("address").or_else(|| peer.get("base_url"));
        let stand_in = format!(
            "{}  (stand-in; state at {}/__sandbox/state)",
            address.map_or("", String::as_str),
            peer.get("control_url").map_or("", String::as_str)
        );
        row(&mut out, name, &stand_in)?;
    }
    row(&mut out, "mail", "starting; its addresses follow")?;
    row(&mut out, "administrator", &sandbox.admin.email)?;
    row(&mut out, "password", &sandbox.admin.password)?;
    row(&mut out, "kept in", &directory.display().to_string())?;
    writeln!(out, "\nTry, in another terminal:\n")?;
    let here = format!("--data-dir {}", directory.display());
    writeln!(out, "  cargo run -- demo {here}")?;
    writeln!(out, "  cargo run -- saga list {here}")?;
    writeln!(out, "  curl {url}/health/ready")?;
    writeln!(
        out,
        "\nCtrl-C stops it; what it holds is there again at the next start.\n"
    )?;
    out.flush()?;
    Ok(())
}

/// Where the mail server answers, once it does.
pub(super) fn print_mail(addresses: &BTreeMap<String, String>) -> anyhow::Result<()> {
    let imap = addresses.get("imap").map_or("", String::as_str);
    let submission = addresses.get("submission").map_or_else(
        || "no submission, which takes root".to_owned(),
        |address| format!("submission {address}"),
    );
    line(&format!("IMAP {imap}, {submission}"))
}

/// Why there is no mail server.
pub(super) fn print_no_mail(why: &str) -> anyhow::Result<()> {
    line(&format!("off: {why}"))
}

fn line(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "  {:<14} {text}\n", "mail")?;
    out.flush()?;
    Ok(())
}
