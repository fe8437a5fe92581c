//! Mail is not imitated: where the programs are installed, the sandbox runs a real mail server beside Mailcow's stand-in,
//! with the mailboxes and passwords that the stand-in holds. It asks our provider about tokens.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use bheem_local_servers::mail::{
    Alias, MailOptions, MailServers, MailUser, OAuth, PASSWORDS_PER_USER, is_installed, is_usable,
};
use bheem_sandbox::{MailAccount, MailAlias, MailFeed};
use secrecy::SecretString;
use tokio::task::JoinSet;

/// The client that the mail server is at our provider; the audience of tokens for it.
pub(super) const CLIENT: &str = "bheem-imap";

/// A mail server that follows the stand-in.
pub(super) struct Mail {
    servers: Arc<MailServers>,
    follower: JoinSet<()>,
}

impl Mail {
    /// Starts it with the mailboxes that there are.
    ///
    /// # Errors
    /// Why there is no mail: what to install, or what went wrong.
    pub(super) async fn start(
        directory: PathBuf,
        feed: MailFeed,
        base_url: String,
        secret: SecretString,
    ) -> Result<Self, String> {
        is_installed().map_err(|missing| missing.to_string())?;
        let introspection = format!("{base_url}/api/v1/sso/introspect");
        let options = MailOptions::new()
            .directory(directory.join("mail"))
            .oauth(OAuth::new(introspection, CLIENT, secret));
        let servers = MailServers::start(options)
            .await
            .map_err(|error| error.to_string())?;
        let servers = Arc::new(servers);
        let mut changes = feed.changes();
        let mut known = Known::default();
        known.take_over(&servers, &feed).await;
        let mut follower = JoinSet::new();
        let told = Arc::clone(&servers);
        follower.spawn(async move {
            while changes.changed().await.is_ok() {
                known.take_over(&told, &feed).await;
            }
        });
        Ok(Self { servers, follower })
    }

    /// Its addresses by what they speak.
    pub(super) fn describe(&self) -> BTreeMap<String, String> {
        let servers = &self.servers;
        let always = [
            ("imap", Some(servers.imap())),
            ("imaps", Some(servers.imaps())),
            ("sieve", Some(servers.sieve())),
            ("lmtp", Some(servers.lmtp())),
            ("smtp", servers.smtp()),
            ("submission", servers.submission()),
            ("submissions", servers.submissions()),
        ];
        always
            .into_iter()
            .filter_map(|(name, address)| Some((name.to_owned(), address?.to_string())))
            .chain([(
                "certificate_pem".to_owned(),
                servers.certificate_pem().to_owned(),
            )])
            .collect()
    }

    pub(super) async fn stop(mut self) {
        self.follower.shutdown().await;
    }
}

/// What the mail server was told last.
#[derive(Default)]
struct Known {
    accounts: Vec<MailAccount>,
    aliases: Vec<MailAlias>,
}

impl Known {
    /// Tells the mail server what is different. What it does not take is told again at the next change.
    async fn take_over(&mut self, servers: &MailServers, feed: &MailFeed) {
        let (mut accounts, mut aliases) = (feed.accounts(), feed.aliases());
        // Mailcow takes more characters in an address than this server; such a one has no mail and hinders nobody else.
        accounts.retain(|account| is_usable(&account.address));
        aliases.retain(|alias| {
            is_usable(&alias.address) && alias.targets.iter().all(|target| is_usable(target))
        });
        if accounts != self.accounts {
            let users: Vec<MailUser> = accounts.iter().map(user).collect();
            match servers.set_users(&users).await {
                Ok(()) => self.accounts = accounts,
                Err(error) => tracing::warn!(%error, "the mail server did not take the mailboxes"),
            }
        }
        if aliases != self.aliases {
            let list: Vec<Alias> = aliases
                .iter()
                .map(|alias| Alias::new(&alias.address, alias.targets.clone()))
                .collect();
            match servers.set_aliases(&list).await {
                Ok(()) => self.aliases = aliases,
                Err(error) => tracing::warn!(%error, "the mail server did not take the aliases"),
            }
        }
    }
}

fn user(account: &MailAccount) -> MailUser {
    let user = MailUser::new(&account.address).with_quota_bytes(account.quota_bytes);
    // The newest app passwords count, should there be more than the server can hold.
    let hashes = account.password_hashes.iter();
    let (own, apps): (Vec<_>, Vec<_>) =
        hashes.enumerate().partition(|(position, _)| *position == 0);
    let skipped = apps.len().saturating_sub(PASSWORDS_PER_USER - 1);
    own.into_iter()
        .chain(apps.into_iter().skip(skipped))
        .fold(user, |user, (_, hash)| user.with_password_hash(hash))
}
