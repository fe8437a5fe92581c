use bheem_mail::{
    Effect, ErrorKind,
    imap::{AppendMessage, Criteria, ListQuery, Uid},
};

use crate::peer::{Peer, Step, imap, say};

const EMPTY: &str = "* LIST () \"/\" INBOX\r\n{tag} OK done\r\n";

/// What a list of folders meets, and what is to be understood.
type Trouble = (&'static str, Vec<Step>, ErrorKind, Effect);

fn silences() -> Vec<Trouble> {
    use Effect::Unknown;
    use ErrorKind::{Timeout, Unavailable};
    vec![
        ("hangs", vec![Step::Hang], Timeout, Unknown),
        (
            "hangs within a line",
            vec![say("* LIST ()"), Step::Hang],
            Timeout,
            Unknown,
        ),
        ("goes", vec![], Unavailable, Unknown),
        (
            "goes within a literal",
            vec![say("* LIST () \"/\" {100}\r\nINB")],
            Unavailable,
            Unknown,
        ),
        (
            "says good-bye",
            vec![say("* BYE shutting down\r\n")],
            Unavailable,
            Unknown,
        ),
    ]
}

fn nonsense() -> Vec<Trouble> {
    use Effect::Unknown;
    use ErrorKind::Protocol;
    vec![
        (
            "talks nonsense",
            vec![say("<html>\r\n"), Step::Hang],
            Protocol,
            Unknown,
        ),
        (
            "answers another command",
            vec![say("a99 OK done\r\n"), Step::Hang],
            Protocol,
            Unknown,
        ),
        (
            "wants what nobody announced",
            vec![say("+ go on\r\n"), Step::Hang],
            Protocol,
            Unknown,
        ),
        (
            "announces a giant",
            vec![say("* LIST () \"/\" {4000000000}\r\n"), Step::Hang],
            Protocol,
            Unknown,
        ),
        (
            "announces more than there are numbers",
            vec![say("* LIST () {99999999999999999999999}\r\n"), Step::Hang],
            Protocol,
            Unknown,
        ),
        (
            "floods without line ends",
            vec![Step::Flood("xxxxxxxxxxxxxxxx")],
            Protocol,
            Unknown,
        ),
        (
            "floods with lines",
            vec![Step::Flood("* LIST () \"/\" INBOX\r\n")],
            Protocol,
            Unknown,
        ),
        (
            "sends a NUL",
            vec![say("* LIST () \"\0\"\r\n"), Step::Hang],
            Protocol,
            Unknown,
        ),
    ]
}

fn refusals() -> Vec<Trouble> {
    use Effect::Rejected;
    use ErrorKind::{Invalid, Unauthorized, Unavailable};
    vec![
        (
            "is away",
            vec![say("{tag} NO [UNAVAILABLE] later\r\n"), Step::Hang],
            Unavailable,
            Rejected,
        ),
        (
            "has enough of us",
            vec![say("{tag} NO [LIMIT] later\r\n"), Step::Hang],
            Unavailable,
            Rejected,
        ),
        (
            "no longer knows us",
            vec![say("{tag} NO [AUTHENTICATIONFAILED] who?\r\n"), Step::Hang],
            Unauthorized,
            Rejected,
        ),
        (
            "refuses",
            vec![say("{tag} NO no\r\n"), Step::Hang],
            Invalid,
            Rejected,
        ),
        (
            "does not understand",
            vec![say("{tag} BAD what?\r\n"), Step::Hang],
            Invalid,
            Rejected,
        ),
    ]
}

#[tokio::test]
async fn a_broken_server_is_understood_and_its_connection_not_used_again() {
    for (name, script, kind, effect) in silences().into_iter().chain(nonsense()).chain(refusals()) {
        let is_hanging = name.starts_with("hangs");
        let mut first = vec![Step::Hear("LIST")];
        first.extend(script);
        let second = imap(vec![
            Step::Hear("LIST"),
            say(EMPTY),
            Step::Hear("LSUB"),
            say("{tag} OK\r\n"),
            Step::Hang,
        ]);
        let peer = Peer::start(vec![imap(first), second]).await;
        let account = peer.account(is_hanging);
        let error = account.folders().list().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (kind, effect),
            "{name}: {error:?}"
        );
        // After a plain NO the connection is as good as before, and this script has nothing more to say.
        if kind == ErrorKind::Invalid && name == "refuses"
            || effect == Effect::Rejected && name != "does not understand"
        {
            continue;
        }
        let account = if is_hanging { account } else { account.clone() };
        let folders = account.folders().list().await.unwrap();
        assert_eq!((folders.len(), peer.connections()), (1, 2), "{name}");
    }
}

