//! Dovecot's configuration.

use std::fmt::Write as _;

use secrecy::ExposeSecret as _;

use super::{
    account::Account, certificate::Certificate, layout::Layout, options::OAuth,
    servers::ChosenPorts, users::PASSWORDS_PER_USER,
};
use crate::Error;

/// The whole `dovecot.conf`.
///
/// Mail is in a folder below the home: in the home itself `.dovecot.sieve` would be a mail folder's name. The delay after
/// a refused password and the penalty of its address are off; they would make every client of one address wait.
pub(super) fn main(
    layout: &Layout,
    account: &Account,
    certificate: &Certificate,
    ports: &ChosenPorts,
    oauth: Option<&OAuth>,
) -> String {
    let dovecot = layout.dovecot().display().to_string();
    let logs = layout.logs().display().to_string();
    let vhosts = layout.vhosts().display().to_string();
    let (user, group) = (&account.user, &account.group);
    let tokens = if oauth.is_some() {
        " xoauth2 oauthbearer"
    } else {
        ""
    };
    // Replies of filters go to Postfix, and without one nowhere: never to a mail server of the machine.
    let sending = match ports.postfix {
        Some(postfix) => format!("submission_host = 127.0.0.1:{}", postfix.smtp),
        None => "sendmail_path = /bin/false".to_owned(),
    };
    let mut text = format!(
        "base_dir = {dovecot}/run
state_dir = {dovecot}/run
log_path = {logs}/dovecot.log
listen = 127.0.0.1
protocols = imap lmtp sieve
instance_name = local-servers
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain login{tokens}
auth_verbose = yes
auth_failure_delay = 0
mail_location = maildir:{vhosts}/%d/%n/Maildir
mail_uid = {user}
mail_gid = {group}
first_valid_uid = {uid}
first_valid_gid = 0
mail_plugins = quota
mail_max_userip_connections = 200
{sending}
protocol imap {{
  mail_plugins = quota imap_quota
}}
protocol lmtp {{
  mail_plugins = quota sieve
  postmaster_address = postmaster@localhost
}}
plugin {{
  quota = maildir:User quota
  sieve = file:{vhosts}/%d/%n/sieve;active={vhosts}/%d/%n/.dovecot.sieve
}}
namespace inbox {{
  inbox = yes
  separator = /
",
        certificate = certificate.chain.display(),
        key = certificate.key.display(),
        uid = account.uid,
    );
    for folder in ["Archive", "Drafts", "Junk", "Sent", "Trash"] {
        let _infallible = write!(
            text,
            "  mailbox {folder} {{\n    special_use = \\{folder}\n    auto = subscribe\n  }}\n"
        );
    }
    text.push_str("}\n");
    databases(&mut text, layout, account, oauth.is_some());
    services(&mut text, ports);
    text
}

/// Who may log in, and where their mail is.
fn databases(text: &mut String, layout: &Layout, account: &Account, with_tokens: bool) {
    let vhosts = layout.vhosts().display().to_string();
    let auth = layout.auth().display().to_string();
    let (user, group) = (&account.user, &account.group);
    if with_tokens {
        let _infallible = write!(
            text,
            "passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {auth}/oauth2.conf
}}
"
        );
    }
    for layer in 0..PASSWORDS_PER_USER {
        let _infallible = write!(
            text,
            "passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = username_format=%u {auth}/passwords-{layer}
}}
"
        );
    }
    let _infallible = write!(
        text,
        "userdb {{
  driver = passwd-file
  args = username_format=%u {auth}/users
  override_fields = uid={user} gid={group} home={vhosts}/%d/%n
}}
"
    );
}

/// Where they listen. What would be shut into a folder of its own is not, as that takes root.
fn services(text: &mut String, ports: &ChosenPorts) {
    let _infallible = write!(
        text,
        "service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service managesieve-login {{
  chroot =
  inet_listener sieve {{
    port = {sieve}
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service auth {{
  unix_listener auth-postfix {{
    mode = 0666
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service indexer-worker {{
  user =
}}
",
        imap = ports.imap,
        imaps = ports.imaps,
        sieve = ports.sieve,
        lmtp = ports.lmtp,
    );
}

/// `oauth2.conf`: each token is asked about, and the answer names the mailbox.
pub(super) fn oauth(oauth: &OAuth) -> Result<String, Error> {
    let unusable = |what, reason| Err(Error::Unusable { what, reason });
    let Some((scheme, rest)) = oauth.introspection_url.split_once("://") else {
        return unusable("the introspection URL", "it has no scheme");
    };
    if !matches!(scheme, "http" | "https")
        || rest.contains('@')
        || !rest.chars().all(|c| c.is_ascii_graphic())
    {
        return unusable("the introspection URL", "it is not a plain http(s) URL");
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if oauth.username_attribute.is_empty() || !oauth.username_attribute.chars().all(is_name) {
        return unusable("the username attribute", "it is not a plain name");
    }
    let id = escape(&oauth.client_id);
    let secret = escape(oauth.client_secret.expose_secret());
    let attribute = &oauth.username_attribute;
    Ok(format!(
        "introspection_mode = post
introspection_url = {scheme}://{id}:{secret}@{rest}
active_attribute = active
active_value = true
username_attribute = {attribute}
username_format = %Lu
force_introspection = yes
timeout_msecs = 5000
"
    ))
}

/// Percent-encoding of everything that is not unreserved (RFC 3986, section 2.3). `%` itself would be one of Dovecot's
/// variables, but this file knows none.
fn escape(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _infallible = write!(out, "%{byte:02X}");
        }
        out
    })
}
