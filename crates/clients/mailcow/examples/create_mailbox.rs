//! Creates a mailbox: `create_mailbox <base-url> <local-part> <domain>`, with the API key on standard input.

use std::io::{self, Read as _};

use bheem_mailcow::{Client, CreateMailbox, SecretString};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [base_url, local_part, domain] = arguments.as_slice() else {
        return Err("usage: create_mailbox <base-url> <local-part> <domain>".into());
    };
    let mut key = String::new();
    io::stdin().read_to_string(&mut key)?;
    let mailcow = Client::builder(base_url, SecretString::from(key.trim())).build()?;
    let mailbox = CreateMailbox::new(local_part, domain);
    mailcow.mailboxes().create(&mailbox).await?;
    let made = mailcow.mailboxes().find(&mailbox.address()).await?;
    io::Write::write_fmt(&mut io::stdout(), format_args!("{made:#?}\n"))?;
    Ok(())
}