fn selected(script: Vec<Step>) -> Vec<Step> {
    let mut all = vec![
        Step::Hear("SELECT \"INBOX\""),
        say("* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n{tag} OK done\r\n"),
    ];
    all.extend(script);
    imap(all)
}

#[tokio::test]
async fn odd_rows_of_a_list_hide_no_others() {
    let rows = "* 1 FETCH (UID 11 FLAGS () ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) BODYSTRUCTURE 5)\r\n\
                * 9 FETCH (UID 99 FLAGS () ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL))\r\n\
                * 2 FETCH (FLAGS (\\Seen))\r\n\
                * 3 FETCH (UID 13 ENVELOPE (\"rubbish\" {7}\r\nsubject ((NIL NIL \"a\" \"b\")(\"x\")) NIL NIL NIL NIL NIL NIL \"<i@d>\"))\r\n\
                * 2 FETCH nonsense\r\n{tag} OK done\r\n";
    let peer = Peer::start(vec![selected(vec![
        Step::Hear("FETCH 1:3 "),
        say(rows),
        // Of what could not be read, the simple things are asked for again.
        Step::Hear("FETCH 2 (UID FLAGS INTERNALDATE)"),
        say("* 2 FETCH (UID 12 FLAGS (\\Seen))\r\n{tag} OK done\r\n"),
        Step::Hang,
    ])])
    .await;
    let page = peer
        .account(false)
        .messages("INBOX")
        .list(&ListQuery::new(), None)
        .await
        .unwrap();
    let uids: Vec<Uid> = page.items.iter().map(|item| item.uid).collect();
    assert_eq!((uids, page.left_out), (vec![Uid(13), Uid(12), Uid(11)], 0));
    assert!(page.items.iter().all(|item| item.is_incomplete));
    assert!(page.items[1].is_seen());
    let envelope = &page.items[0].envelope;
    assert_eq!(
        (
            envelope.subject.as_str(),
            envelope.from.len(),
            envelope.date
        ),
        ("subject", 1, None)
    );
    assert_eq!(envelope.message_id.as_deref(), Some("i@d"));
}

#[tokio::test]
async fn refusals_of_writes_have_their_kinds() {
    for (answer, kind) in [
        ("NO [OVERQUOTA] full", ErrorKind::Invalid),
        ("NO [TRYCREATE] where?", ErrorKind::NotFound),
        ("NO [ALREADYEXISTS] there", ErrorKind::Conflict),
    ] {
        let refusal = format!("{{tag}} {answer}\r\n");
        let script = vec![
            Step::Hear("APPEND"),
            Step::Hear("Subject"),
            Step::Hear(""),
            Step::Hear(""),
            say(refusal.replace("{tag}", "a2")),
            Step::Hang,
        ];
        let peer = Peer::start(vec![imap(script)]).await;
        let message = AppendMessage::new("Subject: x\r\n\r\n");
        let error = peer
            .account(false)
            .messages("INBOX")
            .append(message)
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (kind, Effect::Rejected),
            "{answer}: {error:?}"
        );
        assert_eq!(error.is_over_quota(), answer.contains("OVERQUOTA"));
    }
}

