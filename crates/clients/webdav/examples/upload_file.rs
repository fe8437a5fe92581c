//! Uploads a file of any size: `upload_file <base-url> <user> <file> <path> <id>`, with the app password on standard
//! input. Started again with the same id after it broke off, it goes on.

use std::io::{self, Read as _, Write as _};

use bheem_webdav::{Auth, Client, DavPath, SecretString, Upload};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [base_url, user, file, path, id] = arguments.as_slice() else {
        return Err("usage: upload_file <base-url> <user> <file> <path> <id>".into());
    };
    let mut password = String::new();
    io::stdin().read_to_string(&mut password)?;
    let auth = Auth::basic(user, SecretString::from(password.trim()));
    let files = Client::builder(base_url, auth).build()?.nextcloud()?;
    let upload = Upload::new(DavPath::parse(path)?, id);
    let put = files
        .upload_file(&upload, tokio::fs::File::open(file).await?)
        .await?;
    writeln!(io::stdout(), "{:?}", put.etag)?;
    Ok(())
}
