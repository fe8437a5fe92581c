//! A filter that answers, and the answer's way back.

use bheem_local_servers::mail::{MailOptions, MailUser};
use bheem_mail::{
    SubmitPolicy,
    imap::Address,
    message::{BuiltMessage, OutgoingMessage, ViewOptions},
    sieve::{Script, Vacation},
};

use crate::{arrivals::arrivals, clients::client, talk::servers};

const ALICE: &str = "alice@a.test";
const BOB: &str = "bob@b.test";

fn letter(from: &str, to: &str, subject: &str) -> BuiltMessage {
    OutgoingMessage::new(Address::new(from))
        .to(Address::new(to))
        .subject(subject)
        .text("When do we meet?")
        .build()
        .unwrap()
}

#[tokio::test]
async fn who_writes_to_somebody_on_vacation_gets_one_answer() {
    let Some(servers) = servers(MailOptions::new()).await else {
        return;
    };
    if servers.submission().is_none() {
        return;
    }
    let users = [
        MailUser::new(ALICE).with_password("one".into()),
        MailUser::new(BOB).with_password("two".into()),
    ];
    servers.set_users(&users).await.unwrap();
    let client = client(&servers).build().unwrap();
    let alice = client.account_with_password(ALICE, "one");
    let bob = client.account_with_password(BOB, "two");
    let script = Script::new()
        .vacation(Vacation::new("Back on Monday.\nGrüße").subject("Away"))
        .to_sieve()
        .unwrap();
    alice.scripts().put("away", &script).await.unwrap();
    alice.scripts().activate("away").await.unwrap();

    let first = letter(BOB, ALICE, "first");
    bob.submit(&first, SubmitPolicy::AllOrNobody).await.unwrap();
    let uids = arrivals(&bob, 1).await;
    let reply = bob
        .messages("INBOX")
        .read(uids[0], &ViewOptions::new())
        .await
        .unwrap()
        .view;
    assert_eq!(reply.headers.subject, "Away");
    assert_eq!(reply.headers.from[0].address, ALICE);
    assert_eq!(reply.headers.in_reply_to, [first.message_id()]);
    let lines: Vec<&str> = reply.text.lines().map(str::trim_end).collect();
    assert_eq!(lines, ["Back on Monday.", "Grüße"]);

    // The second letter is delivered and not answered: what comes next to Bob is his own.
    let second = letter(BOB, ALICE, "second");
    bob.submit(&second, SubmitPolicy::AllOrNobody)
        .await
        .unwrap();
    arrivals(&alice, 2).await;
    let own = letter(BOB, BOB, "own");
    bob.submit(&own, SubmitPolicy::AllOrNobody).await.unwrap();
    let uids = arrivals(&bob, 2).await;
    assert_eq!(uids.len(), 2);
    let next = bob
        .messages("INBOX")
        .read(uids[1], &ViewOptions::new())
        .await
        .unwrap();
    assert_eq!(
        next.view.headers.message_id.as_deref(),
        Some(own.message_id())
    );
}
