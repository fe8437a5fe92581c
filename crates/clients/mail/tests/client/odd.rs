//! Answers as real servers give them that the standard does not have, and lists with one broken member between two good
//! ones: nothing that can be read is hidden by what cannot, and what is missing is told.

use bheem_mail::{
    imap::{ListQuery, MessagePage, Structure, Summary, Uid},
    message::ViewOptions,
};

use crate::peer::{Peer, Step, imap, say};

const ENVELOPE: &str = "(\"Tue, 1 Jul 2025 10:00:00 +0200\" \"hi\" ((\"A\" NIL \"a\" \"a.test\")) NIL NIL NIL NIL NIL NIL \"<m@a.test>\")";
const TEXT: &str =
    "(\"text\" \"plain\" (\"charset\" \"utf-8\") NIL NIL \"7bit\" 5 1 NIL NIL NIL NIL)";

fn row(number: u32, flags: &str) -> String {
    let uid = number + 10;
    format!(
        "* {number} FETCH (UID {uid} FLAGS ({flags}) ENVELOPE {ENVELOPE} BODYSTRUCTURE {TEXT})\r\n"
    )
}

/// A peer whose folder is open, with capabilities of its own.
fn opened(select: &str, script: Vec<Step>) -> Vec<Step> {
    let mut all = vec![
        Step::Hear("SELECT \"INBOX\""),
        say(format!("{select}{{tag}} OK done\r\n")),
    ];
    all.extend(script);
    all.push(Step::Hang);
    imap(all)
}

const SELECT: &str = "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n";

async fn list(select: &str, script: Vec<Step>) -> MessagePage {
    let peer = Peer::start(vec![opened(select, script)]).await;
    let messages = peer.account(false).messages("INBOX");
    messages.list(&ListQuery::new(), None).await.unwrap()
}

/// The page that these answers to a `FETCH` make.
async fn listed(rows: String) -> MessagePage {
    let answer = say(rows + "{tag} OK done\r\n");
    list(SELECT, vec![Step::Hear("FETCH 1:3"), answer]).await
}

fn uids(items: &[Summary]) -> Vec<u32> {
    items.iter().map(|item| item.uid.0).collect()
}

#[tokio::test]
async fn flags_with_brackets_hide_no_message() {
    // RFC 3501, section 9: `[` is a letter of an atom, and servers keep `]` as well.
    for flag in [
        "foo[bar",
        "[PRUNED to ]do",
        "css3[",
        "Seen-[Gmail]/All",
        "foo]bar",
        "[css3-page]",
        "\"\\\\Seen\"",
        "Café",
    ] {
        let page = listed([row(1, "\\Seen"), row(2, flag), row(3, "")].concat()).await;
        assert_eq!(
            (uids(&page.items), page.left_out),
            (vec![13, 12, 11], 0),
            "{flag}"
        );
        assert!(page.items.iter().all(|item| !item.is_incomplete), "{flag}");
        let flags: Vec<&str> = page.items[1]
            .flags
            .iter()
            .map(bheem_mail::imap::Flag::as_str)
            .collect();
        let wanted = flag.trim_matches('"').replace("\\\\", "\\");
        assert_eq!(flags.join(" "), wanted);
    }
}

