//! A mailbox that is full.

use bheem_local_servers::mail::{MailOptions, MailServers, MailUser};
use bheem_mail::{
    Account, Effect, ErrorKind, SubmitPolicy,
    imap::{Address, AppendMessage, QuotaResource},
    message::{OutgoingMessage, ViewOptions},
};

use crate::{
    arrivals::arrivals,
    clients::client,
    talk::{Talk, servers},
};

const ALICE: &str = "alice@a.test";
const BOB: &str = "bob@b.test";
const LIMIT: u64 = 16 * 1024;

/// Alice's mailbox is small, Bob's is not.
async fn start() -> Option<(MailServers, Account, Account)> {
    let servers = servers(MailOptions::new()).await?;
    let users = [
        MailUser::new(ALICE)
            .with_password("one".into())
            .with_quota_bytes(LIMIT),
        MailUser::new(BOB).with_password("two".into()),
    ];
    servers.set_users(&users).await.unwrap();
    let client = client(&servers).build().unwrap();
    let alice = client.account_with_password(ALICE, "one");
    let bob = client.account_with_password(BOB, "two");
    Some((servers, alice, bob))
}

/// More than there is room for.
fn large() -> String {
    "a line of a long letter\r\n".repeat(2000)
}

fn letter(body: &str) -> Vec<u8> {
    format!("From: <{BOB}>\r\nSubject: x\r\n\r\n{body}").into_bytes()
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_what_fits_is_not() {
    let Some((_servers, alice, _)) = start().await else {
        return;
    };
    let inbox = alice.messages("INBOX");
    let full = inbox
        .append(AppendMessage::new(letter(&large())))
        .await
        .unwrap_err();
    assert!(full.is_over_quota(), "{full:?}");
    assert_eq!(
        (full.kind(), full.effect()),
        (ErrorKind::Invalid, Effect::Rejected)
    );
    let small = letter("small\r\n");
    let stored = inbox.append(AppendMessage::new(small)).await.unwrap();
    assert!(stored.uid.is_some());
    let quota = alice.quota().await.unwrap();
    let [storage] = quota.as_slice() else {
        panic!("{quota:?}");
    };
    assert_eq!(
        (&storage.resource, storage.limit),
        (&QuotaResource::StorageBytes, LIMIT)
    );
    // Room can be made.
    let much = "x\r\n".repeat(4000);
    let message = || AppendMessage::new(letter(&much));
    let uid = inbox.append(message()).await.unwrap().uid.unwrap();
    let full = inbox.append(message()).await.unwrap_err();
    assert!(full.is_over_quota(), "{full:?}");
    inbox.delete(&[uid]).await.unwrap();
    inbox.append(message()).await.unwrap();
}

#[tokio::test]
async fn delivery_to_a_full_mailbox_fails_for_that_message_alone() {
    let Some((mut servers, alice, bob)) = start().await else {
        return;
    };
    let (mut talk, _) = Talk::with(servers.lmtp()).await;
    talk.say("LHLO test").await;
    talk.hear_until("250 ").await;
    for (body, code) in [(large(), "552 5.2.2"), ("small\r\n".to_owned(), "250")] {
        for line in ["MAIL FROM:<x@y.test>", "RCPT TO:<alice@a.test>"] {
            talk.say(line).await;
            talk.hear_until("250 ").await;
        }
        talk.say("DATA").await;
        talk.hear_until("354").await;
        talk.say(&format!("Subject: x\r\n\r\n{body}.")).await;
        let answer = talk.hear().await;
        assert!(answer.starts_with(code), "{answer}");
    }
    arrivals(&alice, 1).await;
    assert!(servers.is_running());
    if servers.submission().is_none() {
        return;
    }
    let message = OutgoingMessage::new(Address::new(BOB))
        .to(Address::new(ALICE))
        .subject("too much")
        .text(large())
        .build()
        .unwrap();
    let sent = bob.submit(&message, SubmitPolicy::AllOrNobody).await;
    assert_eq!(sent.unwrap().accepted, 1);
    // The message comes back, with the reason.
    let [uid] = arrivals(&bob, 1).await.try_into().unwrap();
    let returned = bob
        .messages("INBOX")
        .read(uid, &ViewOptions::new())
        .await
        .unwrap();
    let text = &returned.view.text;
    assert!(text.contains(ALICE) && text.contains("5.2.2"), "{text}");
    assert!(servers.is_running());
}
