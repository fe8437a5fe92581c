//! Starts, names or stops the PostgreSQL server that the tests of this checkout share.

use std::{io::Write, process::ExitCode};

use bheem_embedded_postgres::Shared;

fn main() -> ExitCode {
    let answer = match std::env::args().nth(1).as_deref() {
        Some("start") => start(),
        Some("stop") => stop(),
        _ => Err("usage: test-postgres start|stop".to_owned()),
    };
    let (text, code) = match answer {
        Ok(text) => (text, ExitCode::SUCCESS),
        Err(text) => (text, ExitCode::FAILURE),
    };
    // Nothing is left to do when nobody reads.
    let _ = writeln!(std::io::stdout(), "{text}");
    code
}

fn start() -> Result<String, String> {
    let shared =
        Shared::start(&bheem_testkit::shared_options()).map_err(|error| error.to_string())?;
    Ok(shared.connection_url("postgres"))
}

fn stop() -> Result<String, String> {
    let ran = bheem_testkit::stop().map_err(|error| error.to_string())?;
    Ok(if ran { "stopped" } else { "it was not running" }.to_owned())
}
