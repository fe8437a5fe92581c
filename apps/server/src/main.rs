//! `bheem-workspace`: the server and its command line.

use std::process::ExitCode;

use bheem_server::{cli, logging};

fn main() -> ExitCode {
    match cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", logging::chain(&*error));
            ExitCode::FAILURE
        }
    }
}