#[tokio::test]
async fn one_message_in_two_answers_is_one_row() {
    // RFC 3501, sections 5.2 and 7.4.2: data of a message may come in several answers, others between them.
    let rows = format!(
        "* 1 FETCH (UID 11 FLAGS (\\Seen))\r\n{}* 1 FETCH (ENVELOPE {ENVELOPE} BODYSTRUCTURE {TEXT})\r\n\
         * 2 FETCH (FLAGS (\\Flagged))\r\n* 4 EXISTS\r\n* OK still here\r\n{}",
        row(2, ""),
        row(3, "")
    );
    let page = listed(rows).await;
    assert_eq!((uids(&page.items), page.left_out), (vec![13, 12, 11], 0));
    assert_eq!(page.items[2].envelope.subject, "hi");
    assert!(page.items[2].is_seen() && !page.items[1].is_seen());
    assert_eq!(page.items[1].flags, [bheem_mail::imap::Flag::Flagged]);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_asked_for_again_or_counted() {
    let rows = || {
        [
            row(1, ""),
            "* 2 FETCH (UID 12 ENVELOPE ((((\r\n".to_owned(),
            row(3, ""),
        ]
        .concat()
    };
    let again = Step::Hear("FETCH 2 (UID FLAGS INTERNALDATE)");
    for (answer, wanted, left_out) in [
        (
            "* 2 FETCH (UID 12 FLAGS ())\r\n{tag} OK\r\n",
            vec![13, 12, 11],
            0,
        ),
        ("* 2 FETCH ((\r\n{tag} OK\r\n", vec![13, 11], 1),
    ] {
        let first = say(rows() + "{tag} OK done\r\n");
        let page = list(
            SELECT,
            vec![Step::Hear("FETCH 1:3"), first, again.clone(), say(answer)],
        )
        .await;
        assert_eq!((uids(&page.items), page.left_out), (wanted, left_out));
        assert_eq!(page.items[1].is_incomplete, left_out == 0);
    }
}

#[tokio::test]
async fn missing_envelopes_and_large_generations_are_no_hindrance() {
    let rows = format!(
        "* 1 FETCH (UID 11 FLAGS () ENVELOPE NIL BODYSTRUCTURE {TEXT})\r\n\
         * 2 FETCH (UID 12 FLAGS () ENVELOPE (\"x\" \"s\" ((NIL NIL \"MAILER-DAEMON\" NIL)) ((NIL NIL \"root\" \"\")) NIL \
         ((\"=?utf-8?Q?J=C3=BC?=\" NIL NIL \"b.test\")(1)(NIL NIL \"friends\" NIL)(NIL NIL \"c\" \"c.test\")(NIL NIL NIL NIL)) \
         NIL NIL \"<a@b> <c@d>\" \"no-brackets@x\") BODYSTRUCTURE {TEXT})\r\n{}",
        row(3, "")
    );
    // RFC 3501 has 32 bits for it; some servers tell more.
    let select = "* 3 EXISTS\r\n* OK [UIDVALIDITY 14025345341234] x\r\n";
    let page = list(
        select,
        vec![Step::Hear("FETCH 1:3"), say(rows + "{tag} OK\r\n")],
    )
    .await;
    assert_eq!(uids(&page.items), [13, 12, 11]);
    assert!(!page.items[2].is_incomplete);
    let envelope = &page.items[1].envelope;
    let of = |list: &[bheem_mail::imap::Address]| -> Vec<String> {
        list.iter().map(|one| one.address.clone()).collect()
    };
    assert_eq!(
        (of(&envelope.from), of(&envelope.sender)),
        (vec!["MAILER-DAEMON".into()], vec!["root".into()])
    );
    assert_eq!(of(&envelope.to), ["@b.test", "c@c.test"]);
    assert_eq!(envelope.to[0].name.as_deref(), Some("Jü"));
    assert_eq!(envelope.message_id.as_deref(), Some("no-brackets@x"));
    // The address that is none is counted.
    assert_eq!((envelope.left_out, page.items[1].is_incomplete), (1, true));
}

#[tokio::test]
async fn rows_in_any_order_and_with_odd_flags_are_read() {
    // Names and values come in any order (RFC 3501, section 7.4.2), and a preview may be none (RFC 8970, section 3).
    let envelope = ENVELOPE.replace("\"hi\"", "{2}\r\nhi");
    let rows = format!(
        "* 1 FETCH (FLAGS () ENVELOPE {envelope} PREVIEW NIL MODSEQ (18446744073709551615) BODYSTRUCTURE {TEXT} UID 11)\r\n{}{}",
        row(2, "\\Seen (x) \\Flagged"),
        row(3, "")
    );
    let page = listed(rows).await;
    assert_eq!((uids(&page.items), page.left_out), (vec![13, 12, 11], 0));
    let [_, odd, first] = page.items.as_slice() else {
        panic!("{page:?}");
    };
    assert_eq!(
        (first.modseq, first.preview.as_deref()),
        (Some(u64::MAX), None)
    );
    assert_eq!(first.envelope.subject, "hi");
    assert_eq!(
        (odd.flags.len(), odd.is_incomplete, first.is_incomplete),
        (2, true, false)
    );
}

async fn structure(body: &str) -> Structure {
    let answer = format!("* 1 FETCH (UID 5 BODYSTRUCTURE {body})\r\n{{tag}} OK\r\n");
    let peer = Peer::start(vec![opened(
        SELECT,
        vec![Step::Hear("BODYSTRUCTURE"), say(answer)],
    )])
    .await;
    peer.account(false)
        .messages("INBOX")
        .structure(Uid(5))
        .await
        .unwrap()
}

#[tokio::test]
async fn odd_parts_hide_no_others() {
    let pdf = "(\"APPLICATION\" \"PDF\" NIL NIL NIL \"BASE64\" 100 NIL (\"ATTACHMENT\" (\"FILENAME\" \"a.pdf\")) NIL)";
    for (odd, wanted, left_out) in [
        // Multiparts without parts, as several servers tell them.
        (
            "(\"ALTERNATIVE\" (\"BOUNDARY\" \"e\") NIL NIL)",
            vec!["1 text/plain", "3 application/pdf a.pdf"],
            0,
        ),
        (
            "(NIL \"alternative\" (\"boundary\" \"e\") NIL NIL NIL)",
            vec!["1 text/plain", "3 application/pdf a.pdf"],
            0,
        ),
        // Nothing is said of it, or nothing that is a part.
        ("NIL", vec!["1 text/plain", "3 application/pdf a.pdf"], 1),
        ("()", vec!["1 text/plain", "3 application/pdf a.pdf"], 1),
        (
            "(NIL NIL NIL NIL NIL \"7BIT\" 0 NIL NIL NIL)",
            vec![
                "1 text/plain",
                "2 application/octet-stream",
                "3 application/pdf a.pdf",
            ],
            0,
        ),
        // RFC 3501, section 7.4.2: fields of a message that are not there, and those that are.
        (
            "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 903 NIL (\"attachment\" (\"filename\" \"f.eml\")) NIL NIL)",
            vec![
                "1 text/plain",
                "2 message/rfc822 f.eml",
                "3 application/pdf a.pdf",
            ],
            0,
        ),
        (
            "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 903 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) (NIL \"mixed\" NIL) 7 NIL (\"attachment\" (\"filename\" \"f.eml\")) NIL)",
            vec![
                "1 text/plain",
                "2 message/rfc822 f.eml",
                "3 application/pdf a.pdf",
            ],
            0,
        ),
        (
            "(\"text\" \"x\" NIL NIL NIL \"7bit\" 9 NIL (\"attachment\" (\"filename\" \"f.x\")))",
            vec!["1 text/plain", "2 text/x f.x", "3 application/pdf a.pdf"],
            0,
        ),
        (
            "(\"image\" \"png\" (\"name\" \"=?UTF-8?Q?Pr=C3=BC?= =?UTF-8?Q?fung.png?=\") NIL \"\"\"\" \"base64\" 9)",
            vec![
                "1 text/plain",
                "2 image/png Prüfung.png",
                "3 application/pdf a.pdf",
            ],
            0,
        ),
        (
            "(\"image\" \"png\" (\"name*0*\" \"iso-2022-jp'ja'%1B$BF%7CK%5C%1B(B\" \"name*1\" \".png\") NIL NIL \"base64\" 9)",
            vec![
                "1 text/plain",
                "2 image/png 日本.png",
                "3 application/pdf a.pdf",
            ],
            0,
        ),
    ] {
        let read = structure(&format!(
            "({TEXT} {odd} {pdf} \"MIXED\" (\"BOUNDARY\" \"x\") NIL NIL)"
        ))
        .await;
        let parts: Vec<String> = read
            .parts
            .iter()
            .map(|part| {
                format!(
                    "{} {} {}",
                    part.path,
                    part.content_type,
                    part.name.as_deref().unwrap_or_default()
                )
            })
            .map(|text| text.trim_end().to_owned())
            .collect();
        assert_eq!(parts, wanted, "{odd}");
        assert_eq!(read.left_out, left_out, "{odd}");
        assert!(read.text().is_some() && read.has_attachments());
    }
}

#[tokio::test]
async fn structures_of_known_servers_are_read() {
    // Exchange adds a description where the standard has a disposition; old servers stop after the required fields.
    let described = format!(
        "({TEXT}(\"a\" \"b\" (\"name\" \"p.txt\") NIL NIL \"base64\" 690 NIL (\"attachment\" NIL) NIL NIL) \"mixed\" (\"boundary\" \"-\") \"S/MIME Encrypted Message\" NIL)"
    );
    let basic = "(((\"text\" \"plain\" (\"charset\" \"koi8-r\") NIL NIL \"quoted-printable\" 57 0)(\"text\" \"html\" NIL NIL NIL \"7bit\" 61 0) \
                 \"alternative\")(\"message\" \"delivery-status\" () NIL NIL \"7bit\" 340)(\"message\" \"rfc822\" () NIL NIL \"7bit\" 23925) \"report\")";
    for (body, wanted) in [
        (described.as_str(), vec!["1", "2"]),
        (basic, vec!["1.1", "1.2", "2", "3"]),
        ("(\"TEXT\" \"PLAIN\" NIL NIL NIL NIL 12 NIL)", vec!["1"]),
    ] {
        let read = structure(body).await;
        let paths: Vec<String> = read
            .parts
            .iter()
            .map(|part| part.path.to_string())
            .collect();
        assert_eq!(
            (paths, read.left_out),
            (wanted.into_iter().map(String::from).collect(), 0)
        );
        assert!(read.text().is_some());
    }
}

fn literal(text: &[u8]) -> String {
    format!("{{{}}}\r\n{}", text.len(), String::from_utf8_lossy(text))
}

#[tokio::test]
async fn all_texts_are_shown_in_order() {
    // RFC 2046, section 5.1.3: parts of a mixture are shown in their order.
    let image = "(\"image\" \"jpeg\" (\"name\" \"a.jpg\") NIL NIL \"base64\" 8 NIL (\"inline\" (\"filename\" \"a.jpg\")) NIL NIL)";
    let header = literal(b"Subject: two\r\n\r\n");
    let first = format!(
        "* 1 FETCH (UID 5 FLAGS () BODYSTRUCTURE ({TEXT}{image}{TEXT} \"mixed\" NIL NIL NIL NIL) BODY[HEADER]<0> {header})\r\n{{tag}} OK\r\n"
    );
    let script = vec![
        Step::Hear("BODYSTRUCTURE"),
        say(first),
        Step::Hear("BODY.PEEK[1]"),
        say("* 1 FETCH (UID 5 BODY[1]<0> \"FIRST HALF\")\r\n{tag} OK\r\n"),
        Step::Hear("BODY.PEEK[3]"),
        say("* 1 FETCH (UID 5 BODY[3]<0> \"SECOND HALF\")\r\n{tag} OK\r\n"),
    ];
    let peer = Peer::start(vec![opened(SELECT, script)]).await;
    let messages = peer.account(false).messages("INBOX");
    let view = messages
        .read(Uid(5), &ViewOptions::new())
        .await
        .unwrap()
        .view;
    assert_eq!(view.text, "FIRST HALF\nSECOND HALF");
    assert_eq!(
        (view.html, view.attachments.len(), view.parts_left_out),
        (None, 1, 0)
    );
}

#[tokio::test]
async fn a_message_whose_parts_cannot_be_read_is_read_itself() {
    let message = "Subject: whole\r\nContent-Type: text/html\r\n\r\n<p>all of it";
    for told in ["BODYSTRUCTURE NIL", "BODYSTRUCTURE ((("] {
        let header = literal(b"Subject: whole\r\n\r\n");
        let first = if told.ends_with('(') {
            format!("* 1 FETCH (UID 5 {told}\r\n{{tag}} OK\r\n")
        } else {
            format!("* 1 FETCH (UID 5 FLAGS () {told} BODY[HEADER]<0> {header})\r\n{{tag}} OK\r\n")
        };
        let script = vec![
            Step::Hear("BODYSTRUCTURE"),
            say(first),
            Step::Hear("BODY.PEEK[]<0.10000>"),
            say(format!(
                "* 1 FETCH (UID 5 FLAGS (\\Seen) BODY[]<0> {})\r\n{{tag}} OK\r\n",
                literal(message.as_bytes())
            )),
        ];
        let peer = Peer::start(vec![opened(SELECT, script)]).await;
        let messages = peer.account(false).messages("INBOX");
        let full = messages.read(Uid(5), &ViewOptions::new()).await.unwrap();
        assert_eq!(full.view.headers.subject, "whole", "{told}");
        assert_eq!(full.view.html.unwrap().html, "<p>all of it</p>");
        assert_eq!((full.flags.len(), full.structure.parts.len()), (1, 1));
    }
}

#[tokio::test]
async fn base64_that_was_encoded_in_pieces_is_decoded_in_pieces() {
    let body = literal(b"UEsDBBQAAAAIAA==\r\nemVkIGZpbGUgY29udGVudA==\r\n");
    let zip = "(\"application\" \"zip\" NIL NIL NIL \"base64\" 44 NIL (\"attachment\" (\"filename\" \"a.zip\")) NIL NIL)";
    let script = vec![
        Step::Hear("BODYSTRUCTURE"),
        say(format!(
            "* 1 FETCH (UID 5 BODYSTRUCTURE {zip})\r\n{{tag}} OK\r\n"
        )),
        Step::Hear("NOOP"),
        say("{tag} OK\r\n"),
        Step::Hear("BODY.PEEK[1]<0."),
        say(format!(
            "* 1 FETCH (UID 5 BODY[1]<0> {body})\r\n{{tag}} OK\r\n"
        )),
    ];
    let peer = Peer::start(vec![opened(SELECT, script)]).await;
    let messages = peer.account(false).messages("INBOX");
    let structure = messages.structure(Uid(5)).await.unwrap();
    let part = messages.open_part(Uid(5), &structure.parts[0]);
    let bytes = part.read_to_end(1000).await.unwrap();
    assert_eq!(bytes, b"PK\x03\x04\x14\0\0\0\x08\0zed file content");
}

#[tokio::test]
async fn folders_are_asked_for_by_the_name_the_server_gave() {
    // RFC 3501, section 5.1.3: decoded and encoded again, these would be other folders.
    for (wire, shown, asked) in [
        ("INBOX.R&D", "INBOX.R&D", "\"INBOX.R&D\""),
        ("INBOX.R&-D", "INBOX.R&D", "\"INBOX.R&-D\""),
        ("INBOX.Entwürfe", "INBOX.Entwürfe", "{15+}"),
        (
            "INBOX.Entw&APw-rfe",
            "INBOX.Entwürfe",
            "\"INBOX.Entw&APw-rfe\"",
        ),
        (
            "&BBAEMQQyACYEMwQ0BDU-",
            "&BBAEMQQyACYEMwQ0BDU-",
            "\"&BBAEMQQyACYEMwQ0BDU-\"",
        ),
        ("[abc", "[abc", "\"[abc\""),
    ] {
        let list = format!(
            "* LIST () \".\" INBOX\r\n* LIST () \".\" {wire}\r\n* LIST () (((\r\n* LIST x\r\n* LIST () NIL \"caf\u{e9}\"\r\n{{tag}} OK\r\n"
        );
        let mut script = vec![
            Step::Hear("LIST"),
            say(list),
            Step::Hear("LSUB"),
            say("{tag} OK\r\n"),
            Step::Hear(asked),
        ];
        if asked.starts_with('{') {
            script.push(Step::Hear("INBOX.Entwürfe (MESSAGES"));
            script.push(say("a4 OK\r\n"));
        } else {
            script.push(say(format!(
                "* STATUS {wire} (MESSAGES 3 UNSEEN 1 UIDNEXT 9 UIDVALIDITY 4)\r\n{{tag}} OK\r\n"
            )));
        }
        script.push(Step::Hang);
        let peer = Peer::start(vec![imap(script)]).await;
        let account = peer.account(false);
        let folders = account.folders().list().await.unwrap();
        assert_eq!((folders.len(), folders.left_out), (3, 2), "{folders:?}");
        assert_eq!(folders[1].display_name(), shown);
        let status = account.folders().status(&folders[1].name).await;
        if !asked.starts_with('{') {
            assert_eq!(status.unwrap().messages, 3, "{wire}");
        }
    }
}

#[tokio::test]
async fn statuses_of_odd_folders_are_theirs() {
    let lines = "* LIST () \"/\" [abc\r\n* STATUS [abc (MESSAGES 3 UNSEEN 1)\r\n* LIST () \"/\" R&D\r\n* STATUS R&D (MESSAGES 4\r\n\
                 * LIST () \"/\" x\r\n* STATUS x (MESSAGES many UNSEEN 1)\r\n* LIST () \"/\" INBOX\r\n* STATUS INBOX (MESSAGES 5 UNSEEN 1 UIDVALIDITY 99999999999)\r\n{tag} OK\r\n";
    let mut script = imap(vec![Step::Hear("RETURN"), say(lines), Step::Hang]);
    script[2] = say("{tag} OK [CAPABILITY IMAP4rev1 LIST-EXTENDED LIST-STATUS] in\r\n");
    let peer = Peer::start(vec![script]).await;
    let folders = peer.account(false).folders().list().await.unwrap();
    let counts: Vec<Option<u32>> = folders
        .iter()
        .map(|one| one.status.map(|status| status.messages))
        .collect();
    assert_eq!(counts, [Some(3), None, None, Some(5)]);
}

#[tokio::test]
async fn lists_with_a_broken_member_have_the_others() {
    let script = vec![
        Step::Hear("SEARCH"),
        say("* SEARCH 5 x 7\r\n* SEARCH ((\r\n{tag} OK\r\n"),
    ];
    let peer = Peer::start(vec![opened(SELECT, script)]).await;
    let all = bheem_mail::imap::Criteria::All;
    let found = peer
        .account(false)
        .messages("INBOX")
        .search(&all)
        .await
        .unwrap();
    assert_eq!((found.uids, found.left_out), (vec![Uid(7), Uid(5)], 2));

    let mut script = opened(
        SELECT,
        vec![
            Step::Hear("SEARCH"),
            say("* ESEARCH (TAG \"x\") UID ALL 1,x:y,3:4\r\n{tag} OK\r\n"),
        ],
    );
    script[2] = say("{tag} OK [CAPABILITY IMAP4rev1 ESEARCH] in\r\n");
    let peer = Peer::start(vec![script]).await;
    let found = peer
        .account(false)
        .messages("INBOX")
        .search(&all)
        .await
        .unwrap();
    assert_eq!(
        (found.uids, found.left_out),
        (vec![Uid(4), Uid(3), Uid(1)], 1)
    );

    // RFC 4731, section 3.1: nothing was found; and a server that answers in the old way.
    for (answer, wanted) in [
        ("* ESEARCH (TAG \"x\") UID\r\n", vec![]),
        ("* SEARCH 1 2\r\n", vec![Uid(2), Uid(1)]),
    ] {
        let answer = say(format!("{answer}{{tag}} OK\r\n"));
        let mut script = opened(SELECT, vec![Step::Hear("SEARCH"), answer]);
        script[2] = say("{tag} OK [CAPABILITY IMAP4rev1 ESEARCH] in\r\n");
        let peer = Peer::start(vec![script]).await;
        let found = peer
            .account(false)
            .messages("INBOX")
            .search(&all)
            .await
            .unwrap();
        assert_eq!((found.uids, found.left_out), (wanted, 0));
    }

    let mut script = opened(
        SELECT,
        vec![
            Step::Hear("THREAD"),
            say("* THREAD (1)(x)(2 (3))\r\n{tag} OK\r\n"),
        ],
    );
    script[2] = say("{tag} OK [CAPABILITY IMAP4rev1 THREAD=REFERENCES] in\r\n");
    let peer = Peer::start(vec![script]).await;
    let threads = peer
        .account(false)
        .messages("INBOX")
        .threads(9)
        .await
        .unwrap();
    assert_eq!((threads.threads.len(), threads.left_out), (2, 1));

    let quota = "* QUOTA a (STORAGE 1 2)\r\n* QUOTA b (STORAGE x 2 MESSAGE 3 4)\r\n* QUOTA c\r\n* QUOTA d (STORAGE 5 6)\r\n{tag} OK\r\n";
    let mut script = imap(vec![Step::Hear("GETQUOTAROOT"), say(quota), Step::Hang]);
    script[2] = say("{tag} OK [CAPABILITY IMAP4rev1 QUOTA] in\r\n");
    let peer = Peer::start(vec![script]).await;
    let quota = peer.account(false).quota().await.unwrap();
    assert_eq!((quota.len(), quota.left_out), (3, 2), "{quota:?}");
}
