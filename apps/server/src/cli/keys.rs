//! `keys`: the keys that sign tokens.

use std::io::Write;

use bheem_identity::{Algorithm, KeyInfo, KeyState};
use chrono::SecondsFormat;

use super::args::{KeysArguments, KeysVerb};
use crate::wiring;

pub(super) async fn run(arguments: KeysArguments) -> anyhow::Result<()> {
    let settings = super::installation(&arguments.target)?;
    let database = wiring::database(&settings).await?;
    let identity = wiring::identity(&settings, &database).await?;
    let keys = identity.keys();
    match arguments.verb {
        KeysVerb::List => {
            for key in keys.list().await? {
                show(&key)?;
            }
            Ok(())
        }
        KeysVerb::Rotate {
            algorithm,
            immediately,
        } => {
            let algorithm: Algorithm = algorithm.parse()?;
            show(&keys.rotate_now(algorithm, immediately).await?)
        }
    }
}

fn show(key: &KeyInfo) -> anyhow::Result<()> {
    let state = match key.state {
        KeyState::Next => "next",
        KeyState::Current => "current",
        KeyState::Retired => "retired",
    };
    let at = |time: chrono::DateTime<chrono::Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
    let mut out = std::io::stdout();
    write!(
        out,
        "{} {:<6} {state:<8} signs from {}",
        key.id,
        key.algorithm.as_str(),
        at(key.sign_from)
    )?;
    if let Some(until) = key.sign_until {
        write!(out, " until {}", at(until))?;
    }
    if let Some(until) = key.publish_until {
        write!(out, ", published until {}", at(until))?;
    }
    writeln!(out)?;
    Ok(())
}
