//! Folding of long lines (RFC 5545, section 3.1; RFC 6350, section 3.2).

/// A physical line holds at most this many octets, its end not counted.
const WIDTH: usize = 75;

/// Appends a line, folded where needed, never within a character.
pub(crate) fn fold_into(out: &mut String, line: &str) {
    let mut room = WIDTH;
    for character in line.chars() {
        let length = character.len_utf8();
        if length > room {
            out.push_str("\r\n ");
            // The space counts.
            room = WIDTH - 1;
        }
        room -= length;
        out.push(character);
    }
    out.push_str("\r\n");
}

/// The logical lines of a text. Bare line feeds are taken for line ends, and so are carriage returns where there is no
/// line feed at all; blank lines are skipped: all are common. A fold may have cut a character in two, so bytes are
/// joined before they are read as UTF-8. Quoted-printable values go on behind a soft line break (RFC 2045,
/// section 6.7).
pub(crate) fn unfold(text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let end = if text.contains(&b'\n') { b'\n' } else { b'\r' };
    let mut physical = text
        .split(move |byte| *byte == end)
        .map(without_returns)
        .peekable();
    std::iter::from_fn(move || {
        let mut line = physical.next()?.to_vec();
        loop {
            if let Some(more) = physical.next_if(|next| matches!(next.first(), Some(b' ' | b'\t')))
            {
                line.extend_from_slice(more.get(1..).unwrap_or_default());
            } else if line.ends_with(b"=") && is_quoted_printable(&line) {
                line.pop();
                line.extend_from_slice(
                    physical
                        .next_if(|next| !is_border(next))
                        .unwrap_or_default(),
                );
            } else {
                return Some(line);
            }
        }
    })
    .filter(|line| !line.is_empty())
}

fn without_returns(mut line: &[u8]) -> &[u8] {
    while let Some(shorter) = line.strip_suffix(b"\r") {
        line = shorter;
    }
    line
}

/// Do the parameters say that the value is quoted-printable?
fn is_quoted_printable(line: &[u8]) -> bool {
    const WORD: &[u8] = b"QUOTED-PRINTABLE";
    let head = line.split(|byte| *byte == b':').next().unwrap_or_default();
    head.windows(WORD.len())
        .any(|part| part.eq_ignore_ascii_case(WORD))
}

/// Whatever a value announces, a component does not begin or end within it.
fn is_border(line: &[u8]) -> bool {
    [b"BEGIN:".as_slice(), b"END:"].iter().any(|word| {
        line.get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn fuzz_a_line_survives_folding_and_no_piece_is_too_long(line in "[^\r\n\u{0}]{1,300}") {
            let mut folded = String::new();
            fold_into(&mut folded, &line);
            for piece in folded.split("\r\n") {
                prop_assert!(piece.len() <= WIDTH);
            }
            let lines: Vec<Vec<u8>> = unfold(folded.as_bytes()).collect();
            // A line that begins with white space would continue the one before; no property does.
            if !line.starts_with([' ', '\t']) {
                prop_assert_eq!(lines, vec![line.into_bytes()]);
            }
        }

        #[test]
        fn fuzz_unfolding_takes_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let length: usize = unfold(&bytes).map(|line| line.len()).sum();
            prop_assert!(length <= bytes.len());
        }
    }

    #[test]
    fn a_character_cut_by_a_fold_is_whole_again() {
        let lines: Vec<Vec<u8>> = unfold(b"A:\xc3\r\n \xa9\n\nB:x").collect();
        assert_eq!(lines, ["A:é".as_bytes().to_vec(), b"B:x".to_vec()]);
    }

    #[test]
    fn line_ends_of_all_kinds_and_soft_breaks_are_joined() {
        let lines = |text: &str| -> Vec<String> {
            let found = unfold(text.as_bytes());
            found.map(|line| String::from_utf8(line).unwrap()).collect()
        };
        assert_eq!(lines("A:1\rB:2\r 3\r"), ["A:1", "B:23"]);
        assert_eq!(lines("A:1\r\r\nB:2\r\r\n"), ["A:1", "B:2"]);
        let soft = "N;ENCODING=Quoted-Printable:=41=\r\n=42=\r\nEND:VCARD\r\nX:a=\r\nY:b";
        assert_eq!(
            lines(soft),
            [
                "N;ENCODING=Quoted-Printable:=41=42",
                "END:VCARD",
                "X:a=",
                "Y:b"
            ]
        );
    }
}
