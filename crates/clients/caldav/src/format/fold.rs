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

/// The logical lines of a text. Bare line feeds are taken for line ends, and blank lines are skipped: both are
/// common. A fold may have cut a character in two, so bytes are joined before they are read as UTF-8.
pub(crate) fn unfold(text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let mut physical = text
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .peekable();
    std::iter::from_fn(move || {
        let mut line = physical.next()?.to_vec();
        while let Some(more) = physical.next_if(|next| matches!(next.first(), Some(b' ' | b'\t'))) {
            line.extend_from_slice(more.get(1..).unwrap_or_default());
        }
        Some(line)
    })
    .filter(|line| !line.is_empty())
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
}
