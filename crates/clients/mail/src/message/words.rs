//! Encoded words (RFC 2047): text of any charset in a header.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{decode::Decoder, headers::one_line, text};

/// Names of charsets are shorter.
const LONGEST_CHARSET: usize = 60;

struct Word {
    charset: String,
    is_base64: bool,
    text: Vec<u8>,
}

enum Piece<'a> {
    Plain(&'a [u8]),
    /// Words with nothing but spaces between them: those are none (RFC 2047, section 6.2).
    Words(Vec<Word>),
}

/// Undoes encoded words and the folding of lines (RFC 5322, section 2.2.3); the result is one line.
pub(crate) fn decode_words(raw: &[u8]) -> String {
    let mut out = String::new();
    for piece in pieces(&unfolded(raw)) {
        match piece {
            Piece::Plain(bytes) => out.push_str(&text::decode(None, bytes)),
            Piece::Words(words) => out.push_str(&decode_run(&words)),
        }
    }
    one_line(&out)
}

/// The same header in UTF-8, with encoded words where there were some: what an address list means does not depend on
/// what is in them.
pub(crate) fn to_utf8(raw: &[u8]) -> String {
    let mut out = String::new();
    for piece in pieces(&unfolded(raw)) {
        match piece {
            Piece::Plain(bytes) => out.push_str(&text::decode(None, bytes)),
            Piece::Words(words) => {
                out.push_str("=?utf-8?B?");
                out.push_str(&STANDARD.encode(decode_run(&words)));
                out.push_str("?=");
            }
        }
    }
    out
}

/// An end of a line goes, the space after it stays. A lone one separates like a space.
fn unfolded(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'\r', [b'\n', b' ' | b'\t', ..]) => rest = after.get(1..).unwrap_or_default(),
            (b'\n', [b' ' | b'\t', ..]) => {}
            (b'\r' | b'\n', _) => out.push(b' '),
            (other, _) => out.push(*other),
        }
    }
    out
}

/// Linear in the bytes: what is looked through for the end of a word is part of it.
fn pieces(raw: &[u8]) -> Vec<Piece<'_>> {
    let last_end = raw.windows(2).rposition(|pair| pair == b"?=").unwrap_or(0);
    let mut pieces = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(rest) = raw.get(at..) {
        let Some(start) = rest.windows(2).position(|pair| pair == b"=?") else {
            break;
        };
        let start = at.saturating_add(start);
        let Some((word, end)) = word(raw, start, last_end) else {
            at = start.saturating_add(2);
            continue;
        };
        let between = raw.get(from..start).unwrap_or_default();
        let is_blank = between.iter().all(u8::is_ascii_whitespace);
        match pieces.last_mut() {
            Some(Piece::Words(words)) if is_blank => words.push(word),
            _ => {
                if !between.is_empty() {
                    pieces.push(Piece::Plain(between));
                }
                pieces.push(Piece::Words(vec![word]));
            }
        }
        (from, at) = (end, end);
    }
    match raw.get(from..) {
        Some(rest) if !rest.is_empty() => pieces.push(Piece::Plain(rest)),
        _ => {}
    }
    pieces
}

/// `=?charset*language?B?text?=`, and where it ends.
fn word(raw: &[u8], start: usize, last_end: usize) -> Option<(Word, usize)> {
    let inside = raw.get(start.checked_add(2)?..)?;
    let length = inside
        .iter()
        .take(LONGEST_CHARSET)
        .position(|byte| *byte == b'?')?;
    let charset = std::str::from_utf8(inside.get(..length)?).ok()?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:+*".contains(&byte);
    if charset.is_empty() || !charset.bytes().all(is_name) {
        return None;
    }
    let is_base64 = match inside.get(length.checked_add(1)?)? {
        b'b' | b'B' => true,
        b'q' | b'Q' => false,
        _ => return None,
    };
    if inside.get(length.checked_add(2)?)? != &b'?' {
        return None;
    }
    let from = start.checked_add(length)?.checked_add(5)?;
    if from > last_end {
        return None;
    }
    let text = raw.get(from..)?;
    let end = text.windows(2).position(|pair| pair == b"?=")?;
    let word = Word {
        charset: charset.split('*').next().unwrap_or_default().to_owned(),
        is_base64,
        text: text.get(..end)?.to_vec(),
    };
    Some((word, from.checked_add(end)?.checked_add(2)?))
}

/// Neighbours of one charset are decoded one by one, as the standard has it, and together if a character, or what
/// base64 takes at once, was cut in two.
fn decode_run(words: &[Word]) -> String {
    let mut out = String::new();
    let same = |one: &Word, two: &Word| one.charset.eq_ignore_ascii_case(&two.charset);
    for group in words.chunk_by(same) {
        let charset = group.first().map(|word| word.charset.as_str());
        let single: String = group
            .iter()
            .map(|word| text::decode(charset, &bytes(std::slice::from_ref(word))))
            .collect();
        let is_cut = group.len() > 1 && (marks(&single) > 0 || group.iter().any(is_odd));
        let joined = is_cut.then(|| text::decode(charset, &bytes(group)));
        match joined {
            Some(joined) if marks(&joined) <= marks(&single) => out.push_str(&joined),
            _ => out.push_str(&single),
        }
    }
    out
}

