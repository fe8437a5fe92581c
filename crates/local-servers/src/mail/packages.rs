//! Are the programs there?

use std::path::Path;

use crate::error::MissingPackages;

/// A file of each package. Dovecot itself brings the `openssl` program.
const DOVECOT: [(&str, &str); 4] = [
    ("/usr/lib/dovecot/imap", "dovecot-imapd"),
    ("/usr/lib/dovecot/lmtp", "dovecot-lmtpd"),
    ("/usr/lib/dovecot/managesieve", "dovecot-managesieved"),
    (
        "/usr/lib/dovecot/modules/lib90_sieve_plugin.so",
        "dovecot-sieve",
    ),
];
const POSTFIX: (&str, &str) = ("/usr/lib/postfix/sbin/master", "postfix");

/// Can [`super::MailServers::start`] work here? Postfix is only asked for where it could run, which is as root.
///
/// # Errors
/// The Debian packages to install.
pub fn is_installed() -> Result<(), MissingPackages> {
    let wanted = DOVECOT
        .into_iter()
        .chain(nix::unistd::geteuid().is_root().then_some(POSTFIX));
    let missing: Vec<&'static str> = wanted
        .filter(|(file, _)| !Path::new(file).exists())
        .map(|(_, package)| package)
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(MissingPackages::new(missing))
    }
}
