//! `Content-Type` and `Content-Disposition`: a value and its parameters (RFC 2045, section 5.1; RFC 2231).

use std::collections::HashMap;

use super::{text, words::decode_words};

/// Nobody writes more.
const MOST: usize = 100;

/// A header field's value, lower case, and its parameters in the order they have, as they were written. Comments are
/// passed over; what is between quotes is unescaped.
pub(crate) fn read(raw: &[u8]) -> (String, Vec<(String, Vec<u8>)>) {
    let mut pieces = split(raw).into_iter();
    let value = pieces.next().unwrap_or_default();
    let value = String::from_utf8_lossy(value.trim_ascii()).to_ascii_lowercase();
    let pairs = pieces.filter_map(|piece| {
        let at = piece.iter().position(|byte| *byte == b'=')?;
        let name = String::from_utf8_lossy(piece.get(..at)?.trim_ascii()).to_ascii_lowercase();
        let value = piece.get(at.saturating_add(1)..)?.trim_ascii();
        (!name.is_empty()).then(|| (name, unquote(value)))
    });
    (value, pairs.take(MOST).collect())
}

/// At semicolons outside of quotes and comments, without the comments.
fn split(raw: &[u8]) -> Vec<Vec<u8>> {
    let mut pieces = vec![Vec::new()];
    let (mut is_quoted, mut is_escaped, mut depth) = (false, false, 0_usize);
    for byte in raw {
        let was_escaped = std::mem::take(&mut is_escaped);
        let is_free = !is_quoted && !was_escaped;
        match byte {
            b'\\' if !was_escaped && (is_quoted || depth > 0) => is_escaped = true,
            b'"' if !was_escaped && depth == 0 => is_quoted = !is_quoted,
            // Within a word it is a letter that should have stood between quotes.
            b'(' if is_free && (depth > 0 || begins_word(pieces.last())) => {
                depth = depth.saturating_add(1);
                continue;
            }
            b')' if is_free && depth > 0 => {
                depth = depth.saturating_sub(1);
                continue;
            }
            b';' if is_free && depth == 0 => {
                pieces.push(Vec::new());
                continue;
            }
            _ => {}
        }
        if depth == 0
            && !matches!(byte, b'\r' | b'\n')
            && let Some(piece) = pieces.last_mut()
        {
            piece.push(*byte);
        }
    }
    pieces
}

fn begins_word(piece: Option<&Vec<u8>>) -> bool {
    let last = piece.and_then(|piece| piece.last());
    last.is_none_or(u8::is_ascii_whitespace)
}

fn unquote(value: &[u8]) -> Vec<u8> {
    let Some(inside) = value.strip_prefix(b"\"") else {
        return value.to_vec();
    };
    let mut out = Vec::new();
    let mut is_escaped = false;
    for byte in inside {
        match byte {
            _ if is_escaped => {
                out.push(*byte);
                is_escaped = false;
            }
            b'\\' => is_escaped = true,
            b'"' => break,
            other => out.push(*other),
        }
    }
    out
}

/// Parameters as they are meant: pieces joined, percent-encoding, charsets and encoded words undone (RFC 2231; encoded
/// words are not allowed here by RFC 2047, section 5, and everywhere).
pub(crate) fn resolve(pairs: &[(String, Vec<u8>)]) -> HashMap<String, String> {
    let mut found = HashMap::new();
    let mut pieces: HashMap<&str, Vec<Piece<'_>>> = HashMap::new();
    for (name, value) in pairs.iter().take(MOST) {
        match name.split_once('*') {
            None => {
                found
                    .entry(name.clone())
                    .or_insert_with(|| decode_words(value));
            }
            Some((base, rest)) => pieces.entry(base).or_default().push(Piece {
                number: rest.trim_end_matches('*').parse().unwrap_or(0),
                is_encoded: rest.is_empty() || rest.ends_with('*'),
                value,
            }),
        }
    }
    for (name, mut list) in pieces {
        list.sort_by_key(|piece| piece.number);
        found.insert(name.to_owned(), join(&list));
    }
    found
}

