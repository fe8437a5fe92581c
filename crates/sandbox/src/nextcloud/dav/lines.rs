//! Content lines of iCalendar and vCard, read and written: what scheduling has to change in an object.

/// The logical lines (RFC 5545, section 3.1): those that begin with a space continue the one before.
pub(super) fn unfold(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some(last)) => last.push_str(rest),
            _ if line.is_empty() => {}
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// The text of these lines, folded where they are long.
pub(super) fn fold(lines: &[String]) -> String {
    let mut text = String::new();
    for line in lines {
        let mut room = 75;
        for character in line.chars() {
            if character.len_utf8() > room {
                text.push_str("\r\n ");
                room = 74;
            }
            room -= character.len_utf8();
            text.push(character);
        }
        text.push_str("\r\n");
    }
    text
}

/// The name of a line, in upper case, without its group.
pub(super) fn name(line: &str) -> String {
    let head = line.split([':', ';']).next().unwrap_or_default();
    let name = head.rsplit('.').next().unwrap_or_default();
    name.to_ascii_uppercase()
}

/// Parameters and value: the first colon outside of quotes divides them.
pub(super) fn halves(line: &str) -> (&str, &str) {
    let mut is_quoted = false;
    for (at, character) in line.char_indices() {
        match character {
            '"' => is_quoted = !is_quoted,
            ':' if !is_quoted => {
                return (
                    line.get(..at).unwrap_or_default(),
                    line.get(at + 1..).unwrap_or_default(),
                );
            }
            _ => {}
        }
    }
    (line, "")
}

/// A parameter without its quotes.
pub(super) fn parameter(line: &str, wanted: &str) -> Option<String> {
    let (head, _) = halves(line);
    head.split(';').skip(1).find_map(|one| {
        let (name, value) = one.split_once('=')?;
        name.eq_ignore_ascii_case(wanted)
            .then(|| value.trim_matches('"').to_owned())
    })
}

/// The line with a parameter set, or removed.
pub(super) fn with_parameter(line: &str, wanted: &str, value: Option<&str>) -> String {
    let (head, rest) = halves(line);
    let is_other = |one: &&str| {
        let name = one.split('=').next().unwrap_or_default();
        !name.eq_ignore_ascii_case(wanted)
    };
    let mut parts: Vec<String> = head
        .split(';')
        .filter(is_other)
        .map(str::to_owned)
        .collect();
    if let Some(value) = value {
        parts.push(format!("{wanted}={value}"));
    }
    format!("{}:{rest}", parts.join(";"))
}

/// A mail address without its scheme, in lower case.
pub(super) fn address(line: &str) -> String {
    let (_, value) = halves(line);
    let value = value.trim().to_lowercase();
    value
        .strip_prefix("mailto:")
        .map_or_else(|| value.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_apart_and_changed() {
        let line = "ATTENDEE;CN=\"Doe: J\";PARTSTAT=NEEDS-ACTION:mailto:J@a.test";
        assert_eq!(
            (name(line), address(line)),
            ("ATTENDEE".to_owned(), "j@a.test".to_owned())
        );
        assert_eq!(parameter(line, "cn").as_deref(), Some("Doe: J"));
        assert_eq!(
            with_parameter(line, "PARTSTAT", Some("ACCEPTED")),
            "ATTENDEE;CN=\"Doe: J\";PARTSTAT=ACCEPTED:mailto:J@a.test"
        );
        assert_eq!(with_parameter("A;X=1:b", "X", None), "A:b");
        let long = vec![format!("SUMMARY:{}", "é".repeat(100))];
        assert_eq!(unfold(&fold(&long)), long);
    }
}
