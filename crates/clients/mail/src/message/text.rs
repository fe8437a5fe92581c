//! Texts: out of their charsets, and out of HTML.

use mail_parser::decoders::{charsets::DecoderFnc, charsets::map::charset_decoder, html};

/// HTML says its charset within its first bytes (HTML, section 4.2.5.4).
const PRESCAN: usize = 1024;

/// Text of a charset. Where none is named, or none that says anything about bytes beyond ASCII, it is UTF-8 if it can
/// be, and else what is most frequent (`windows-1252`, as in browsers). Bytes that a charset does not have become
/// marks.
pub(crate) fn decode(charset: Option<&str>, bytes: &[u8]) -> String {
    decode_either(charset, None, bytes)
}

/// The same for the HTML of a message, which may name its charset itself.
pub(crate) fn decode_html(charset: Option<&str>, bytes: &[u8]) -> String {
    decode_either(charset, charset_of_html(bytes).as_deref(), bytes)
}

fn decode_either(charset: Option<&str>, inner: Option<&str>, bytes: &[u8]) -> String {
    for name in [charset, inner].into_iter().flatten() {
        match Charset::of(name) {
            Charset::Unknown => {}
            Charset::Utf8 => return String::from_utf8_lossy(bytes).into_owned(),
            Charset::Korean7Bit => return korean(bytes),
            Charset::Other(decoder) => return decoder(bytes),
        }
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        // What was cut off within a character, after others that are whole, is UTF-8 as well.
        Err(error) if error.error_len().is_none() && !is_ascii_to(bytes, error.valid_up_to()) => {
            String::from_utf8_lossy(bytes).into_owned()
        }
        Err(_) => match charset_decoder(b"windows-1252") {
            Some(decoder) => decoder(bytes),
            None => String::from_utf8_lossy(bytes).into_owned(),
        },
    }
}

fn is_ascii_to(bytes: &[u8], end: usize) -> bool {
    bytes.get(..end).is_none_or(<[u8]>::is_ascii)
}

enum Charset {
    /// Not known, or one that says nothing.
    Unknown,
    Utf8,
    /// ISO-2022-KR, which browsers do not read.
    Korean7Bit,
    Other(DecoderFnc),
}

impl Charset {
    fn of(name: &str) -> Self {
        let name = name
            .trim_matches(|letter: char| letter.is_whitespace() || "'\"".contains(letter))
            .to_ascii_lowercase();
        let name = match name.as_str() {
            "utf-8" | "utf8" | "unicode-1-1-utf-8" => return Self::Utf8,
            "iso-2022-kr" | "csiso2022kr" => return Self::Korean7Bit,
            // Written by programs that did not look.
            "" | "us-ascii" | "ascii" | "ansi_x3.4-1968" | "ansi_x3.4-1986" | "iso646-us"
            | "646" | "default" | "unknown-8bit" | "x-unknown" | "_autodetect" => {
                return Self::Unknown;
            }
            // Names of Python and Windows.
            "cp932" | "ms_kanji" | "x-ms-cp932" | "csshiftjis" => "shift_jis",
            "cp949" | "uhc" | "ms949" => "euc-kr",
            "cp950" => "big5",
            "cp936" | "euc-cn" => "gbk",
            "cp874" => "windows-874",
            // Of videotex; who writes it means Latin letters.
            "ansi_x3.110-1983" => "windows-1252",
            other => other,
        };
        // `windows1252`, `win-1251`.
        let digits = name
            .strip_prefix("windows")
            .or_else(|| name.strip_prefix("win"))
            .map(|rest| format!("windows-{}", rest.trim_start_matches(['-', '_'])));
        charset_decoder(name.as_bytes())
            .or_else(|| charset_decoder(digits?.as_bytes()))
            .map_or(Self::Unknown, Self::Other)
    }
}

