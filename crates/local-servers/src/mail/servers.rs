//! The running servers.

use std::{
    collections::HashSet,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tokio::{process::Command, sync::Mutex};

use super::{
    account::Account,
    certificate::Certificate,
    dovecot,
    layout::{Layout, replace},
    maps::Maps,
    options::{MailOptions, MailPorts},
    packages, postfix,
    users::{self, Alias, MailUser},
};
use crate::{Error, Process, Program, free_port};

const READY_WITHIN: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug)]
pub(super) struct ChosenPorts {
    pub(super) imap: u16,
    pub(super) imaps: u16,
    pub(super) sieve: u16,
    pub(super) lmtp: u16,
    pub(super) postfix: Option<PostfixPorts>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct PostfixPorts {
    pub(super) smtp: u16,
    pub(super) submission: u16,
    pub(super) submissions: u16,
}

impl ChosenPorts {
    fn choose(wanted: &MailPorts, with_postfix: bool) -> Result<Self, Error> {
        let port = |given: Option<u16>| given.map_or_else(free_port, Ok);
        let postfix = PostfixPorts {
            smtp: port(wanted.smtp)?,
            submission: port(wanted.submission)?,
            submissions: port(wanted.submissions)?,
        };
        Ok(Self {
            imap: port(wanted.imap)?,
            imaps: port(wanted.imaps)?,
            sieve: port(wanted.sieve)?,
            lmtp: port(wanted.lmtp)?,
            postfix: with_postfix.then_some(postfix),
        })
    }
}

#[derive(Debug, Default)]
struct State {
    users: Vec<MailUser>,
    aliases: Vec<Alias>,
    written_at: Option<SystemTime>,
}

/// A mail server of our own. Dropping it stops it; a temporary directory goes with it.
#[derive(Debug)]
pub struct MailServers {
    // Postfix first: it asks Dovecot.
    postfix: Option<Process>,
    dovecot: Process,
    state: Mutex<State>,
    maps: Option<Maps>,
    ports: ChosenPorts,
    certificate: Certificate,
    account: Account,
    // Last: everything above lives in it.
    layout: Layout,
}

impl MailServers {
    /// Starts Dovecot, and Postfix where we are root, with no mailbox, and waits until all ports answer.
    ///
    /// # Errors
    /// [`Error::Missing`] names the packages to install; others carry the end of a log.
    pub async fn start(options: MailOptions) -> Result<Self, Error> {
        packages::is_installed()?;
        let account = Account::find()?;
        let layout = Layout::prepare(options.directory, &account)?;
        let certificate = Certificate::ensure(&layout, &account).await?;
        let ports = ChosenPorts::choose(&options.ports, account.is_other)?;
        let oauth = options.oauth.as_ref();
        if let Some(oauth) = oauth {
            let path = layout.auth().join("oauth2.conf");
            replace(&path, &dovecot::oauth(oauth)?, 0o600, Some(&account))?;
        }
        let text = dovecot::main(&layout, &account, &certificate, &ports, oauth);
        let configuration = layout.dovecot().join("dovecot.conf");
        replace(&configuration, &text, 0o600, Some(&account))?;
        let at = users::later(None);
        users::write(&layout, &account, &[], at).await?;
        let dovecot = start_dovecot(&layout, &account, &configuration, &ports).await?;
        let (maps, postfix) = match ports.postfix {
            None => (None, None),
            Some(wanted) => {
                let maps = Maps::new(&layout).await?;
                let process = start_postfix(&layout, &certificate, &maps, &ports, wanted).await?;
                (Some(maps), Some(process))
            }
        };
        Ok(Self {
            postfix,
            dovecot,
            state: Mutex::new(State {
                written_at: Some(at),
                ..State::default()
            }),
            maps,
            ports,
            certificate,
            account,
            layout,
        })
    }

