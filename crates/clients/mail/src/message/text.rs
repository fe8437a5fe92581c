//! Texts: out of their charsets, and out of HTML.

use mail_parser::decoders::{charsets::map::charset_decoder, html};

/// Text of a charset. An unknown one is taken for UTF-8, with marks where it is not.
pub(crate) fn decode(charset: Option<&str>, bytes: &[u8]) -> String {
    let name = charset.unwrap_or("utf-8").trim();
    let is_utf8 = ["utf-8", "utf8", "us-ascii", "ascii"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known));
    match charset_decoder(name.as_bytes()).filter(|_| !is_utf8) {
        Some(decoder) => decoder(bytes),
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Readable text out of HTML, for a message without any.
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
        assert_eq!(decode(Some("windows-1252"), b"\x80"), "€");
        assert_eq!(
            decode(Some("no-such"), "é\u{1F600}".as_bytes()),
            "é\u{1F600}"
        );
        assert_eq!(decode(None, b"\xff"), "\u{fffd}");
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
        fn fuzz_any_bytes_of_any_charset_become_text(bytes in any::<Vec<u8>>(), charset in "utf-7|utf-16|utf-16le|gb18030|big5|iso-2022-jp|shift_jis|euc-kr|koi8-r|.{0,10}") {
            decode(Some(&charset), &bytes);
        }

        #[test]
        fn fuzz_any_html_becomes_text(source in any::<String>()) {
            prop_assert!(html_to_text(&source).len() <= source.len().saturating_mul(4) + 16);
        }
    }
}
