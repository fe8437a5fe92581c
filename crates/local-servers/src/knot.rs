//! Knot: a real authoritative name server, on zones of its own, which can be changed while it runs (RFC 2136), by whoever
//! has its key (RFC 8945).

use std::{
    fmt::Write as _,
    fs,
    net::{Ipv4Addr, SocketAddr},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use nix::unistd::Uid;
use rand::distr::{Alphanumeric, SampleString as _};
use secrecy::{ExposeSecret as _, SecretString};
use tempfile::TempDir;
use tokio::process::Command;

use crate::{Error, Process, Program, free_port};

const STARTING: Duration = Duration::from_secs(30);
const KEY_NAME: &str = "changes";

/// A zone as it is when the server starts.
#[derive(Debug, Clone)]
pub struct Zone {
    name: String,
    /// Lines of a zone file (RFC 1035, section 5.1).
    lines: String,
}

impl Zone {
    /// A zone with nothing but its SOA.
    ///
    /// # Errors
    /// [`Error::Unusable`] for what is no plain domain name.
    pub fn new(name: &str) -> Result<Self, Error> {
        check_name(name)?;
        let lines = format!(
            "$ORIGIN {name}.\n$TTL 0\n@ SOA ns.{name}. hostmaster.{name}. 1 3600 600 86400 0\n"
        );
        Ok(Self {
            name: name.to_owned(),
            lines,
        })
    }

    /// With a record; its data is written as in a zone file, but for texts, which are given plain. Hosts are full names.
    ///
    /// # Errors
    /// [`Error::Unusable`] for what would break out of its line.
    pub fn record(mut self, name: &str, kind: &str, value: &str) -> Result<Self, Error> {
        let data = data(kind, value)?;
        check_name(name)?;
        // Writing to a text cannot fail.
        let _infallible = writeln!(self.lines, "{name}. {kind} {data}");
        Ok(self)
    }
}

/// A running server. Dropping it stops it and removes its files.
#[derive(Debug)]
pub struct Knot {
    port: u16,
    key_file: PathBuf,
    // Ended before its directory goes.
    process: Process,
    directory: TempDir,
}

impl Knot {
    /// Starts one on a free port, over UDP and TCP. `program` is what [`crate::tools`] answers to `knot`.
    ///
    /// # Errors
    /// If its files cannot be written or it does not start.
    pub async fn start(program: &str, zones: &[Zone]) -> Result<Self, Error> {
        // The key is in there.
        let directory = tempfile::Builder::new()
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir()
            .map_err(Error::io("create", "a directory"))?;
        let database = directory.path().join("db");
        fs::create_dir(&database).map_err(Error::io("create", &database))?;
        let secret = secret();
        let write = |name: &str, text: &str| {
            let path = directory.path().join(name);
            fs::write(&path, text).map_err(Error::io("write", &path))?;
            Ok::<_, Error>(path)
        };
        for zone in zones {
            write(&format!("{}.zone", zone.name), &zone.lines)?;
        }
        let key = format!("hmac-sha256:{KEY_NAME}:{}\n", secret.expose_secret());
        let key_file = write("key", &key)?;
        let port = free_port()?;
        let text = configuration(directory.path(), port, &secret, zones);
        let configuration = write("knot.conf", &text)?;
        let log = directory.path().join("knot.log");
        let mut process = Program::new("Knot", program, log)
            .arg("-c")
            .arg(configuration)
            .current_dir(directory.path())
            .start()?;
        process.wait_for_port(port, STARTING).await?;
        Ok(Self {
            port,
            key_file,
            process,
            directory,
        })
    }

    /// Where it answers, over UDP and TCP.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// Adds a record to a running zone.
    ///
    /// # Errors
    /// If the server refuses, with its words.
    pub async fn add(&self, zone: &str, name: &str, kind: &str, value: &str) -> Result<(), Error> {
        check_name(name)?;
        let data = data(kind, value)?;
        self.change(zone, &format!("add {name}. 0 {kind} {data}"))
            .await
    }

    /// Removes all records of a name and type from a running zone.
    ///
    /// # Errors
    /// As [`Knot::add`].
    pub async fn remove(&self, zone: &str, name: &str, kind: &str) -> Result<(), Error> {
        check_name(name)?;
        self.change(zone, &format!("del {name}. {}", plain(kind)?))
            .await
    }

    async fn change(&self, zone: &str, line: &str) -> Result<(), Error> {
        check_name(zone)?;
        let port = self.port;
        let script = format!("server 127.0.0.1 {port}\nzone {zone}.\n{line}\nsend\n");
        let file = tempfile::NamedTempFile::new_in(self.directory.path())
            .map_err(Error::io("create", "a script"))?;
        fs::write(file.path(), script).map_err(Error::io("write", file.path()))?;
        let output = Command::new("knsupdate")
            .arg("-k")
            .arg(&self.key_file)
            .arg(file.path())
            .output()
            .await
            .map_err(|source| Error::Spawn {
                program: "knsupdate".to_owned(),
                source,
            })?;
        let words = [output.stdout, output.stderr].concat();
        let words = String::from_utf8_lossy(&words).into_owned();
        if output.status.success() && !words.contains("error") {
            return Ok(());
        }
        Err(Error::Program {
            program: "knsupdate".to_owned(),
            output: words,
        })
    }

    /// The end of its log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        self.process.log_tail()
    }
}

