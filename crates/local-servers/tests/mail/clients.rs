//! The mail client against Dovecot and Postfix.

use bheem_local_servers::mail::{MailOptions, MailServers, MailUser};
use bheem_mail::{Client, ClientBuilder, Effect, Endpoint, ErrorKind};

use crate::{suite, talk::servers};

const ALICE: &str = "alice@a.test";
const BOB: &str = "bob@b.test";

/// A client for the servers, with all three services behind TLS.
pub(crate) fn client(servers: &MailServers) -> ClientBuilder {
    Client::builder("localhost")
        .imap(Endpoint::implicit(servers.imaps().port()))
        .sieve(Endpoint::starttls(servers.sieve().port()))
        .submission(
            servers
                .submission()
                .map(|address| Endpoint::starttls(address.port())),
        )
        .root_certificate_pem(servers.certificate_pem())
}

async fn start() -> Option<MailServers> {
    let servers = servers(MailOptions::new()).await?;
    let users = [
        MailUser::new(ALICE)
            .with_password("one".into())
            .with_password("two".into()),
        MailUser::new(BOB).with_password("three".into()),
    ];
    servers.set_users(&users).await.unwrap();
    Some(servers)
}

fn subject(client: &Client) -> suite::Subject {
    suite::Subject {
        account: client.account_with_password(ALICE, "one"),
        address: ALICE.to_owned(),
    }
}

#[tokio::test]
async fn dovecot_keeps_the_contract_of_imap() {
    let Some(servers) = start().await else { return };
    let client = client(&servers).build().unwrap();
    Box::pin(suite::imap(&subject(&client))).await;
}

#[tokio::test]
async fn the_same_holds_with_starttls_and_without_encryption() {
    let Some(servers) = start().await else { return };
    for endpoint in [
        Endpoint::starttls(servers.imap().port()),
        Endpoint::plain(servers.imap().port()),
    ] {
        let client = client(&servers).imap(endpoint).build().unwrap();
        client
            .account_with_password(ALICE, "two")
            .verify()
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn postfix_keeps_the_contract_of_submission() {
    let Some(servers) = start().await else { return };
    let Some(submissions) = servers.submissions() else {
        return;
    };
    for builder in [
        client(&servers),
        client(&servers).submission(Endpoint::implicit(submissions.port())),
    ] {
        let client = builder.build().unwrap();
        Box::pin(suite::submission(&subject(&client), BOB)).await;
    }
}

#[tokio::test]
async fn pigeonhole_keeps_the_contract_of_filters() {
    let Some(servers) = start().await else { return };
    if servers.submission().is_none() {
        return;
    }
    let client = client(&servers).build().unwrap();
    Box::pin(suite::scripts(&subject(&client))).await;
}

#[tokio::test]
async fn wrong_passwords_and_certificates_are_refused_by_each_service() {
    let Some(servers) = start().await else { return };
    let wrong = client(&servers)
        .build()
        .unwrap()
        .account_with_password(ALICE, "wrong");
    let mut refusals = vec![
        wrong.verify().await.unwrap_err(),
        wrong.scripts().list().await.unwrap_err(),
    ];
    if servers.submission().is_some() {
        refusals.push(wrong.verify_submission().await.unwrap_err());
    }
    for refused in refusals {
        assert_eq!(
            (refused.kind(), refused.effect()),
            (ErrorKind::Unauthorized, Effect::Rejected),
            "{refused:?}"
        );
    }
    let untrusting = Client::builder("localhost")
        .imap(Endpoint::implicit(servers.imaps().port()))
        .sieve(Endpoint::starttls(servers.sieve().port()))
        .submission(
            servers
                .submission()
                .map(|address| Endpoint::starttls(address.port())),
        )
        .build()
        .unwrap();
    let account = untrusting.account_with_password(ALICE, "one");
    let mut refusals = vec![
        account.verify().await.unwrap_err(),
        account.scripts().list().await.unwrap_err(),
    ];
    if servers.submission().is_some() {
        refusals.push(account.verify_submission().await.unwrap_err());
    }
    for refused in refusals {
        assert_eq!(
            (refused.kind(), refused.effect()),
            (ErrorKind::Unavailable, Effect::NotSent),
            "{refused:?}"
        );
    }
}
