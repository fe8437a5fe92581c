//! `check-config`: what a configuration comes to.

use std::io::Write;

use crate::settings::Settings;

pub(super) fn run(settings: &Settings) -> anyhow::Result<()> {
    // Secrets print as stars.
    writeln!(std::io::stdout(), "{settings:#?}")?;
    settings.check()?;
    crate::wiring::vault(settings)?;
    writeln!(std::io::stdout(), "The configuration can be used.")?;
    Ok(())
}