/// RFC 1557: between SO and SI each byte is one of EUC-KR without its highest bit.
fn korean(bytes: &[u8]) -> String {
    let (mut is_shifted, mut rest, mut out) = (false, bytes, Vec::with_capacity(bytes.len()));
    while let [first, after @ ..] = rest {
        rest = after;
        match first {
            0x0e => is_shifted = true,
            0x0f => is_shifted = false,
            0x1b => rest = after.strip_prefix(b"$)C").unwrap_or(after),
            b'\n' => {
                is_shifted = false;
                out.push(b'\n');
            }
            byte if is_shifted && *byte > b' ' => out.push(byte | 0x80),
            byte => out.push(*byte),
        }
    }
    match charset_decoder(b"euc-kr") {
        Some(decoder) => decoder(&out),
        None => String::from_utf8_lossy(&out).into_owned(),
    }
}

/// `<meta charset=…>` or `<meta http-equiv=… content="…; charset=…">`.
fn charset_of_html(bytes: &[u8]) -> Option<String> {
    let start = bytes.get(..PRESCAN).unwrap_or(bytes);
    let start = String::from_utf8_lossy(start).to_ascii_lowercase();
    start.split("<meta").skip(1).find_map(|rest| {
        let tag = rest.split('>').next()?;
        let (_, value) = tag.split_once("charset")?;
        let value = value.trim_start().strip_prefix('=')?.trim_start();
        let value = value.trim_start_matches(['"', '\'']);
        let end = value
            .find(|letter: char| letter.is_whitespace() || "\"';/".contains(letter))
            .unwrap_or(value.len());
        let name = value.get(..end)?;
        // HTML, section 13.2.3.2: in UTF-16 that could not have been read.
        let name = if name.starts_with("utf-16") {
            "utf-8"
        } else {
            name
        };
        (!name.is_empty()).then(|| name.to_owned())
    })
}

