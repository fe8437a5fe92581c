//! Mailboxes, their passwords and aliases, and the files Dovecot reads them from.
//!
//! A file holds one password for each user, and Dovecot asks one file after the other: a user's further passwords (app
//! passwords) are in further files. Dovecot reads a file again when its size or its time in whole seconds is another, so
//! each rewriting gets a later second than the one before; and it looks only once in each second.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    path::Path,
    process::Stdio,
    time::{Duration, SystemTime},
};

use secrecy::{ExposeSecret as _, SecretString};
use tokio::{io::AsyncWriteExt as _, process::Command};

use super::{
    account::Account,
    layout::{Layout, replace},
};
use crate::Error;

/// How many passwords a user can have.
pub const PASSWORDS_PER_USER: usize = 8;

/// A password of a mailbox.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum MailUserPassword {
    /// As it is typed; only a hash of it is written.
    Plain(SecretString),
    /// As Dovecot stores it, with its scheme, such as `{SHA512-CRYPT}$6$…` or `{BLF-CRYPT}$2y$…`.
    Hash(String),
}

/// A mailbox.
#[derive(Clone, Debug)]
pub struct MailUser {
    pub(super) address: String,
    passwords: Vec<MailUserPassword>,
    quota_bytes: Option<u64>,
}

impl MailUser {
    /// A mailbox that nobody can open with a password yet, without a quota.
    pub fn new(address: impl Into<String>) -> Self {
        Self {
            address: address.into().to_ascii_lowercase(),
            passwords: Vec::new(),
            quota_bytes: None,
        }
    }

    /// Adds a password. The first [`PASSWORDS_PER_USER`] count; more are refused.
    #[must_use]
    pub fn with_password(mut self, password: SecretString) -> Self {
        self.passwords.push(MailUserPassword::Plain(password));
        self
    }

    /// Adds a password by its hash.
    #[must_use]
    pub fn with_password_hash(mut self, hash: impl Into<String>) -> Self {
        self.passwords.push(MailUserPassword::Hash(hash.into()));
        self
    }

    /// Limits what the mailbox holds.
    #[must_use]
    pub fn with_quota_bytes(mut self, bytes: u64) -> Self {
        self.quota_bytes = Some(bytes);
        self
    }

    /// The address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }
}

/// An address whose mail others get. They may write in its name.
#[derive(Clone, Debug)]
pub struct Alias {
    pub(super) address: String,
    pub(super) targets: Vec<String>,
}

impl Alias {
    /// Mail to `address` goes to all of `targets`.
    pub fn new<T: Into<String>>(
        address: impl Into<String>,
        targets: impl IntoIterator<Item = T>,
    ) -> Self {
        let lower = |text: String| text.to_ascii_lowercase();
        Self {
            address: lower(address.into()),
            targets: targets.into_iter().map(|one| lower(one.into())).collect(),
        }
    }
}

/// Can a mailbox or an alias here have this address?
#[must_use]
pub fn is_usable(address: &str) -> bool {
    check_address(&address.to_ascii_lowercase()).is_ok()
}

/// Refuses addresses that would break out of a line, a field or a path.
pub(super) fn check_address(address: &str) -> Result<(), Error> {
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "._+=-".contains(c))
    };
    match address.split_once('@') {
        Some((local, domain)) if is_part(local) && is_part(domain) && address.len() < 255 => Ok(()),
        _ => Err(Error::Unusable {
            what: "a mail address",
            reason: "it must be letters, digits and ._+=- around one @",
        }),
    }
}

/// Writes all files.
pub(super) async fn write(
    layout: &Layout,
    account: &Account,
    users: &[MailUser],
    at: SystemTime,
) -> Result<(), Error> {
    let hashes = hashes(users).await?;
    let directory = layout.auth();
    for (layer, rows) in hashes.iter().enumerate() {
        put(
            &directory.join(format!("passwords-{layer}")),
            rows,
            account,
            at,
        )?;
    }
    let mut list = String::new();
    for user in users {
        let quota = user
            .quota_bytes
            .map(|bytes| format!("userdb_quota_rule=*:bytes={bytes}"))
            .unwrap_or_default();
        let _infallible = writeln!(list, "{}:*::::::{quota}", user.address);
    }
    put(&directory.join("users"), &list, account, at)
}

