//! The way to a connection that speaks for a user.

use bheem_mail::{Effect, Endpoint, ErrorKind, imap::Criteria};

use crate::peer::{Peer, Step, say};

#[tokio::test]
async fn a_server_that_never_greets_or_logs_in_is_understood() {
    use ErrorKind::{Invalid, Protocol, Timeout, Unauthorized, Unavailable};
    let greeting = "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi\r\n";
    let login = |answer: &'static str| {
        vec![
            say(greeting),
            Step::Hear("AUTHENTICATE"),
            say(answer),
            Step::Hang,
        ]
    };
    for (name, script, kind, effect) in [
        ("hangs", vec![Step::Hang], Timeout, Effect::NotSent),
        (
            "hangs at the login",
            vec![say(greeting), Step::Hear("AUTHENTICATE"), Step::Hang],
            Timeout,
            Effect::NotSent,
        ),
        ("goes", vec![], Unavailable, Effect::NotSent),
        (
            "is another service",
            vec![say("220 mail ESMTP\r\n"), Step::Hang],
            Protocol,
            Effect::NotSent,
        ),
        (
            "says good-bye",
            vec![say("* BYE full\r\n")],
            Unavailable,
            Effect::NotSent,
        ),
        (
            "is logged in already",
            vec![say("* PREAUTH hi\r\n"), Step::Hang],
            Protocol,
            Effect::NotSent,
        ),
        (
            "refuses",
            login("{tag} NO [AUTHENTICATIONFAILED] no\r\n"),
            Unauthorized,
            Effect::Rejected,
        ),
        (
            "refuses without a code",
            login("{tag} NO no\r\n"),
            Unauthorized,
            Effect::Rejected,
        ),
        (
            "cannot",
            login("{tag} NO [UNAVAILABLE] later\r\n"),
            Unavailable,
            Effect::NotSent,
        ),
        (
            "offers no login",
            vec![
                say("* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi\r\n"),
                Step::Hang,
            ],
            Invalid,
            Effect::NotSent,
        ),
    ] {
        let peer = Peer::start(vec![script]).await;
        let account = peer.account(name.starts_with("hangs"));
        let error = account
            .messages("INBOX")
            .search(&Criteria::All)
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (kind, effect),
            "{name}: {error:?}"
        );
        assert_eq!(peer.connections(), 1, "{name}: a login was repeated");
    }
}

#[tokio::test]
async fn what_is_said_before_the_encryption_does_not_count_after_it() {
    let injected = "{tag} OK go\r\n* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] mine\r\n";
    let peer = Peer::start(vec![vec![
        say("* OK hi\r\n"),
        Step::Hear("STARTTLS"),
        say(injected),
        Step::Hang,
    ]])
    .await;
    let endpoint = Endpoint::starttls(peer.port).host("127.0.0.1");
    let client = peer.client(false).imap(endpoint).build().unwrap();
    let error = client
        .account_with_password("a", "b")
        .verify()
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Protocol, Effect::NotSent),
        "{error:?}"
    );
    let refusing = Peer::start(vec![vec![
        say("* OK hi\r\n"),
        Step::Hear("STARTTLS"),
        say("{tag} NO no\r\n"),
        Step::Hang,
    ]])
    .await;
    let endpoint = Endpoint::starttls(refusing.port).host("127.0.0.1");
    let client = refusing.client(false).imap(endpoint).build().unwrap();
    let error = client
        .account_with_password("a", "b")
        .verify()
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Invalid, Effect::NotSent),
        "{error:?}"
    );
    assert!(!refusing.heard().concat().contains("AUTHENTICATE"));
}

#[tokio::test]
async fn connections_without_encryption_are_for_loopback() {
    let refused = bheem_mail::Client::builder("mail.example")
        .imap(Endpoint::plain(143))
        .build();
    assert!(matches!(refused, Err(bheem_mail::BuildError::Unencrypted)));
}
