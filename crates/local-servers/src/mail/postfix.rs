//! Postfix's configuration.

use super::{
    certificate::Certificate,
    layout::Layout,
    maps::{ALIASES, MAILBOXES, Maps, SENDERS},
    servers::{ChosenPorts, PostfixPorts},
};

/// `main.cf`. Each domain is ours, so that no message can be meant for another machine; should one be, the transports
/// for that are errors.
pub(super) fn main(
    layout: &Layout,
    certificate: &Certificate,
    maps: &Maps,
    ports: &ChosenPorts,
) -> String {
    let postfix = layout.postfix().display().to_string();
    format!(
        "compatibility_level = 3.6
queue_directory = {postfix}/queue
data_directory = {postfix}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {logs}/postfix.log
maillog_file_prefixes = {root}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = localhost.localdomain
mydestination =
mynetworks =
local_recipient_maps =
virtual_alias_domains =
virtual_mailbox_domains = static:all
virtual_mailbox_maps = {mailboxes}
virtual_alias_maps = {aliases}
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
default_transport = error:no mail leaves this machine
relay_transport = error:no mail leaves this machine
message_size_limit = 52428800
mailbox_size_limit = 0
smtpd_sasl_type = dovecot
smtpd_sasl_path = {run}/auth-postfix
smtpd_sasl_auth_enable = no
smtpd_recipient_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_security_level = may
smtpd_sender_login_maps = {senders}
smtpd_error_sleep_time = 0
alias_maps =
disable_dns_lookups = yes
",
        logs = layout.logs().display(),
        root = layout.root().display(),
        run = layout.dovecot().join("run").display(),
        lmtp = ports.lmtp,
        mailboxes = maps.name(MAILBOXES),
        aliases = maps.name(ALIASES),
        senders = maps.name(SENDERS),
        certificate = certificate.chain.display(),
        key = certificate.key.display(),
    )
}

const SUBMISSION: &str = "  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
  -o smtpd_sender_restrictions=reject_sender_login_mismatch
";

const SERVICES: &str = "pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
";

/// `master.cf`.
pub(super) fn services(ports: PostfixPorts) -> String {
    let (smtp, submission, submissions) = (ports.smtp, ports.submission, ports.submissions);
    format!(
        "127.0.0.1:{smtp} inet n - n - - smtpd
127.0.0.1:{submission} inet n - n - - smtpd
  -o syslog_name=submission
{SUBMISSION}127.0.0.1:{submissions} inet n - n - - smtpd
  -o syslog_name=submissions
  -o smtpd_tls_wrappermode=yes
{SUBMISSION}{SERVICES}"
    )
}