#[tokio::test]
async fn too_large_a_message_and_one_with_a_nul_are_not_sent() {
    let peer = Peer::start(vec![imap(vec![Step::Hang])]).await;
    let messages = peer.account(false).messages("INBOX");
    for bytes in [vec![b'x'; 10_001], vec![0]] {
        let error = messages
            .append(AppendMessage::new(bytes))
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Invalid, Effect::NotSent),
            "{error:?}"
        );
    }
    assert_eq!(peer.connections(), 0);
}

#[tokio::test]
async fn a_server_without_literal_plus_is_asked_before_each_literal() {
    let script = vec![
        say("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\r\n"),
        Step::Hear("AUTHENTICATE PLAIN"),
        say("+ \r\n"),
        Step::Hear("AGFsaWNlQGEudGVzdABjb3JyZWN0IGhvcnNl"),
        say("a1 OK [CAPABILITY IMAP4rev1] in\r\n"),
        Step::Hear("SELECT"),
        say("* 0 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n{tag} OK done\r\n"),
        Step::Hear("UID SEARCH CHARSET UTF-8 SUBJECT {2}"),
        say("+ go on\r\n"),
        Step::Hear("ü"),
        say("* SEARCH 5 4\r\na3 OK done\r\n"),
        Step::Hang,
    ];
    let peer = Peer::start(vec![script]).await;
    let found = peer
        .account(false)
        .messages("INBOX")
        .search(&Criteria::Subject("ü".into()))
        .await
        .unwrap();
    assert_eq!(found.uids, [Uid(5), Uid(4)]);
}

#[tokio::test]
async fn without_move_messages_are_copied_and_then_these_alone_removed() {
    let mut script = selected(vec![
        Step::Hear("UID COPY 4:5 \"Trash\""),
        say("{tag} OK [COPYUID 9 4:5 1:2] done\r\n"),
        Step::Hear("UID STORE 4:5 +FLAGS.SILENT (\\Deleted)"),
        say("{tag} OK done\r\n"),
        Step::Hear("UID EXPUNGE 4:5"),
        say("{tag} OK done\r\n"),
        Step::Hang,
    ]);
    script[2] = say("{tag} OK [CAPABILITY IMAP4rev1 UIDPLUS] in\r\n");
    let peer = Peer::start(vec![script]).await;
    let moved = peer
        .account(false)
        .messages("INBOX")
        .move_to(&[Uid(5), Uid(4)], "Trash")
        .await
        .unwrap();
    assert_eq!(moved.uids, [(Uid(4), Uid(1)), (Uid(5), Uid(2))]);
    let mut script = selected(vec![Step::Hang]);
    script[2] = say("{tag} OK [CAPABILITY IMAP4rev1] in\r\n");
    let peer = Peer::start(vec![script]).await;
    let error = peer
        .account(false)
        .messages("INBOX")
        .delete(&[Uid(5)])
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Invalid, Effect::NotSent),
        "{error:?}"
    );
}

#[tokio::test]
async fn threads_are_built_here_where_the_server_does_not() {
    let field = |uid: u32, text: &str| {
        format!(
            "* {uid} FETCH (UID {uid} BODY[HEADER.FIELDS (MESSAGE-ID REFERENCES IN-REPLY-TO)] {{{}}}\r\n{text})\r\n",
            text.len()
        )
    };
    let rows = [
        field(1, "Message-ID: <a@x>\r\n\r\n"),
        field(2, "Message-ID: <b@x>\r\n\r\n"),
        field(3, "Message-ID: <c@x>\r\nIn-Reply-To: <a@x>\r\n\r\n"),
    ];
    let script = selected(vec![
        Step::Hear("FETCH 1:3"),
        say(rows.concat()),
        say("{tag} OK done\r\n"),
        Step::Hang,
    ]);
    let peer = Peer::start(vec![script]).await;
    let threads = peer
        .account(false)
        .messages("INBOX")
        .threads(100)
        .await
        .unwrap()
        .threads;
    let uids: Vec<Vec<Uid>> = threads.into_iter().map(|thread| thread.uids).collect();
    assert_eq!(uids, [vec![Uid(1), Uid(3)], vec![Uid(2)]]);
}