/// Readable text out of HTML, for a message without any. Time and output grow with the length of the source. This is
/// blocking work; see [`sanitise_html`](super::sanitise_html).
#[must_use]
pub fn html_to_text(source: &str) -> String {
    html::html_to_text(source).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn charsets_are_undone_and_unknown_ones_guessed() {
        assert_eq!(decode(Some("ISO-8859-1"), b"caf\xe9"), "café");
        assert_eq!(decode(Some("'iso-8859-1'"), b"caf\xe9"), "café");
        assert_eq!(decode(Some("windows-1252"), b"\x80"), "€");
        assert_eq!(decode(Some("utf-8"), b"caf\xe9"), "caf\u{fffd}");
        for name in ["no-such", "us-ascii", "unknown-8bit"] {
            assert_eq!(decode(Some(name), "é\u{1F600}".as_bytes()), "é\u{1F600}");
            assert_eq!(decode(Some(name), b"caf\xe9 \x80"), "café €");
        }
        assert_eq!(
            decode(None, "é caf\u{e9}".as_bytes().split_last().unwrap().1),
            "é caf\u{fffd}"
        );
    }

    #[test]
    fn charsets_of_mails_are_known() {
        // As Python's codecs read the bytes.
        let cases: [(&str, &[u8], &str); 32] = [
            ("iso-2022-jp", b"\x1b$B%a!<%k\x1b(B", "メール"),
            ("shift_jis", b"\x83\x81\x81[\x83\x8b", "メール"),
            ("x-sjis", b"\x83\x81\x81[\x83\x8b", "メール"),
            ("cp932", b"\x83\x81\x81[\x83\x8b", "メール"),
            ("windows-31j", b"\x87\x40", "①"),
            ("euc-jp", b"\xa5\xe1\xa1\xbc\xa5\xeb", "メール"),
            ("gbk", b"\xd3\xca\xbc\xfe", "邮件"),
            ("gb2312", b"\xd3\xca\xbc\xfe", "邮件"),
            ("gb_2312-80", b"\xd3\xca\xbc\xfe", "邮件"),
            ("gb18030", b"\xd3\xca\xbc\xfe", "邮件"),
            ("cp936", b"\xd3\xca\xbc\xfe", "邮件"),
            ("big5", b"\xb6l\xa5\xf3", "郵件"),
            ("cp950", b"\xb6l\xa5\xf3", "郵件"),
            ("euc-kr", b"\xb8\xde\xc0\xcf", "메일"),
            ("ks_c_5601-1987", b"\xb8\xde\xc0\xcf", "메일"),
            ("cp949", b"\xb8\xde\xc0\xcf", "메일"),
            ("iso-2022-kr", b"\x1b$)C\x0e8^@O\x0f ok", "메일 ok"),
            ("koi8-r", b"\xd0\xc9\xd3\xd8\xcd\xcf", "письмо"),
            ("windows-1251", b"\xef\xe8\xf1\xfc\xec\xee", "письмо"),
            ("cp1251", b"\xef\xe8\xf1\xfc\xec\xee", "письмо"),
            ("win-1251", b"\xef\xe8\xf1\xfc\xec\xee", "письмо"),
            ("iso-8859-8-i", b"\xe3\xe5\xe0\xf8", "דואר"),
            ("windows-1255", b"\xe3\xe5\xe0\xf8", "דואר"),
            ("tis-620", b"\xe4\xa1\xe8", "ไก่"),
            ("windows-874", b"\xe4\xa1\xe8", "ไก่"),
            ("iso-8859-15", b"\xa4", "€"),
            ("latin1", b"\xe9", "é"),
            ("ansi_x3.110-1983", b"\xe9", "é"),
            ("macintosh", b"\x8e", "é"),
            ("utf-7", b"caf+AOk-", "café"),
            ("utf-16", b"\xff\xfec\x00\xe9\x00", "cé"),
            ("utf8", b"\xc3\xa9", "é"),
        ];
        for (name, bytes, wanted) in cases {
            assert_eq!(decode(Some(name), bytes), wanted, "{name}");
        }
    }

    #[test]
    fn html_may_name_its_charset_where_the_message_does_not() {
        for head in [
            "<meta charset=\"windows-1252\">",
            "<META http-equiv=Content-Type content='text/html; charset=Windows-1252'>",
            "<meta name=x><meta charset = windows-1252 />",
        ] {
            let mut html = head.as_bytes().to_vec();
            html.extend_from_slice(b"\x80 5");
            let wanted = format!("{head}€ 5");
            assert_eq!(decode_html(None, &html), wanted);
            assert_eq!(decode_html(Some("us-ascii"), &html), wanted);
        }
        // The message's own word goes first (RFC 2854, section 6).
        let html = "<meta charset=windows-1252>é";
        assert_eq!(decode_html(Some("utf-8"), html.as_bytes()), html);
        let html = "<meta charset=utf-16>é";
        assert_eq!(decode_html(None, html.as_bytes()), html);
    }

    #[test]
    fn html_becomes_text() {
        let text = html_to_text(
            "<style>p{}</style><p>Hello &amp; <b>good</b></p><script>x()</script><p>bye</p>",
        );
        assert!(
            text.contains("Hello & good") && text.contains("bye"),
            "{text}"
        );
        assert!(!text.contains("x()") && !text.contains("p{}"), "{text}");
    }

    proptest! {
        #[test]
        fn fuzz_any_bytes_of_any_charset_become_text(bytes in any::<Vec<u8>>(), charset in "utf-7|utf-16|utf-16le|gb18030|big5|iso-2022-jp|iso-2022-kr|shift_jis|euc-kr|koi8-r|.{0,10}") {
            let text = decode(Some(&charset), &bytes);
            prop_assert!(text.len() <= bytes.len() * 4 + 8);
            decode_html(Some(&charset), &bytes);
        }

        #[test]
        fn fuzz_any_html_becomes_text(source in any::<String>()) {
            prop_assert!(html_to_text(&source).len() <= source.len().saturating_mul(4) + 16);
        }
    }
}
