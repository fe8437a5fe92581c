//! `openapi`: the document, for `docs/openapi.json` and for generators.

use std::io::Write;

pub(super) fn print() -> anyhow::Result<()> {
    let mut document = crate::openapi::document()?;
    document.push('\n');
    std::io::stdout().write_all(document.as_bytes())?;
    Ok(())
}
