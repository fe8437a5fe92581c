//! Lists a folder: `list_folder <base-url> <user> <folder>`, with the app password on standard input.

use std::io::{self, Read as _, Write as _};

use bheem_webdav::{Auth, Client, DavPath, SecretString};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [base_url, user, folder] = arguments.as_slice() else {
        return Err("usage: list_folder <base-url> <user> <folder>".into());
    };
    let mut password = String::new();
    io::stdin().read_to_string(&mut password)?;
    let files = Client::builder(
        base_url,
        Auth::basic(user, SecretString::from(password.trim())),
    )
    .build()?;
    for entry in files.list(&DavPath::parse(folder)?).await? {
        writeln!(
            io::stdout(),
            "{} {:?} {:?}",
            entry.name,
            entry.size_bytes,
            entry.modified_at
        )?;
    }
    Ok(())
}
