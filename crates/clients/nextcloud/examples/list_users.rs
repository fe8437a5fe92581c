//! Lists user ids: `list_users <base-url> <admin>`, with the app password on standard input.

use std::io::{self, Read as _, Write as _};

use bheem_nextcloud::{Auth, Client, SecretString};
use futures::TryStreamExt as _;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [base_url, admin] = arguments.as_slice() else {
        return Err("usage: list_users <base-url> <admin>".into());
    };
    let mut password = String::new();
    io::stdin().read_to_string(&mut password)?;
    let auth = Auth::basic(admin, SecretString::from(password.trim()));
    let nextcloud = Client::builder(base_url, auth).build()?;
    let ids: Vec<String> = nextcloud.users().stream("").try_collect().await?;
    writeln!(io::stdout(), "{ids:#?}")?;
    Ok(())
}
