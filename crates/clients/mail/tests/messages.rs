//! Whole messages as they are in the wild, and what of them is to be seen.
#![cfg(test)]

use bheem_mail::message::{MessageView, ViewOptions, parse_message};

fn view(raw: impl AsRef<[u8]>) -> MessageView {
    parse_message(raw.as_ref(), &ViewOptions::new()).unwrap()
}

fn files(view: &MessageView) -> Vec<String> {
    let name = |file: &bheem_mail::message::AttachmentInfo| {
        format!(
            "{} {} {}",
            file.part,
            file.content_type,
            file.name.as_deref().unwrap_or_default()
        )
        .trim_end()
        .to_owned()
    };
    view.attachments.iter().map(name).collect()
}

/// A part of a body: its header fields without the last line end, and its text.
fn part(header: &str, body: &str) -> String {
    format!("{header}\r\n\r\n{body}\r\n")
}

fn multipart(kind: &str, boundary: &str, parts: &[String]) -> String {
    let mut all = String::new();
    for part in parts {
        all.extend(["--", boundary, "\r\n", part.as_str()]);
    }
    format!("Content-Type: multipart/{kind}; boundary={boundary}\r\n\r\n{all}--{boundary}--\r\n")
}

fn plain(text: &str) -> String {
    part("Content-Type: text/plain; charset=utf-8", text)
}

fn html(text: &str) -> String {
    part("Content-Type: text/html; charset=utf-8", text)
}

fn file(kind: &str, disposition: &str, name: &str) -> String {
    part(
        &format!(
            "Content-Type: {kind}\r\nContent-Disposition: {disposition}; filename={name}\r\nContent-Transfer-Encoding: base64"
        ),
        "AAAA",
    )
}

#[test]
fn text_around_files_is_all_there_in_order() {
    // RFC 2046, section 5.1.3.
    let pdf = || file("application/pdf", "inline", "a.pdf");
    let seen = view(multipart(
        "mixed",
        "x",
        &[
            plain("FIRST"),
            file("image/jpeg", "inline", "a.jpg"),
            plain("SECOND"),
        ],
    ));
    assert_eq!(seen.text, "FIRST\nSECOND");
    assert_eq!(
        (
            seen.html,
            files(&view(multipart("mixed", "x", &[plain("a"), pdf()])))
        ),
        (None, vec!["2 application/pdf a.pdf".to_owned()])
    );

    let rich = multipart("mixed", "y", &[html("<p>ONE"), pdf(), html("<p>TWO")]);
    let seen = view(multipart("alternative", "x", &[plain("PLAIN"), rich]));
    assert_eq!(seen.html.as_ref().unwrap().html, "<p>ONE</p><p>TWO</p>");
    assert_eq!((seen.text.as_str(), seen.is_text_derived), ("PLAIN", false));
    assert_eq!(files(&seen), ["2.2 application/pdf a.pdf"]);

    // What one text leaves open does not reach into the next, and plain text among HTML is seen in both views.
    let seen = view(multipart(
        "mixed",
        "x",
        &[html("<b><i>ONE"), plain("2 < 3\r\n  x"), html("THREE</b>")],
    ));
    let shown = seen.html.unwrap().html;
    assert_eq!(
        shown,
        "<b><i>ONE</i></b><div style=\"white-space:pre-wrap\">2 &lt; 3\r\n  x</div>THREE"
    );
    assert_eq!(seen.text, "ONE\n2 < 3\r\n  x\nTHREE");

    let seen = view(multipart(
        "mixed",
        "x",
        &[
            file("text/plain", "attachment", "log.txt"),
            plain("BODY"),
            plain("FOOTER"),
        ],
    ));
    assert_eq!(
        (seen.text.as_str(), files(&seen)),
        ("BODY\nFOOTER", vec!["1 text/plain log.txt".to_owned()])
    );
    // The one part there is, is the text, with a name or without.
    assert_eq!(
        view("Content-Type: text/plain; name=notes.txt\r\n\r\nBODY").text,
        "BODY"
    );
    // RFC 2387: beside the root stands what it refers to.
    let seen = view(multipart(
        "related",
        "x",
        &[
            html("<img src=cid:a>"),
            part("Content-Type: text/html\r\nContent-ID: <a>", "x"),
        ],
    ));
    assert_eq!(
        (
            seen.html.unwrap().html.contains('x'),
            seen.attachments.len()
        ),
        (false, 1)
    );
}