    /// Replaces the mailboxes. Who is no longer among them is logged out at once; mail stays in the directory. Takes
    /// up to a second, and holds when it returns.
    ///
    /// # Errors
    /// If an address, a hash or a password cannot be written, or a file cannot; then the mailboxes are as they were or
    /// partly new, and calling again repairs that.
    pub async fn set_users(&self, users: &[MailUser]) -> Result<(), Error> {
        let mut state = self.state.lock().await;
        let at = users::later(state.written_at);
        users::write(&self.layout, &self.account, users, at).await?;
        state.written_at = Some(at);
        if let Some(maps) = &self.maps {
            maps.write(users, &state.aliases).await?;
        }
        users::until_seen().await;
        let remain: HashSet<&str> = users.iter().map(MailUser::address).collect();
        for gone in state.users.iter().map(MailUser::address) {
            if !remain.contains(gone) {
                self.kick(gone).await?;
            }
        }
        state.users = users.to_vec();
        Ok(())
    }

    /// Replaces the aliases. Without Postfix nobody uses them.
    ///
    /// # Errors
    /// If an address cannot be written, or a file cannot.
    pub async fn set_aliases(&self, aliases: &[Alias]) -> Result<(), Error> {
        for alias in aliases {
            let targets = alias.targets.iter();
            std::iter::once(&alias.address)
                .chain(targets)
                .try_for_each(|address| users::check_address(address))?;
        }
        let mut state = self.state.lock().await;
        if let Some(maps) = &self.maps {
            maps.write(&state.users, aliases).await?;
        }
        state.aliases = aliases.to_vec();
        Ok(())
    }

    /// Ends the IMAP and ManageSieve sessions of a user.
    ///
    /// # Errors
    /// If the program for it cannot be run.
    pub async fn kick(&self, address: &str) -> Result<(), Error> {
        users::check_address(address)?;
        let mut command = Command::new("doveadm");
        command
            .arg("-c")
            .arg(self.layout.dovecot().join("dovecot.conf"))
            .args(["kick", address]);
        if self.account.is_other {
            command
                .uid(self.account.uid.as_raw())
                .gid(self.account.gid.as_raw());
        }
        let output = command.output().await.map_err(|source| Error::Spawn {
            program: "doveadm".to_owned(),
            source,
        })?;
        // It fails if there is nobody to end, which is as good.
        tracing::debug!(status = %output.status, "kicked");
        Ok(())
    }

    /// IMAP, with STARTTLS.
    #[must_use]
    pub fn imap(&self) -> SocketAddr {
        loopback(self.ports.imap)
    }

    /// IMAP inside TLS.
    #[must_use]
    pub fn imaps(&self) -> SocketAddr {
        loopback(self.ports.imaps)
    }

    /// ManageSieve, with STARTTLS.
    #[must_use]
    pub fn sieve(&self) -> SocketAddr {
        loopback(self.ports.sieve)
    }

    /// Local delivery by LMTP, without a login.
    #[must_use]
    pub fn lmtp(&self) -> SocketAddr {
        loopback(self.ports.lmtp)
    }

    /// SMTP as other servers speak it to ours. `None` without root.
    #[must_use]
    pub fn smtp(&self) -> Option<SocketAddr> {
        Some(loopback(self.ports.postfix?.smtp))
    }

    /// Submission, with STARTTLS. `None` without root: Postfix needs it.
    #[must_use]
    pub fn submission(&self) -> Option<SocketAddr> {
        Some(loopback(self.ports.postfix?.submission))
    }

    /// Submission inside TLS. `None` without root.
    #[must_use]
    pub fn submissions(&self) -> Option<SocketAddr> {
        Some(loopback(self.ports.postfix?.submissions))
    }

    /// The servers' certificate, for `localhost` and `127.0.0.1`, to be trusted by clients (PEM).
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate.pem
    }