fn put(path: &Path, text: &str, account: &Account, at: SystemTime) -> Result<(), Error> {
    let staged = path.with_extension("staged");
    replace(&staged, text, 0o600, Some(account))?;
    fs::File::options()
        .write(true)
        .open(&staged)
        .and_then(|file| file.set_modified(at))
        .map_err(Error::io("change the time of", &staged))?;
    fs::rename(&staged, path).map_err(Error::io("replace", path))
}

/// The lines of each file of passwords.
async fn hashes(users: &[MailUser]) -> Result<Vec<String>, Error> {
    let mut layers = vec![String::new(); PASSWORDS_PER_USER];
    let mut plain = Vec::new();
    for user in users {
        check_address(&user.address)?;
        if user.passwords.len() > PASSWORDS_PER_USER {
            return Err(Error::Unusable {
                what: "a user",
                reason: "there are more passwords than a user can have",
            });
        }
        for (layer, password) in user.passwords.iter().enumerate() {
            match password {
                MailUserPassword::Plain(text) => plain.push((layer, &user.address, text)),
                MailUserPassword::Hash(hash) => {
                    check_hash(hash)?;
                    add(&mut layers, layer, &user.address, hash);
                }
            }
        }
    }
    let texts: Vec<&SecretString> = plain.iter().map(|(_, _, text)| *text).collect();
    for ((layer, address, _), hash) in plain.iter().zip(crypt(&texts).await?) {
        add(
            &mut layers,
            *layer,
            address,
            &format!("{{SHA512-CRYPT}}{hash}"),
        );
    }
    Ok(layers)
}

fn add(layers: &mut [String], layer: usize, address: &str, hash: &str) {
    if let Some(text) = layers.get_mut(layer) {
        let _infallible = writeln!(text, "{address}:{hash}");
    }
}

fn check_hash(hash: &str) -> Result<(), Error> {
    let is_plain = |c: char| c.is_ascii_graphic() && c != ':';
    if hash.starts_with('{') && hash.contains('}') && hash.chars().all(is_plain) {
        return Ok(());
    }
    Err(Error::Unusable {
        what: "a password hash",
        reason: "it must begin with its scheme in braces and have neither spaces nor colons",
    })
}

/// Hashes passwords in one run of a program that reads them from a pipe: no list of processes shows them.
async fn crypt(passwords: &[&SecretString]) -> Result<Vec<String>, Error> {
    if passwords.is_empty() {
        return Ok(Vec::new());
    }
    let mut input = Vec::new();
    for password in passwords {
        let text = password.expose_secret();
        if text.is_empty() || text.len() > 256 || text.contains(['\n', '\r', '\0']) {
            return Err(Error::Unusable {
                what: "a password",
                reason: "it must be one line of 1 to 256 bytes",
            });
        }
        let _infallible = writeln!(input, "{text}");
    }
    let spawn = |source| Error::Spawn {
        program: "openssl".to_owned(),
        source,
    };
    let mut child = Command::new("openssl")
        .args(["passwd", "-6", "-stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(spawn)?;
    let pipe = child.stdin.take();
    let writing = async move {
        if let Some(mut pipe) = pipe {
            pipe.write_all(&input).await?;
        }
        Ok::<(), std::io::Error>(())
    };
    // Both at once: neither pipe may fill up while the other is waited for.
    let (written, output) = tokio::join!(writing, child.wait_with_output());
    written.map_err(spawn)?;
    let output = output.map_err(spawn)?;
    let hashes: Vec<String> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(str::to_owned)
        .collect();
    if !output.status.success() || hashes.len() != passwords.len() {
        return Err(Error::Program {
            program: "openssl passwd".to_owned(),
            output: output.status.to_string(),
        });
    }
    Ok(hashes)
}

/// A whole second later than the last, and not before now.
pub(super) fn later(last: Option<SystemTime>) -> SystemTime {
    let now = now();
    match last {
        Some(last) => now.max(last + Duration::from_secs(1)),
        None => now,
    }
}

/// Waits until Dovecot will look: it looks at a file at most once in each second of the clock, so what it looked at just
/// before the change is what it believes until the next second begins.
pub(super) async fn until_seen() {
    let into = now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .subsec_millis();
    let left = 1000_u32.saturating_sub(into).saturating_add(5);
    tokio::time::sleep(Duration::from_millis(u64::from(left))).await;
}

#[expect(
    clippy::disallowed_methods,
    reason = "the time of a file is the system's"
)]
fn now() -> SystemTime {
    SystemTime::now()
}
