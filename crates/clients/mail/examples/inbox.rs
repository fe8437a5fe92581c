//! Shows the newest messages: `inbox <host> <user>`, with the password on standard input.

use std::io::{self, Read as _, Write as _};

use bheem_mail::{Client, imap::ListQuery};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, user] = arguments.as_slice() else {
        return Err("usage: inbox <host> <user>".into());
    };
    let mut password = String::new();
    io::stdin().read_to_string(&mut password)?;
    let client = Client::builder(host).build()?;
    let account = client.account_with_password(user, password.trim());
    let page = account
        .messages("INBOX")
        .list(&ListQuery::new(), None)
        .await?;
    let mut out = io::stdout();
    for message in page.items {
        let mark = if message.is_seen() { ' ' } else { '*' };
        writeln!(out, "{mark} {} {}", message.uid.0, message.envelope.subject)?;
    }
    Ok(())
}
