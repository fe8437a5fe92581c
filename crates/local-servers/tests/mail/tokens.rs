//! Logins with access tokens that an authorization server vouches for.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bheem_http_kit::{SecretString, SourceError};
use bheem_local_servers::mail::{MailOptions, MailServers, MailUser};
use bheem_mail::{Account, Client, Credentials, Effect, ErrorKind, TokenSource};
use futures::future::{BoxFuture, join_all};

use crate::{clients::client, introspection::Introspection, talk::servers};

const ALICE: &str = "alice@a.test";
const BOB: &str = "bob@b.test";
/// As long as a signed token with some claims is.
const LONG: usize = 3000;

struct Setting {
    servers: MailServers,
    issuer: Introspection,
    client: Client,
}

/// Mailboxes that no password opens.
async fn start() -> Option<Setting> {
    let issuer = Introspection::start().await;
    let servers = servers(MailOptions::new().oauth(issuer.oauth())).await?;
    let users = [MailUser::new(ALICE), MailUser::new(BOB)];
    servers.set_users(&users).await.unwrap();
    let client = client(&servers).build().unwrap();
    Some(Setting {
        servers,
        issuer,
        client,
    })
}

impl Setting {
    /// Alice by both mechanisms.
    fn alice(&self, token: &SecretString) -> [Account; 2] {
        [
            Credentials::oauth_bearer(token.clone()),
            Credentials::xoauth2(token.clone()),
        ]
        .map(|credentials| self.client.account(ALICE, credentials))
    }

    async fn is_let_in(&self, account: &Account) {
        account.verify().await.unwrap();
        account.folders().list().await.unwrap();
        account.scripts().list().await.unwrap();
        if self.servers.submission().is_some() {
            account.verify_submission().await.unwrap();
        }
    }

    /// All at once: Dovecot takes its time to refuse.
    async fn are_refused(&self, accounts: &[Account], why: &str) {
        let services = accounts.iter().map(|account| async move {
            let scripts = account.scripts();
            let (login, list) = tokio::join!(account.verify(), scripts.list());
            [login, list.map(drop)]
        });
        let submissions = accounts.iter().map(Account::verify_submission);
        let (services, submissions) = tokio::join!(join_all(services), async {
            match self.servers.submission() {
                Some(_) => join_all(submissions).await,
                None => Vec::new(),
            }
        });
        for result in services.into_iter().flatten().chain(submissions) {
            let refused = result.unwrap_err();
            assert_eq!(
                (refused.kind(), refused.effect()),
                (ErrorKind::Unauthorized, Effect::Rejected),
                "{why}: {refused:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_token_short_or_long_opens_the_mailbox_until_it_is_revoked() {
    let Some(setting) = start().await else {
        return;
    };
    for length in [0, LONG] {
        let token = setting.issuer.issue(ALICE, length);
        for account in setting.alice(&token) {
            setting.is_let_in(&account).await;
        }
        setting.issuer.revoke(&token);
        setting.are_refused(&setting.alice(&token), "revoked").await;
    }
}

#[tokio::test]
async fn the_tokens_of_others_and_tokens_of_nobody_are_refused() {
    let Some(setting) = start().await else {
        return;
    };
    let of_bob = setting.issuer.issue(BOB, 0);
    let of_nobody = SecretString::from("never-issued");
    for (why, token) in [("of Bob", &of_bob), ("of nobody", &of_nobody)] {
        setting.are_refused(&setting.alice(token), why).await;
    }
    let without_mailbox = "carol@c.test";
    let token = setting.issuer.issue(without_mailbox, 0);
    let account = setting
        .client
        .account(without_mailbox, Credentials::oauth_bearer(token));
    let refused = account.verify().await.unwrap_err();
    // Dovecot believes the token, finds no mailbox, and hangs up.
    assert_eq!(
        (refused.kind(), refused.effect()),
        (ErrorKind::Unavailable, Effect::NotSent),
        "{refused:?}"
    );
    // Bob's token is good for Bob himself.
    let bob = setting
        .client
        .account(BOB, Credentials::oauth_bearer(of_bob));
    setting.is_let_in(&bob).await;
}

/// Has an old token, and a new one for who was refused.
#[derive(Clone)]
struct Renewing {
    old: SecretString,
    new: SecretString,
    renewals: Arc<AtomicUsize>,
}

impl TokenSource for Renewing {
    fn token<'a>(
        &'a self,
        _user: &'a str,
        is_refused: bool,
    ) -> BoxFuture<'a, Result<SecretString, SourceError>> {
        if is_refused {
            self.renewals.fetch_add(1, Ordering::SeqCst);
        }
        let token = if is_refused { &self.new } else { &self.old };
        Box::pin(std::future::ready(Ok(token.clone())))
    }
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_on_the_same_connection() {
    let Some(setting) = start().await else {
        return;
    };
    let source = Renewing {
        old: setting.issuer.issue(ALICE, 0),
        new: setting.issuer.issue(ALICE, 0),
        renewals: Arc::default(),
    };
    setting.issuer.revoke(&source.old);
    for credentials in [
        Credentials::oauth_bearer(source.clone()),
        Credentials::xoauth2(source.clone()),
    ] {
        let account = setting.client.account(ALICE, credentials);
        setting.is_let_in(&account).await;
    }
    // A login to look, one that is kept, one for filters; and one for submission, where there is any.
    let logins = if setting.servers.submission().is_some() {
        4
    } else {
        3
    };
    assert_eq!(source.renewals.load(Ordering::SeqCst), 2 * logins);
}
