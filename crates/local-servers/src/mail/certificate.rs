//! A self-signed certificate for `localhost`, made when a directory is used for the first time.

use std::{fs, path::PathBuf, process::Stdio};

use tokio::process::Command;

use super::{account::Account, layout::Layout};
use crate::Error;

/// Not a certificate authority: a client that trusts it trusts this server and nothing else. The usual configuration of
/// the program would make it one, and strict clients refuse an authority as a server.
const REQUEST: &str = "[req]
distinguished_name = name
x509_extensions = server
prompt = no
[name]
CN = localhost
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
";

#[derive(Clone, Debug)]
pub(super) struct Certificate {
    pub(super) chain: PathBuf,
    pub(super) key: PathBuf,
    pub(super) pem: String,
}

impl Certificate {
    pub(super) async fn ensure(layout: &Layout, account: &Account) -> Result<Self, Error> {
        let certificate = layout.auth().join("certificate.pem");
        let key = layout.auth().join("key.pem");
        if !certificate.exists() || !key.exists() {
            let request = layout.auth().join("request.conf");
            fs::write(&request, REQUEST).map_err(Error::io("write", &request))?;
            let mut command = Command::new("openssl");
            command
                .args(["req", "-x509", "-newkey", "ec", "-pkeyopt"])
                .args(["ec_paramgen_curve:prime256v1", "-nodes", "-days", "365"])
                .arg("-config")
                .arg(&request)
                .arg("-keyout")
                .arg(&key)
                .arg("-out")
                .arg(&certificate)
                .stdin(Stdio::null());
            super::servers::run("openssl", &mut command).await?;
            account.give(&certificate)?;
            account.give(&key)?;
        }
        let pem = fs::read_to_string(&certificate).map_err(Error::io("read", &certificate))?;
        Ok(Self {
            chain: certificate,
            key,
            pem,
        })
    }
}
