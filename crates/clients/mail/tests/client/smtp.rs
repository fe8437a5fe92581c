use bheem_mail::{
    Effect, Endpoint, Error, ErrorKind, SubmitPolicy,
    imap::Address,
    message::{BuiltMessage, OutgoingMessage},
};

use crate::peer::{Peer, Step, say};

fn message() -> BuiltMessage {
    OutgoingMessage::new(Address::new("alice@a.test"))
        .to(Address::new("bob@b.test"))
        .bcc(Address::new("carol@c.test"))
        .text("hello")
        .build()
        .unwrap()
}

/// Greeting, login, sender, two recipients, `DATA`, the message; what comes in place of the answer to step `at`.
fn script(at: usize, instead: Vec<Step>) -> Vec<Step> {
    let steps = vec![
        vec![say("220 hi\r\n")],
        vec![
            Step::Hear("EHLO"),
            say("250-hi\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n"),
        ],
        vec![Step::Hear("AUTH PLAIN "), say("235 in\r\n")],
        vec![Step::Hear("MAIL FROM:<alice@a.test>"), say("250 ok\r\n")],
        vec![Step::Hear("RCPT TO:<bob@b.test>"), say("250 ok\r\n")],
        vec![Step::Hear("RCPT TO:<carol@c.test>"), say("250 ok\r\n")],
        vec![Step::Hear("DATA"), say("354 go on\r\n")],
        vec![Step::HearUntil("."), say("250 queued\r\n")],
        vec![Step::Hear("QUIT"), say("221 bye\r\n")],
    ];
    let mut all: Vec<Step> = steps.iter().take(at).flatten().cloned().collect();
    if let Some(step) = steps.get(at) {
        all.extend(step[..step.len() - 1].to_vec());
        all.extend(instead);
    }
    all
}

async fn submit(script: Vec<Step>, is_hanging: bool) -> Result<bheem_mail::Submission, Error> {
    let peer = Peer::start(vec![script]).await;
    peer.account(is_hanging)
        .submit(&message(), SubmitPolicy::AllOrNobody)
        .await
}

#[tokio::test]
async fn a_message_is_taken() {
    let sent = submit(script(9, vec![]), false).await.unwrap();
    assert_eq!((sent.accepted, sent.refused.len()), (2, 0));
}

#[tokio::test]
async fn no_answer_to_the_message_itself_leaves_its_fate_open_and_before_it_does_not() {
    use ErrorKind::{Protocol, Timeout, Unavailable};
    for (what, instead, kind) in [
        ("goes", vec![], Unavailable),
        ("hangs", vec![Step::Hang], Timeout),
        ("talks nonsense", vec![say("hello?\r\n")], Protocol),
    ] {
        for at in 0..8 {
            let error = submit(script(at, instead.clone()), what == "hangs")
                .await
                .unwrap_err();
            assert_eq!(error.kind(), kind, "{what} at {at}: {error:?}");
            let is_open = error.effect() == Effect::Unknown;
            assert_eq!(is_open, at == 7, "{what} at {at}: {error:?}");
        }
    }
}

#[tokio::test]
async fn refusals_are_told_apart() {
    for (at, answer, kind, effect) in [
        (2, "535 no", ErrorKind::Unauthorized, Effect::Rejected),
        (2, "454 later", ErrorKind::Unavailable, Effect::NotSent),
        (2, "504 what?", ErrorKind::Invalid, Effect::NotSent),
        (3, "553 not yours", ErrorKind::Invalid, Effect::Rejected),
        (3, "421 busy", ErrorKind::Unavailable, Effect::Rejected),
        (4, "550 who?", ErrorKind::Invalid, Effect::Rejected),
        (5, "451 later", ErrorKind::Unavailable, Effect::Rejected),
        (6, "451 later", ErrorKind::Unavailable, Effect::Rejected),
        (7, "552 mailbox full", ErrorKind::Invalid, Effect::Rejected),
        (7, "554 spam", ErrorKind::Invalid, Effect::Rejected),
    ] {
        let mut instead = vec![say(format!("{answer}\r\n"))];
        if at == 4 {
            // The other recipient is asked for all the same.
            instead.extend([Step::Hear("RCPT TO:<carol@c.test>"), say("250 ok\r\n")]);
        }
        instead.extend([Step::Hear("QUIT"), say("221 bye\r\n")]);
        let error = submit(script(at, instead), false).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (kind, effect),
            "{answer}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_server_that_does_not_encrypt_gets_no_credentials() {
    let script = vec![
        say("220 hi\r\n"),
        Step::Hear("EHLO"),
        say("250 hi\r\n"),
        Step::Hear("STARTTLS"),
        say("502 what?\r\n"),
        Step::Hang,
    ];
    let peer = Peer::start(vec![script]).await;
    let endpoint = Endpoint::starttls(peer.port).host("127.0.0.1");
    let client = peer.client(false).submission(endpoint).build().unwrap();
    let error = client
        .account_with_password("a", "b")
        .verify_submission()
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Invalid, Effect::NotSent),
        "{error:?}"
    );
    assert!(!peer.heard().concat().contains("AUTH"));
}
