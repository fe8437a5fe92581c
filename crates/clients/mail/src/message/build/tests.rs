use proptest::prelude::*;

use super::*;
use crate::message::{Headers, ViewOptions, parse_message};

fn alice() -> Address {
    Address::new("alice@a.example").named("Alice \"A.\" Äpfel")
}

fn bob() -> Address {
    Address::new("bob@b.example")
}

fn message() -> OutgoingMessage {
    OutgoingMessage::new(alice()).to(bob())
}

#[test]
fn all_that_is_put_in_comes_out() {
    let built = message()
        .cc(Address::new("carol@c.example"))
        .bcc(Address::new("dave@d.example"))
        .reply_to(Address::new("desk@a.example"))
        .subject("Grüße aus der 1. Etage")
        .text("plain ü")
        .html("<p>rich <img src=\"cid:pic@x\"></p>")
        .attach(Attachment::new("pic.png", "image/png", vec![1, 2, 3]).inline("pic@x"))
        .attach(Attachment::new(
            "Bericht ü.pdf",
            "application/pdf",
            vec![0; 1000],
        ))
        .in_reply_to("two@x", &["one@x".to_owned()])
        .header("X-Mailer", "test")
        .date(DateTime::from_timestamp(1_700_000_000, 0).unwrap())
        .build()
        .unwrap();
    assert_eq!(built.recipients().len(), 3);
    let view = parse_message(built.bytes(), &ViewOptions::new()).unwrap();
    let Headers {
        from,
        cc,
        bcc,
        subject,
        references,
        in_reply_to,
        message_id,
        date,
        reply_to,
        ..
    } = view.headers;
    assert_eq!(from, [alice()]);
    assert_eq!(cc, [Address::new("carol@c.example")]);
    assert_eq!(reply_to, [Address::new("desk@a.example")]);
    assert!(bcc.is_empty());
    assert_eq!(subject, "Grüße aus der 1. Etage");
    assert_eq!(
        (references, in_reply_to),
        (vec!["one@x".into(), "two@x".into()], vec!["two@x".into()])
    );
    assert_eq!(message_id.as_deref(), Some(built.message_id()));
    assert_eq!(date.unwrap().timestamp(), 1_700_000_000);
    assert_eq!(view.text.trim(), "plain ü");
    assert_eq!(view.html.unwrap().content_ids, ["pic@x"]);
    let names: Vec<_> = view
        .attachments
        .iter()
        .map(|file| file.name.clone())
        .collect();
    assert!(names.contains(&Some("Bericht ü.pdf".into())), "{names:?}");
}

#[test]
fn secret_recipients_are_nowhere_in_the_bytes() {
    let built = message()
        .bcc(Address::new("secret@d.example"))
        .build()
        .unwrap();
    let text = String::from_utf8_lossy(built.bytes()).to_lowercase();
    assert!(!text.contains("secret@d.example") && !text.contains("bcc"));
}

#[test]
fn what_would_begin_a_line_is_refused() {
    let evil = "x\r\nBcc: eve@e.example";
    let attempts = [
        message().subject(evil),
        message().to(Address::new(format!("a@b.example>{evil}"))),
        message().to(bob().named(evil)),
        OutgoingMessage::new(Address::new(evil)).to(bob()),
        message().header("X-A", evil),
        message().header(evil, "x"),
        message().header("X-A: b\nX-C", "x"),
        message().header("Bcc", "eve@e.example"),
        message().header("content-type", "text/html"),
        message().in_reply_to(evil, &[]),
        message().message_id(evil),
        message().attach(Attachment::new(evil, "text/plain", vec![])),
        message().attach(Attachment::new("a", evil, vec![])),
        message().attach(Attachment::new("a", "multipart/mixed", vec![])),
        message().attach(Attachment::new("a", "text/plain", vec![]).inline(evil)),
        OutgoingMessage::new(alice()),
        message().to(Address::new("no-at.example")),
        message().to(Address::new("a b@c.example")),
    ];
    for (number, attempt) in attempts.into_iter().enumerate() {
        let refused = attempt.build();
        assert!(
            matches!(refused, Err(Error::Invalid { .. })),
            "attempt {number}"
        );
    }
}

