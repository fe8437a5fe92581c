//! Lists calendars: `list_calendars <base-url> <user>`, with the app password on standard input.

use std::io::{self, Read as _, Write as _};

use bheem_caldav::{Auth, Client, SecretString};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [base_url, user] = arguments.as_slice() else {
        return Err("usage: list_calendars <base-url> <user>".into());
    };
    let mut password = String::new();
    io::stdin().read_to_string(&mut password)?;
    let client = Client::builder(
        base_url,
        Auth::basic(user, SecretString::from(password.trim())),
    )
    .build()?;
    let home = client.discover_home().await?;
    for calendar in client.list_calendars(&home).await? {
        writeln!(
            io::stdout(),
            "{} {:?} {:?}",
            calendar.slug,
            calendar.display_name,
            calendar.components
        )?;
    }
    Ok(())
}
