//! The three kinds of answers.

use super::value::{Parser, Raw, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Ok,
    No,
    Bad,
    Bye,
    Preauth,
}

impl Status {
    pub(super) fn of(word: &str) -> Option<Self> {
        [
            ("OK", Self::Ok),
            ("NO", Self::No),
            ("BAD", Self::Bad),
            ("BYE", Self::Bye),
            ("PREAUTH", Self::Preauth),
        ]
        .into_iter()
        .find(|(name, _)| word.eq_ignore_ascii_case(name))
        .map(|(_, status)| status)
    }
}

/// How something ended, with a code for programs and words for people.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    pub(super) status: Status,
    /// Upper case; empty if there is none.
    pub(super) code: String,
    pub(super) arguments: String,
    pub(super) text: String,
}

#[derive(Clone, Debug)]
pub(super) enum Untagged {
    Verdict(Verdict),
    /// `* 5 EXISTS`, `* 5 FETCH (…)`.
    Numbered(u32, String, Vec<Value>),
    /// `* LIST …`.
    Named(String, Vec<Value>),
    /// One whose values cannot be read, with its number, if it has one, and its name. The lines after it can.
    Broken(Option<u32>, String),
}

#[derive(Debug)]
pub(super) enum Response {
    /// `+`: go on.
    Continue(String),
    Tagged(String, Verdict),
    Untagged(Untagged),
}

/// Do lines of this beginning end in words for people, in which `{5}` announces nothing?
pub(super) fn is_prose(line: &[u8]) -> bool {
    if line.starts_with(b"+") {
        return true;
    }
    let mut words = line.split(|byte| *byte == b' ');
    let second = words.nth(1).and_then(|word| std::str::from_utf8(word).ok());
    second.is_some_and(|word| Status::of(word).is_some())
}

pub(super) fn parse(raw: Raw) -> Option<Response> {
    let mut parser = Parser::new(raw);
    let first = parser.word()?;
    if first == "+" {
        return Some(Response::Continue(parser.rest()));
    }
    let second = parser.word()?;
    if let Some(status) = Status::of(&second) {
        let verdict = verdict(status, &mut parser);
        return Some(if first == "*" {
            Response::Untagged(Untagged::Verdict(verdict))
        } else {
            Response::Tagged(first, verdict)
        });
    }
    if first != "*" {
        return None;
    }
    let untagged = if let Ok(number) = second.parse::<u32>() {
        let name = parser.word()?.to_ascii_uppercase();
        match parser.values() {
            Some(values) => Untagged::Numbered(number, name, values),
            None => Untagged::Broken(Some(number), name),
        }
    } else {
        let name = second.to_ascii_uppercase();
        match parser.values() {
            Some(values) => Untagged::Named(name, values),
            None => Untagged::Broken(None, name),
        }
    };
    Some(Response::Untagged(untagged))
}

/// How many answers of a name cannot be read.
pub(super) fn count_broken(untagged: &[Untagged], name: &str) -> usize {
    let is_it = |item: &&Untagged| matches!(item, Untagged::Broken(_, whose) if whose == name);
    untagged.iter().filter(is_it).count()
}

fn verdict(status: Status, parser: &mut Parser) -> Verdict {
    let inside = parser.bracketed().unwrap_or_default();
    let (code, arguments) = inside.split_once(' ').unwrap_or((&inside, ""));
    Verdict {
        status,
        code: code.to_ascii_uppercase(),
        arguments: arguments.to_owned(),
        text: parser.rest(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(line: &[u8]) -> Option<Response> {
        parse(Raw {
            text: line.to_vec(),
            literals: [b"literal".to_vec()].into(),
        })
    }

    #[test]
    fn verdicts_have_their_code() {
        let Some(Response::Tagged(tag, verdict)) = read(b"a1 no [OverQuota of it] full {5}") else {
            panic!();
        };
        assert_eq!((tag.as_str(), verdict.status), ("a1", Status::No));
        assert_eq!(
            (verdict.code.as_str(), verdict.arguments.as_str()),
            ("OVERQUOTA", "of it")
        );
        assert_eq!(verdict.text, "full {5}");
    }

    #[test]
    fn numbered_and_named_answers_are_told_apart() {
        assert!(matches!(
            read(b"* 5 EXISTS"),
            Some(Response::Untagged(Untagged::Numbered(5, name, _))) if name == "EXISTS"
        ));
        assert!(matches!(
            read(b"* SEARCH 1 2"),
            Some(Response::Untagged(Untagged::Named(name, values))) if name == "SEARCH" && values.len() == 2
        ));
        assert!(read(b"a1 SEARCH 1 2").is_none());
        assert!(matches!(
            read(b"* 5 FETCH (UID"),
            Some(Response::Untagged(Untagged::Broken(Some(5), name))) if name == "FETCH"
        ));
    }

    proptest! {
        #[test]
        fn fuzz_any_line_is_read_without_panic(line in prop::collection::vec(any::<u8>(), 0..200)) {
            is_prose(&line);
            read(&line);
            let mut untagged = b"* ".to_vec();
            untagged.extend(line);
            read(&untagged);
        }
    }
}