/// Letters and digits alone are base64, too, when there are a multiple of four of them: 33 bytes.
fn secret() -> SecretString {
    SecretString::from(Alphanumeric.sample_string(&mut rand::rng(), 44))
}

/// Letters, digits, hyphens, underscores and dots.
fn check_name(name: &str) -> Result<(), Error> {
    let is_plain = |one: u8| one.is_ascii_alphanumeric() || b"-_.".contains(&one);
    if !name.is_empty() && name.bytes().all(is_plain) {
        return Ok(());
    }
    Err(Error::Unusable {
        what: "the name of a record",
        reason: "only letters, digits, hyphens, underscores and dots",
    })
}

fn plain(text: &str) -> Result<&str, Error> {
    if text
        .bytes()
        .all(|one| (b' '..=b'~').contains(&one) && one != b';')
    {
        return Ok(text);
    }
    Err(Error::Unusable {
        what: "the data of a record",
        reason: "only printable characters",
    })
}

fn data(kind: &str, value: &str) -> Result<String, Error> {
    match plain(kind)? {
        "TXT" => Ok(strings(value)),
        "MX" | "CNAME" | "NS" | "SRV" => Ok(format!("{}.", plain(value)?.trim_end_matches('.'))),
        _ => Ok(plain(value)?.to_owned()),
    }
}

/// Strings of 255 bytes at most, quoted.
fn strings(text: &str) -> String {
    let quoted = text.as_bytes().chunks(255).map(|bytes| {
        let mut string = String::from("\"");
        for byte in bytes {
            match byte {
                b'"' | b'\\' => string.extend(['\\', char::from(*byte)]),
                b' '..=b'~' => string.push(char::from(*byte)),
                _ => {
                    let _infallible = write!(string, "\\{byte:03}");
                }
            }
        }
        string + "\""
    });
    quoted.collect::<Vec<_>>().join(" ")
}

fn configuration(directory: &Path, port: u16, secret: &SecretString, zones: &[Zone]) -> String {
    let place = directory.display();
    let user = if Uid::effective().is_root() {
        "    user: root\n"
    } else {
        ""
    };
    let mut text = format!(
        r#"server:
    rundir: "{place}"
    listen: 127.0.0.1@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
{user}database:
    storage: "{place}/db"
    journal-db-max-size: 64M
    kasp-db-max-size: 16M
    timer-db-max-size: 16M
log:
  - target: stderr
    any: info
key:
  - id: {KEY_NAME}
    algorithm: hmac-sha256
    secret: {}
acl:
  - id: changes
    address: 127.0.0.1
    key: {KEY_NAME}
    action: update
template:
  - id: default
    storage: "{place}"
    file: "%s.zone"
    acl: changes
    zonefile-sync: -1
    journal-content: all
zone:
"#,
        secret.expose_secret()
    );
    for zone in zones {
        let _infallible = writeln!(text, "  - domain: {}", zone.name);
    }
    text
}
