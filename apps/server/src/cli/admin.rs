//! `admin`: platform administrators.

use std::io::{Read, Write};

use bheem_domain::{EmailAddress, PlatformRole};
use bheem_identity::{AccountChange, Identity};
use bheem_persistence::{Cursor, Database, PageRequest, SystemScope, repo::AccountFilter};
use secrecy::{ExposeSecret, SecretString};

use super::args::{AdminArguments, AdminVerb};
use crate::wiring;

pub(super) async fn run(arguments: AdminArguments) -> anyhow::Result<()> {
    let settings = super::installation(&arguments.target)?;
    let database = wiring::database(&settings).await?;
    let identity = wiring::identity(&settings, &database).await?;
    match arguments.verb {
        AdminVerb::Create {
            email,
            password_stdin,
        } => create(&identity, &email, password_stdin).await,
        AdminVerb::Grant { account } => {
            change(&database, &identity, &account, PlatformRole::SuperAdmin).await
        }
        AdminVerb::Revoke { account } => {
            change(&database, &identity, &account, PlatformRole::Customer).await
        }
        AdminVerb::List => list(&identity).await,
    }
}

async fn create(identity: &Identity, email: &str, password_stdin: bool) -> anyhow::Result<()> {
    let email = EmailAddress::parse(email)?;
    let password = if password_stdin {
        read_password()?
    } else {
        bheem_vault::token::generate()?
    };
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

/// Running servers hear of it within a second.
async fn change(
    database: &Database,
    identity: &Identity,
    name: &str,
    role: PlatformRole,
) -> anyhow::Result<()> {
    let account = identity.find_account(name).await?;
    let scope = SystemScope::server("change a platform role by the command line");
    let change = AccountChange {
        role: Some(role),
        ..AccountChange::default()
    };
    let mut tx = database.system(&scope).await?;
    let (account, _) = identity
        .change_account(&mut tx, account.id, &change)
        .await?;
    tx.commit().await?;
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{} ({}) is {}",
        account.username, account.id, account.role
    )?;
    Ok(())
}

async fn list(identity: &Identity) -> anyhow::Result<()> {
    let scope = SystemScope::server("list platform administrators by the command line");
    let filter = AccountFilter {
        role: Some(PlatformRole::SuperAdmin),
        ..AccountFilter::default()
    };
    let mut out = std::io::stdout();
    let mut page = PageRequest::parse(100, 0, None)?;
    loop {
        let accounts = identity.accounts(&scope, &filter, &page).await?;
        for account in &accounts {
            let state = if account.is_active { "" } else { " (disabled)" };
            writeln!(out, "{}  {}{state}", account.id, account.username)?;
        }
        let Some(last) = accounts.last().filter(|_| accounts.len() == 100) else {
            return Ok(());
        };
        page.after = Some(Cursor {
            created_at: last.created_at,
            id: last.id.as_uuid(),
        });
    }
}

fn read_password() -> anyhow::Result<SecretString> {
    let mut text = String::new();
    std::io::stdin().take(4096).read_to_string(&mut text)?;
    Ok(text.trim_end_matches(['\r', '\n']).into())
}