    /// Where everything is.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.layout.root()
    }

    /// Where the logs are.
    #[must_use]
    pub fn logs(&self) -> PathBuf {
        self.layout.logs()
    }

    /// A mailbox's Maildir.
    ///
    /// # Errors
    /// If that cannot be an address.
    pub fn maildir(&self, address: &str) -> Result<PathBuf, Error> {
        users::check_address(address)?;
        let (local, domain) = address.split_once('@').unwrap_or((address, ""));
        Ok(self
            .layout
            .vhosts()
            .join(domain)
            .join(local)
            .join("Maildir"))
    }

    /// The user and group that own the mail.
    #[must_use]
    pub fn owner(&self) -> (u32, u32) {
        (self.account.uid.as_raw(), self.account.gid.as_raw())
    }

    /// Are all of them still there?
    pub fn is_running(&mut self) -> bool {
        self.dovecot.is_running() && self.postfix.as_mut().is_none_or(Process::is_running)
    }
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

async fn start_dovecot(
    layout: &Layout,
    account: &Account,
    configuration: &Path,
    ports: &ChosenPorts,
) -> Result<Process, Error> {
    // Dovecot writes it itself, as its own account.
    let log = layout.logs().join("dovecot.log");
    std::fs::File::options()
        .create(true)
        .append(true)
        .open(&log)
        .map_err(Error::io("create", &log))?;
    account.give(&log)?;
    let mut program = Program::new("dovecot", "/usr/sbin/dovecot", log)
        .arg("-F")
        .arg("-c")
        .arg(configuration)
        .current_dir(layout.dovecot());
    if account.is_other {
        program = program.account(account.uid.as_raw(), account.gid.as_raw());
    }
    let mut process = program.start()?;
    for port in [ports.imap, ports.imaps, ports.sieve, ports.lmtp] {
        process.wait_for_port(port, READY_WITHIN).await?;
    }
    Ok(process)
}

async fn start_postfix(
    layout: &Layout,
    certificate: &Certificate,
    maps: &Maps,
    ports: &ChosenPorts,
    wanted: PostfixPorts,
) -> Result<Process, Error> {
    let directory = layout.postfix();
    let main = postfix::main(layout, certificate, maps, ports);
    replace(&directory.join("main.cf"), &main, 0o644, None)?;
    replace(
        &directory.join("master.cf"),
        &postfix::services(wanted),
        0o644,
        None,
    )?;
    maps.write(&[], &[]).await?;
    let data = directory.join("data");
    let owner = nix::unistd::User::from_name("postfix")
        .ok()
        .flatten()
        .ok_or(Error::NoAccount)?;
    nix::unistd::chown(&data, Some(owner.uid), Some(owner.gid))
        .map_err(std::io::Error::from)
        .map_err(Error::io("change the owner of", &data))?;
    // Makes the queue's folders.
    let queue = directory.join("queue");
    std::fs::create_dir_all(&queue).map_err(Error::io("create", &queue))?;
    let mut check = Command::new("postfix");
    check.arg("-c").arg(&directory).arg("check");
    run("postfix check", &mut check).await?;
    // Not `postfix start-fg`: its shell would stand between us and the master. `-d` leaves it in the session it is
    // started in.
    let mut process = Program::new(
        "postfix",
        "/usr/lib/postfix/sbin/master",
        layout.logs().join("postfix-master.log"),
    )
    .arg("-d")
    .arg("-c")
    .arg(&directory)
    .env("MAIL_CONFIG", &directory)
    .current_dir(&queue)
    .start()?;
    for port in [wanted.smtp, wanted.submission, wanted.submissions] {
        process.wait_for_port(port, READY_WITHIN).await?;
    }
    Ok(process)
}

/// Runs a program to its end and answers what it wrote.
pub(super) async fn run(name: &'static str, command: &mut Command) -> Result<String, Error> {
    let output = command
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|source| Error::Spawn {
            program: name.to_owned(),
            source,
        })?;
    if !output.status.success() {
        return Err(Error::Program {
            program: name.to_owned(),
            output: String::from_utf8_lossy(&output.stderr).into_owned(),
        });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