struct Piece<'a> {
    number: u32,
    is_encoded: bool,
    value: &'a [u8],
}

/// The first one may begin with a charset.
fn join(pieces: &[Piece<'_>]) -> String {
    let mut charset = None;
    let mut bytes = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let mut value = piece.value;
        if !piece.is_encoded {
            bytes.extend_from_slice(value);
            continue;
        }
        let mut halves = value.splitn(3, |byte| *byte == b'\'');
        if at == 0
            && let (Some(name), Some(_language), Some(rest)) =
                (halves.next(), halves.next(), halves.next())
        {
            charset = Some(String::from_utf8_lossy(name).into_owned());
            value = rest;
        }
        percent_decode(value, &mut bytes);
    }
    if pieces.iter().all(|piece| !piece.is_encoded) {
        return decode_words(&bytes);
    }
    super::headers::one_line(&text::decode(charset.as_deref(), &bytes))
}

fn percent_decode(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let value = after
            .get(..2)
            .filter(|_| *first == b'%')
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(value) = value {
            out.push(value);
            rest = after.get(2..).unwrap_or_default();
        } else {
            out.push(*first);
            rest = after;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name_of(raw: &[u8]) -> Option<String> {
        resolve(&read(raw).1).remove("filename")
    }

    #[test]
    fn names_of_files_are_read_however_they_are_written() {
        for (raw, wanted) in [
            ("attachment; filename=a.txt", "a.txt"),
            ("attachment; FileName = \"a; b.txt\" ; x=y", "a; b.txt"),
            ("attachment; filename=\"a \\\"b\\\".txt\"", "a \"b\".txt"),
            ("attachment; filename=my file name.txt", "my file name.txt"),
            ("attachment (x; filename=no); filename=yes", "yes"),
            // RFC 2231, sections 3 and 4.
            (
                "attachment; filename*=UTF-8''%e2%82%ac%20rates.pdf; filename=\"EURO.pdf\"",
                "€ rates.pdf",
            ),
            (
                "attachment; filename*1=\"bericht \"; filename*0*=iso-8859-1'de'Pr%FCf; filename*2*=%28neu%29.pdf",
                "Prüfbericht (neu).pdf",
            ),
            (
                "attachment; filename*0*=UTF-8''%C3; filename*1*=%BC; filename*2=%41.txt",
                "ü%41.txt",
            ),
            // RFC 2047, section 6.2: spaces between words are none.
            (
                "attachment; filename=\"=?UTF-8?Q?Pr=C3=BC?= =?UTF-8?Q?fung.pdf?=\"",
                "Prüfung.pdf",
            ),
            // A word cut by RFC 2231's pieces, joined before it is decoded.
            (
                "attachment; filename*0=\"=?utf-8?B?TcO8bmNo\"; filename*1=\"ZW4ucGRm?=\"",
                "München.pdf",
            ),
            (
                "attachment; filename*0*=iso-2022-jp'ja'%1B$BF%7CK%5C%1B(B; filename*1=.pdf",
                "日本.pdf",
            ),
            ("attachment; filename=\"naïve.txt\"", "naïve.txt"),
        ] {
            assert_eq!(name_of(raw.as_bytes()).as_deref(), Some(wanted), "{raw}");
        }
        assert_eq!(read(b"Text/HTML (x)").0, "text/html");
        assert_eq!(
            name_of(b"attachment; filename=caf\xe9.txt").as_deref(),
            Some("café.txt")
        );
        assert_eq!(name_of(b"attachment"), None);
    }

    proptest! {
        #[test]
        fn fuzz_any_field_is_read_to_no_more_than_it_was(raw in "[ -~\r\n\t]{0,80}|[;=\"\\\\()*%'a-c0-2]{0,60}") {
            let (value, pairs) = read(raw.as_bytes());
            let all: usize = pairs.iter().map(|(name, value)| name.len() + value.len()).sum();
            prop_assert!(value.len() + all <= raw.len());
            prop_assert!(resolve(&pairs).values().all(|value| !value.chars().any(char::is_control)));
        }
    }
}