const OBJECT: &str = "BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:1\nSUMMARY:Grüße\nEND:VEVENT\nEND:VCALENDAR\n";

#[test]
fn an_invitation_is_a_calendar_part_with_its_method() {
    let built = message()
        .text("You are invited")
        .html("<p>You are invited")
        .calendar(CalendarMethod::Request, OBJECT)
        .attach(Attachment::new("plan.pdf", "application/pdf", vec![0]))
        .build()
        .unwrap();
    let parsed = mail_parser::MessageParser::default()
        .parse(built.bytes())
        .unwrap();
    let part = parsed
        .parts
        .iter()
        .find(|part| mail_parser::MimeHeaders::is_content_type(*part, "text", "calendar"))
        .unwrap();
    // RFC 6047, section 2.4.
    let kind = mail_parser::MimeHeaders::content_type(part).unwrap();
    assert_eq!(kind.attribute("method"), Some("REQUEST"));
    assert_eq!(kind.attribute("charset"), Some("utf-8"));
    assert!(mail_parser::MimeHeaders::content_disposition(part).is_none());
    assert_eq!(
        part.text_contents(),
        Some(OBJECT.replace('\n', "\r\n").as_str())
    );
    let view = parse_message(built.bytes(), &ViewOptions::new()).unwrap();
    assert_eq!(view.text, "You are invited");
    let files: Vec<String> = view
        .attachments
        .iter()
        .map(|file| format!("{} {}", file.part, file.content_type))
        .collect();
    assert_eq!(files, ["1.3 text/calendar", "2 application/pdf"]);

    let alone = message()
        .calendar(CalendarMethod::Request, OBJECT)
        .build()
        .unwrap();
    let text = String::from_utf8_lossy(alone.bytes()).into_owned();
    assert!(
        text.contains("Content-Type: text/calendar;") && !text.contains("multipart"),
        "{text}"
    );
}

#[test]
fn what_is_no_invitation_is_refused() {
    for (method, object) in [
        (CalendarMethod::Cancel, OBJECT.to_owned()),
        (
            CalendarMethod::Request,
            OBJECT.replace("METHOD:REQUEST\n", ""),
        ),
        (CalendarMethod::Request, "hello".to_owned()),
        (CalendarMethod::Request, OBJECT.replace("UID:1", "UID:\0")),
    ] {
        let refused = message().calendar(method, object.clone()).build();
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{object}");
    }
}

#[test]
fn identifications_are_not_repeated() {
    let ids = [message().build().unwrap(), message().build().unwrap()];
    assert_ne!(ids[0].message_id(), ids[1].message_id());
    assert!(ids[0].message_id().ends_with("@a.example"));
}

proptest! {
    #[test]
    fn fuzz_no_text_changes_the_header(subject in any::<String>(), name in any::<String>(), text in any::<String>(), file in any::<String>()) {
        let built = OutgoingMessage::new(alice())
            .to(bob().named(name))
            .subject(subject)
            .text(text)
            .attach(Attachment::new(file, "text/plain", b"x".to_vec()))
            .build();
        if let Ok(built) = built {
            let text = String::from_utf8_lossy(built.bytes()).into_owned();
            let (header, _) = text.split_once("\r\n\r\n").unwrap();
            let mut names: Vec<String> = header
                .split("\r\n")
                .filter(|line| !line.starts_with([' ', '\t']))
                .map(|line| line.split(':').next().unwrap().to_ascii_lowercase())
                .collect();
            names.sort();
            prop_assert_eq!(names, ["content-type", "date", "from", "message-id", "mime-version", "subject", "to"]);
        }
    }
}
