//! Sends an invitation: `send_invite <base-url> <address> <link> <idempotency-key>`, with the API key on standard input.

use std::io::{self, Read as _};

use bheem_notify::{Client, SecretString, WorkspaceInvite};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [base_url, address, link, idempotency_key] = arguments.as_slice() else {
        return Err("usage: send_invite <base-url> <address> <link> <idempotency-key>".into());
    };
    let mut key = String::new();
    io::stdin().read_to_string(&mut key)?;
    let notify = Client::builder(base_url, SecretString::from(key.trim())).build()?;
    let invite = WorkspaceInvite::new(address, "The example", "Example", link);
    let sent = notify
        .send_template(idempotency_key, &invite.to(address))
        .await?;
    io::Write::write_fmt(&mut io::stdout(), format_args!("{sent:?}\n"))?;
    Ok(())
}