#[test]
fn base64_with_other_letters_is_text() {
    // RFC 2045, section 6.8: other letters are passed over; and pieces that were encoded one by one.
    for (body, wanted) in [
        ("SGVs!bG8gd2 9ybGQ", "Hello world"),
        (
            "SGVsbG8gd29ybGQK\r\nQQ==\r\nRm9vdGVy",
            "Hello world\nAFooter",
        ),
    ] {
        let raw = part(
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64",
            body,
        );
        assert_eq!(view(&raw).text, wanted);
        assert_eq!(view(multipart("mixed", "x", &[raw])).text, wanted);
    }
}

#[test]
fn charsets_come_from_wherever_they_are_named() {
    let raw = |header: &str, body: &[u8]| [format!("{header}\r\n\r\n").as_bytes(), body].concat();
    for (header, body, wanted) in [
        (
            "Content-Type: text/plain; charset=us-ascii",
            "café".as_bytes(),
            "café",
        ),
        ("Content-Type: text/plain", b"caf\xe9", "café"),
        (
            "Content-Type: text/plain; charset=unknown-8bit",
            b"caf\xe9 gr\xfc\xdfe",
            "café grüße",
        ),
        (
            "Content-Type: text/plain; charset='iso-8859-1'",
            b"caf\xe9",
            "café",
        ),
        (
            "Content-Type: text/plain; charset=cp932",
            b"\x83\x81\x81[\x83\x8b",
            "メール",
        ),
        (
            "Content-Type: text/html",
            b"<meta charset=windows-1252>\x80 5",
            "€ 5",
        ),
        (
            "Content-Type: text/html; charset=us-ascii",
            b"<meta http-equiv=x content='text/html; charset=koi8-r'>\xd0",
            "п",
        ),
    ] {
        assert_eq!(view(raw(header, body)).text, wanted, "{header}");
    }
    let subject = "Subject: =?iso-2022-jp?B?GyRCJWEhPCVrGyhC?=\r\nFrom: =?cp949?Q?=B8=DE=C0=CF?= <a@b.test>\r\n\r\n";
    let headers = view(subject).headers;
    assert_eq!(
        (headers.subject.as_str(), headers.from[0].name.as_deref()),
        ("メール", Some("메일"))
    );
}

#[test]
fn files_have_the_names_they_were_given() {
    // RFC 2047, section 6.2, RFC 2231.
    for (disposition, wanted) in [
        (
            "filename=\"=?UTF-8?Q?Pr=C3=BC?= =?UTF-8?Q?fung.pdf?=\"",
            "Prüfung.pdf",
        ),
        (
            "filename*0=\"=?utf-8?B?TcO8bmNo\";\r\n filename*1=\"ZW4ucGRm?=\"",
            "München.pdf",
        ),
        (
            "filename*=UTF-8''%e2%82%ac.pdf; filename=\"EURO.pdf\"",
            "€.pdf",
        ),
        (
            "filename*0*=iso-2022-jp'ja'%1B$BF%7CK%5C%1B(B; filename*1=.pdf",
            "日本.pdf",
        ),
        ("filename=\"naïve.txt\"", "naïve.txt"),
        ("filename=my file name.txt", "my file name.txt"),
        (
            "filename=\"../../etc/passwd\\\"; x=\\\".txt\"",
            "../../etc/passwd\"; x=\".txt",
        ),
    ] {
        let raw = part(
            &format!(
                "Content-Type: application/pdf\r\nContent-Disposition: attachment; {disposition}"
            ),
            "x",
        );
        let seen = view(multipart("mixed", "x", &[plain("t"), raw]));
        assert_eq!(files(&seen), [format!("2 application/pdf {wanted}")]);
    }
}

