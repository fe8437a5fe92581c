//! The command line.

mod admin;
mod args;
mod check_config;
mod client;
mod demo;
mod keys;
mod openapi;
mod saga;
mod serve;

use clap::Parser;

use self::args::{Arguments, Command};
use crate::{logging, sandbox, settings::Settings};

/// Reads the command line and does what it says.
///
/// # Errors
/// What went wrong, for a person to read.
pub fn run() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let command = arguments.command.unwrap_or_default();
    if let Command::Openapi = command {
        return openapi::print();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(dispatch(command))
}

async fn dispatch(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Sandbox(arguments) => {
            let settings = crate::settings::load(None, &variables())?;
            logging::start(&settings.log.filter)?;
            sandbox::run(&sandbox::Options {
                data_dir: arguments.data_dir,
                listen: arguments.listen,
                without_mail: arguments.no_mail,
                settings,
            })
            .await
        }
        Command::Serve(file) => serve::run(&settings(&file)?).await,
        Command::Migrate(file) => serve::migrate(&settings(&file)?).await,
        Command::CheckConfig(file) => check_config::run(&settings(&file)?),
        Command::Openapi => openapi::print(),
        Command::Demo(arguments) => demo::run(&arguments).await,
        Command::Saga(arguments) => saga::run(arguments).await,
        Command::Admin(arguments) => admin::run(arguments).await,
        Command::Client(arguments) => client::run(arguments).await,
        Command::Keys(arguments) => keys::run(arguments).await,
    }
}

fn settings(file: &args::ConfigFile) -> anyhow::Result<Settings> {
    Ok(crate::settings::load(file.config.as_deref(), &variables())?)
}

/// The environment, read once and handed on.
fn variables() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// The database and everything that reads it, of a command about a running installation: of the
/// sandbox in a directory, or of a configuration.
fn installation(target: &args::Installation) -> anyhow::Result<Settings> {
    match (
        &target.config,
        sandbox::Description::find(&target.data_dir)?,
    ) {
        (None, Some(description)) => description.settings(&target.data_dir),
        (config, _) => Ok(crate::settings::load(config.as_deref(), &variables())?),
    }
}
