//! `admin`: platform administrators.

use std::io::{Read, Write};

use bheem_domain::EmailAddress;
use secrecy::{ExposeSecret, SecretString};

use super::args::{AdminArguments, AdminVerb};
use crate::wiring;

pub(super) async fn run(arguments: AdminArguments) -> anyhow::Result<()> {
    let settings = super::installation(&arguments.target)?;
    let AdminVerb::Create {
        email,
        password_stdin,
    } = arguments.verb;
    let email = EmailAddress::parse(&email)?;
    let password = if password_stdin {
        read_password()?
    } else {
        bheem_vault::token::generate()?
    };
    let database = wiring::database(&settings).await?;
    let identity = wiring::identity(&settings, &database).await?;
    let account = identity
        .create_super_admin(&email, password.clone())
        .await?;
    let mut out = std::io::stdout();
    writeln!(out, "Made {} ({})", account.username, account.id)?;
    if !password_stdin {
        writeln!(out, "Password: {}", password.expose_secret())?;
    }
    Ok(())
}

fn read_password() -> anyhow::Result<SecretString> {
    let mut text = String::new();
    std::io::stdin().take(4096).read_to_string(&mut text)?;
    Ok(text.trim_end_matches(['\r', '\n']).into())
}