#[test]
fn flowed_text_flows() {
    // RFC 3676, sections 4.1 to 4.5.
    let text = "A line that is \r\nbroken, a link https://a.test/aaaa \r\nbbbb and\r\n> quoted \r\n> text\r\n-- \r\nsig\r\n";
    let with = |parameters: &str| {
        view(part(
            &format!("Content-Type: text/plain; {parameters}"),
            text,
        ))
        .text
    };
    assert_eq!(
        with("format=flowed; delsp=yes"),
        "A line that isbroken, a link https://a.test/aaaabbbb and\n> quotedtext\n-- \nsig\n\n"
    );
    assert!(with("Format=Flowed").contains("A line that is broken,"));
    assert!(with("format=fixed").contains("that is \r\nbroken"));
}

#[test]
fn odd_messages_are_read() {
    for (raw, text) in [
        (
            "Content-Type: multipart/mixed; boundary=x\r\n\r\n--other\r\nContent-Type: text/plain\r\n\r\nBODY\r\n",
            "BODY",
        ),
        (
            "Content-Type: multipart/mixed\r\n\r\n--other\r\n\r\nBODY\r\n",
            "BODY",
        ),
        (
            "Content-Type: multipart/mixed; boundary=\"x y\"\r\n\r\n--x y\r\nContent-Type: text/plain\r\n\r\nBODY",
            "BODY",
        ),
        (
            "Content-Type: text/plain\r\nContent-Transfer-Encoding: \"Quoted-Printable\"\r\n\r\ncaf=C3=A9",
            "café",
        ),
        (
            "From a@a.test Tue Jul  1 10:00:00 2025\r\nSubject: x\r\n\r\nBODY",
            "BODY",
        ),
        ("\u{feff}Subject: x\r\n\r\nBODY", "BODY"),
        (
            "Subject: x\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nBODY\n--x--\n",
            "BODY",
        ),
        ("Subject: x\r\n\r\n", ""),
    ] {
        let seen = view(raw);
        assert!(seen.text.contains(text), "{raw:?}: {:?}", seen.text);
    }
    let inner = "Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename=\"Fwd: x.eml\"\r\n\r\nSubject: y\r\n\r\nINNER";
    let seen = view(multipart(
        "mixed",
        "x",
        &[plain("OUTER"), format!("{inner}\r\n"), plain("AFTER")],
    ));
    assert_eq!(
        (seen.text.as_str(), files(&seen)),
        (
            "OUTER\nAFTER",
            vec!["2 message/rfc822 Fwd: x.eml".to_owned()]
        )
    );
    let signed = multipart("alternative", "y", &[plain("SIGNED"), html("<p>SIGNED")]);
    let seen = view(multipart(
        "signed",
        "x",
        &[
            signed,
            file("application/pkcs7-signature", "attachment", "smime.p7s"),
        ],
    ));
    assert_eq!((seen.text.as_str(), seen.attachments.len()), ("SIGNED", 1));
    assert_eq!(files(&seen), ["2 application/pkcs7-signature smime.p7s"]);
    let sealed = [
        part("Content-Type: application/pgp-encrypted", "Version: 1"),
        part(
            "Content-Type: application/octet-stream; name=encrypted.asc",
            "-----BEGIN PGP MESSAGE-----",
        ),
    ];
    let seen = view(multipart("encrypted", "x", &sealed));
    assert_eq!((seen.text.as_str(), seen.attachments.len()), ("", 2));
    let seen = view(multipart(
        "mixed",
        "x",
        &[
            plain("t"),
            file("application/ms-tnef", "attachment", "winmail.dat"),
        ],
    ));
    assert_eq!(
        (seen.text.as_str(), files(&seen)),
        ("t", vec!["2 application/ms-tnef winmail.dat".to_owned()])
    );
    let many = "X-Field: value\r\n".repeat(20_000);
    let seen = view(format!("{many}Subject: last\r\n\r\nBODY"));
    assert_eq!(
        (seen.headers.subject.as_str(), seen.text.as_str()),
        ("last", "BODY")
    );
    let dated = view("Date: Sat, 2 Jan 2021 10:00:00 GMT+0100\r\n\r\n")
        .headers
        .date
        .unwrap();
    assert_eq!(dated.to_rfc3339(), "2021-01-02T09:00:00+00:00");
}
