//! Names of folders in modified UTF-7 (RFC 3501, section 5.1.3).

use base64::{
    Engine as _,
    alphabet::Alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// Like base64, with a comma where a slash would separate folders.
fn engine() -> Option<GeneralPurpose> {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";
    let config = GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    Some(GeneralPurpose::new(&Alphabet::new(letters).ok()?, config))
}

/// Stands before a name that is shown as the server wrote it. Nobody sees it.
const AS_WRITTEN: char = '\u{2060}';

/// A folder's name, from what the server wrote. Some servers write names that are not in the form of the standard
/// (`R&D`, or plain UTF-8): decoded and encoded again those would be another folder's (RFC 3501, section 5.1.3, leaves
/// no choice of forms), so they are kept as they are, with a mark. `None` if it is no text at all.
pub(super) fn name_of(wire: &[u8]) -> Option<String> {
    let wire = std::str::from_utf8(wire).ok()?;
    // Whatever the case, there is one INBOX (section 5.1).
    if wire.eq_ignore_ascii_case("INBOX") {
        return Some("INBOX".to_owned());
    }
    let name = decode(wire);
    let is_canonical = encode(&name) == wire && !name.starts_with(AS_WRITTEN);
    Some(if is_canonical {
        name
    } else {
        format!("{AS_WRITTEN}{wire}")
    })
}

/// What a server knows a folder by; the opposite of [`name_of`].
pub(super) fn wire_of(name: &str) -> String {
    match name.strip_prefix(AS_WRITTEN) {
        Some(wire) => wire.to_owned(),
        None => encode(name),
    }
}

/// Without the mark.
pub(super) fn without_mark(name: &str) -> &str {
    name.strip_prefix(AS_WRITTEN).unwrap_or(name)
}

/// A name as servers want it.
pub(crate) fn encode(name: &str) -> String {
    let mut out = String::new();
    let mut foreign: Vec<u8> = Vec::new();
    let flush = |foreign: &mut Vec<u8>, out: &mut String| {
        if let (false, Some(engine)) = (foreign.is_empty(), engine()) {
            out.push('&');
            out.push_str(&engine.encode(&*foreign));
            out.push('-');
            foreign.clear();
        }
    };
    for letter in name.chars() {
        if matches!(letter, ' '..='~') {
            flush(&mut foreign, &mut out);
            out.push(letter);
            if letter == '&' {
                out.push('-');
            }
        } else {
            let mut units = [0_u16; 2];
            for unit in letter.encode_utf16(&mut units) {
                foreign.extend_from_slice(&unit.to_be_bytes());
            }
        }
    }
    flush(&mut foreign, &mut out);
    out
}

/// A name as people read it. What is not valid stays as it is.
pub(crate) fn decode(name: &str) -> String {
    let mut out = String::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let Some((inside, next)) = after.split_once('-') else {
            out.push('&');
            out.push_str(after);
            return out;
        };
        if inside.is_empty() {
            out.push('&');
        } else if let Some(text) = decode_run(inside) {
            out.push_str(&text);
        } else {
            out.push('&');
            out.push_str(inside);
            out.push('-');
        }
        rest = next;
    }
    out.push_str(rest);
    out
}

fn decode_run(inside: &str) -> Option<String> {
    let bytes = engine()?.decode(inside).ok()?;
    let mut units = Vec::with_capacity(bytes.len() / 2);
    let mut pairs = bytes.chunks_exact(2);
    for pair in &mut pairs {
        units.push(u16::from_be_bytes(pair.try_into().ok()?));
    }
    if !pairs.remainder().is_empty() {
        return None;
    }
    String::from_utf16(&units).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_examples_of_the_standard_hold() {
        for (name, wire) in [
            ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
            ("A&B", "A&-B"),
            ("Entwürfe", "Entw&APw-rfe"),
            ("😀", "&2D3eAA-"),
        ] {
            assert_eq!(encode(name), wire);
            assert_eq!(decode(wire), name);
        }
    }

    #[test]
    fn names_are_asked_for_as_the_server_wrote_them() {
        for wire in [
            "INBOX",
            "INBOX.R&D",
            "INBOX.R&-D",
            "INBOX.Entwürfe",
            "INBOX.Entw&APw-rfe",
            "INBOX.[abc",
            "INBOX.&BBAEMQQyACYEMwQ0BDU-",
            "INBOX.&Jjo-!",
            "INBOX.&-&-",
            "&",
            "&AGE-",
            "&IGA-x",
            "\u{2060}x",
            "&2D0-",
        ] {
            let name = name_of(wire.as_bytes()).unwrap();
            assert_eq!(wire_of(&name), wire, "{name:?}");
        }
        assert_eq!(
            name_of(b"INBOX.Entw&APw-rfe").as_deref(),
            Some("INBOX.Entwürfe")
        );
        assert_ne!(name_of(b"R&D"), name_of(b"R&-D"));
        assert_eq!(without_mark(&name_of(b"R&D").unwrap()), "R&D");
        assert_eq!(name_of(b"caf\xe9"), None);
    }

    #[test]
    fn what_is_not_valid_is_left_alone() {
        for wire in ["a&b", "&!!!-", "&AP-", "&2D0-"] {
            assert_eq!(decode(wire), wire);
        }
    }

    proptest! {
        #[test]
        fn fuzz_two_folders_never_have_one_name(wires in prop::collection::vec("[aA&,+/\u{2060}ü-]{0,8}", 2)) {
            for wire in &wires {
                prop_assert_eq!(&wire_of(&name_of(wire.as_bytes()).unwrap()), wire);
            }
        }

        #[test]
        fn fuzz_names_survive_the_way_there_and_back(name in any::<String>()) {
            let wire = encode(&name);
            prop_assert!(wire.bytes().all(|b| (b' '..=b'~').contains(&b)));
            prop_assert_eq!(decode(&wire), name);
        }

        #[test]
        fn fuzz_any_text_is_decoded_without_panic(wire in "[ -~]{0,100}") {
            prop_assert!(decode(&wire).len() <= wire.len() * 3);
        }
    }
}
