//! Transfer encodings (RFC 2045, section 6), undone piece by piece.
//!
//! Each decoder keeps a few bytes between pieces, whatever comes; what is not valid is passed over, as everybody does.

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

#[derive(Debug)]
pub(crate) enum Decoder {
    /// `7bit`, `8bit`, `binary` and what is unknown.
    Identity,
    Base64 {
        left: Vec<u8>,
    },
    QuotedPrintable {
        left: Vec<u8>,
    },
}

impl Decoder {
    /// By the name of the encoding, which some writers put between quotes.
    pub(crate) fn of(encoding: &str) -> Self {
        let name = encoding.trim().trim_matches('"').to_ascii_lowercase();
        match name.as_str() {
            "base64" => Self::Base64 { left: Vec::new() },
            "quoted-printable" => Self::QuotedPrintable { left: Vec::new() },
            _ => Self::Identity,
        }
    }

    /// Decodes a piece. `is_last` says that none follows.
    pub(crate) fn decode(&mut self, piece: Vec<u8>, is_last: bool) -> Vec<u8> {
        match self {
            Self::Identity => piece,
            Self::Base64 { left } => base64(left, &piece, is_last),
            Self::QuotedPrintable { left } => quoted_printable(left, &piece, is_last),
        }
    }
}

/// Letters that carry bits; anything else is passed over (RFC 2045, section 6.8). Padding ends a run of letters, after
/// which another may begin: some writers encode line by line.
fn base64(left: &mut Vec<u8>, piece: &[u8], is_last: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(piece.len() / 4 * 3);
    for byte in piece {
        match byte {
            b'=' => flush(left, &mut out),
            b'+' | b'/' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                left.push(*byte);
                if left.len() == RUN {
                    flush(left, &mut out);
                }
            }
            _ => {}
        }
    }
    if is_last {
        flush(left, &mut out);
    } else {
        let rest = left.split_off(left.len() - left.len() % 4);
        flush(left, &mut out);
        *left = rest;
    }
    out
}

/// A multiple of four letters, decoded at once.
const RUN: usize = 4096;

/// Decodes the letters there are. A single one at the end carries no byte.
fn flush(left: &mut Vec<u8>, out: &mut Vec<u8>) {
    if left.len() % 4 == 1 {
        left.pop();
    }
    let engine = GeneralPurpose::new(&STANDARD, LENIENT);
    out.extend(engine.decode(&*left).unwrap_or_default());
    left.clear();
}

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// `=XX` is a byte, `=` at the end of a line joins it with the next, spaces before the end of a line are none (RFC 2045,
/// section 6.7). A run of spaces could be as long as the message: more than this of it is kept as it is.
const LONGEST_SPACES: usize = 1000;

fn quoted_printable(left: &mut Vec<u8>, piece: &[u8], is_last: bool) -> Vec<u8> {
    let mut input = std::mem::take(left);
    input.extend_from_slice(piece);
    let mut out = Vec::with_capacity(input.len());
    let mut at = 0;
    while let Some(byte) = input.get(at).copied() {
        let rest = input.get(at..).unwrap_or_default();
        match byte {
            b'=' => {
                let spaces = spaces(rest.get(1..).unwrap_or_default());
                let after = rest.get(spaces.saturating_add(1)..).unwrap_or_default();
                let taken = match (rest.get(1..3).and_then(hex), after) {
                    (Some(value), _) => {
                        out.push(value);
                        3
                    }
                    (None, [b'\r', b'\n', ..]) => spaces.saturating_add(3),
                    (None, [b'\n', ..]) => spaces.saturating_add(2),
                    // It may go on in the next piece.
                    _ if !is_last && (after.len() < 2 && rest.len() < LONGEST_SPACES) => {
                        *left = rest.to_vec();
                        return out;
                    }
                    (None, []) => rest.len(),
                    _ => {
                        out.push(b'=');
                        1
                    }
                };
                at = at.saturating_add(taken);
            }
            b' ' | b'\t' => {
                let count = spaces(rest);
                let after = rest.get(count..).unwrap_or_default();
                match after {
                    [] | [b'\r'] if !is_last && count < LONGEST_SPACES => {
                        *left = rest.to_vec();
                        return out;
                    }
                    [b'\n', ..] | [b'\r', b'\n', ..] => {}
                    _ => out.extend_from_slice(rest.get(..count).unwrap_or_default()),
                }
                at = at.saturating_add(count);
            }
            other => {
                out.push(other);
                at = at.saturating_add(1);
            }
        }
    }
    out
}