fn marks(text: &str) -> usize {
    text.matches(char::REPLACEMENT_CHARACTER).count()
}

/// A letter of base64 too many, which belongs to what follows.
fn is_odd(word: &Word) -> bool {
    let letters = word.text.iter().filter(|byte| **byte != b'=').count();
    word.is_base64 && letters % 4 == 1
}

fn bytes(words: &[Word]) -> Vec<u8> {
    let mut out = Vec::new();
    for run in words.chunk_by(|one, two| one.is_base64 == two.is_base64) {
        let text: Vec<u8> = run.iter().flat_map(|word| word.text.clone()).collect();
        if run.iter().any(|word| word.is_base64) {
            out.extend(Decoder::of("base64").decode(text, true));
        } else {
            // RFC 2047, section 4.2: an underscore is a space.
            let text = text
                .into_iter()
                .map(|byte| if byte == b'_' { b' ' } else { byte });
            // Spaces at the end of a line would be none in a body.
            let mut text: Vec<u8> = text.collect();
            text.push(b'.');
            let mut decoded = Decoder::of("quoted-printable").decode(text, true);
            decoded.pop();
            out.extend(decoded);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_undone() {
        for (raw, wanted) in [
            // RFC 2047, section 8.
            ("(=?ISO-8859-1?Q?a?= b)", "(a b)"),
            ("=?ISO-8859-1?Q?a?= \r\n =?ISO-8859-1?Q?b?=", "ab"),
            ("=?ISO-8859-1?Q?a_b?=", "a b"),
            ("=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"),
            // RFC 2231, section 5.
            ("=?US-ASCII*EN?Q?Keith_Moore?=", "Keith Moore"),
            ("=?utf-8?q??= x", "x"),
            // A character cut in two, as Python's `email.header` and mail programs join it.
            (
                "=?UTF-8?Q?caf=C3?= =?UTF-8?Q?=A9_cr=C3=A8me?=",
                "café crème",
            ),
            (
                "=?utf-8?B?R3LDvA==?=\r\n =?utf-8?B?w58=?=\r\n =?utf-8?Q?e?=",
                "Grüße",
            ),
            ("=?utf-8?B?R3LD?= =?utf-8?B?vMOfZQ==?=", "Grüße"),
            // Base64 cut between letters.
            ("=?utf-8?B?R3LDv?= =?utf-8?B?MOfZQ==?=", "Grüße"),
            // Each is whole, though padding is missing.
            ("=?utf-8?B?w7w?= =?utf-8?B?w7w?=", "üü"),
            (
                "=?iso-2022-jp?B?GyRCRnwbKEI=?= =?ISO-2022-JP?B?GyRCS1wbKEI=?=",
                "日本",
            ),
            ("=?cp932?B?k/qWew==?=", "日本"),
            // No words.
            ("=?utf-8?X?a?= =?utf-8?Q?a", "=?utf-8?X?a?= =?utf-8?Q?a"),
            ("a=?b?q?c?=d", "acd"),
            ("a  b\r\n\tc\nd", "a  b c d"),
        ] {
            assert_eq!(decode_words(raw.as_bytes()), wanted, "{raw}");
        }
        assert_eq!(decode_words(b"caf\xe9"), "café");
        assert_eq!(decode_words("café".as_bytes()), "café");
    }

    #[test]
    fn words_in_addresses_stay_words() {
        let utf8 = to_utf8(b"=?iso-8859-1?Q?J=FC=2C_x?= <a@b>, \"y\" <c@d>");
        assert_eq!(utf8, "=?utf-8?B?SsO8LCB4?= <a@b>, \"y\" <c@d>");
    }

    proptest! {
        #[test]
        fn fuzz_any_pieces_become_one_line_no_longer_than_they_were(
            pieces in prop::collection::vec("=\\?|utf-8|iso-2022-jp|\\?[bBqQ]\\?|\\?=|[A-Za-z0-9+/=_]{0,8}|[ -~]{0,4}|\r\n |é", 0..30)
        ) {
            let text = pieces.concat();
            let decoded = decode_words(text.as_bytes());
            prop_assert!(!decoded.chars().any(char::is_control));
            // A byte of a charset becomes three of UTF-8 at most.
            prop_assert!(decoded.len() <= text.len() * 3);
        }

        #[test]
        fn fuzz_text_survives_the_way_there_and_back(text in "[ -~à-öА-я日本]{0,40}", cut in 0_usize..60) {
            let bytes = text.as_bytes();
            let (one, two) = bytes.split_at(cut.min(bytes.len()));
            let raw = format!("=?utf-8?B?{}?= =?utf-8?B?{}?=", STANDARD.encode(one), STANDARD.encode(two));
            prop_assert_eq!(decode_words(raw.as_bytes()), text.trim());
        }
    }
}