fn spaces(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .take(LONGEST_SPACES)
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count()
}

fn hex(digits: &[u8]) -> Option<u8> {
    let is_hex = digits.iter().all(u8::is_ascii_hexdigit);
    let text = std::str::from_utf8(digits).ok().filter(|_| is_hex)?;
    u8::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    fn decode(encoding: &str, pieces: &[&[u8]]) -> Vec<u8> {
        let mut decoder = Decoder::of(encoding);
        let mut out = Vec::new();
        for piece in pieces {
            out.extend(decoder.decode(piece.to_vec(), false));
        }
        out.extend(decoder.decode(Vec::new(), true));
        out
    }

    #[test]
    fn quoted_printable_is_undone() {
        let text = b"caf=C3=A9 = \r\nau lait  \r\n=\nend=ZZ=";
        assert_eq!(
            decode("quoted-printable", &[text]),
            "café au lait\r\nend=ZZ".as_bytes()
        );
    }

    #[test]
    fn base64_in_several_runs_is_undone_run_by_run() {
        // RFC 2045, section 6.8: padding ends a run; letters of no value are passed over.
        for (text, wanted) in [
            ("SGVs\r\nbG8=\r\nd29ybGQ=\r\n", "Helloworld"),
            ("QQ==QkM=REVG", "ABCDEF"),
            ("SGVs!bG8gd2 9ybGQ", "Hello world"),
            ("QQ==\r\n====\r\nQg", "AB"),
            ("QUJD-_.RA", "ABCD"),
        ] {
            for at in 0..text.len() {
                let (one, two) = text.as_bytes().split_at(at);
                assert_eq!(
                    decode("base64", &[one, two]),
                    wanted.as_bytes(),
                    "{text} at {at}"
                );
            }
        }
        assert_eq!(decode(" \"Base64\"", &[b"QQ"]), b"A");
    }

    /// Cuts bytes at any places.
    fn cut(bytes: &[u8], places: &[usize]) -> Vec<Vec<u8>> {
        let mut places: Vec<usize> = places
            .iter()
            .map(|place| place % (bytes.len() + 1))
            .collect();
        places.extend([0, bytes.len()]);
        places.sort_unstable();
        places
            .windows(2)
            .map(|pair| bytes[pair[0]..pair[1]].to_vec())
            .collect()
    }

    proptest! {
        #[test]
        fn fuzz_pieces_of_base64_are_as_good_as_the_whole(bytes in any::<Vec<u8>>(), places in any::<Vec<usize>>()) {
            let lines: Vec<String> = STANDARD.encode(&bytes).as_bytes().chunks(7).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
            let text = lines.join("\r\n");
            let pieces = cut(text.as_bytes(), &places);
            let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
            prop_assert_eq!(decode("base64", &pieces), bytes);
        }

        #[test]
        fn fuzz_pieces_of_quoted_printable_are_as_good_as_the_whole(text in "[=A-F0-9 \\t\\r\\nz]{0,60}", places in any::<Vec<usize>>()) {
            let pieces = cut(text.as_bytes(), &places);
            let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
            prop_assert_eq!(decode("quoted-printable", &pieces), decode("quoted-printable", &[text.as_bytes()]));
        }

        #[test]
        fn fuzz_any_bytes_become_no_more_than_they_were(bytes in any::<Vec<u8>>(), encoding in "base64|quoted-printable|x") {
            prop_assert!(decode(&encoding, &[&bytes]).len() <= bytes.len());
        }
    }
}
