//! Searches (RFC 3501, section 6.4.4).

use chrono::NaiveDate;

use super::{
    Flag, Messages, Uid, UidValidity,
    command::Command,
    connection::Connection,
    response::{Untagged, count_broken},
    set::{read_known, sets},
    value::Value,
};
use crate::{Error, observe::observe};

/// Nobody asks anything this complicated.
const DEEPEST: usize = 20;
const MOST_TERMS: usize = 200;

/// What messages are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Criteria {
    /// Every message.
    All,
    /// With a flag.
    Flag(Flag),
    /// A writer's name or address contains this.
    From(String),
    /// A recipient's does.
    To(String),
    /// A further recipient's does.
    Cc(String),
    /// The subject does.
    Subject(String),
    /// The body does.
    Body(String),
    /// Header or body do.
    Text(String),
    /// The field does; empty: the field is there.
    Header(String, String),
    /// Received on that day or later.
    Since(NaiveDate),
    /// Received before that day.
    Before(NaiveDate),
    /// Written on that day or later.
    SentSince(NaiveDate),
    /// Written before that day.
    SentBefore(NaiveDate),
    /// More bytes than this.
    LargerThan(u32),
    /// Fewer bytes than this.
    SmallerThan(u32),
    /// One of these.
    Uids(Vec<Uid>),
    /// With a number below this.
    Below(Uid),
    /// Not so.
    Not(Box<Criteria>),
    /// All of these; of none: every message.
    And(Vec<Criteria>),
    /// Any of these; of none: no message.
    Or(Vec<Criteria>),
}

impl Criteria {
    /// Without a flag.
    #[must_use]
    pub fn without(flag: Flag) -> Self {
        Self::Not(Box::new(Self::Flag(flag)))
    }

    fn is_ascii(&self) -> bool {
        match self {
            Self::From(text)
            | Self::To(text)
            | Self::Cc(text)
            | Self::Subject(text)
            | Self::Body(text)
            | Self::Text(text)
            | Self::Header(_, text) => text.is_ascii(),
            Self::Not(inner) => inner.is_ascii(),
            Self::And(all) | Self::Or(all) => all.iter().all(Self::is_ascii),
            _ => true,
        }
    }

    /// Adds ` CHARSET UTF-8` if need be, and the criteria.
    pub(super) fn write(
        &self,
        operation: &'static str,
        command: Command,
    ) -> Result<Command, Error> {
        let command = if self.is_ascii() {
            command
        } else {
            command.raw(" CHARSET UTF-8")
        };
        self.write_terms(operation, command)
    }

    /// Adds the criteria, each with a space before it.
    pub(super) fn write_terms(
        &self,
        operation: &'static str,
        command: Command,
    ) -> Result<Command, Error> {
        let mut terms = 0;
        self.term(operation, command, 0, &mut terms)
    }

    fn term(
        &self,
        operation: &'static str,
        command: Command,
        depth: usize,
        terms: &mut usize,
    ) -> Result<Command, Error> {
        *terms = terms.saturating_add(1);
        if depth > DEEPEST || *terms > MOST_TERMS {
            return Err(Error::Invalid {
                operation,
                reason: "the search is too complicated",
            });
        }
        let deeper = depth.saturating_add(1);
        let day = |command: Command, word: &str, date: &NaiveDate| {
            command.raw(&format!(" {word} {}", date.format("%d-%b-%Y")))
        };
        Ok(match self {
            Self::All => command.raw(" ALL"),
            Self::Flag(flag) => flag_term(operation, command, flag)?,
            Self::From(text) => command.raw(" FROM").string(operation, text)?,
            Self::To(text) => command.raw(" TO").string(operation, text)?,
            Self::Cc(text) => command.raw(" CC").string(operation, text)?,
            Self::Subject(text) => command.raw(" SUBJECT").string(operation, text)?,
            Self::Body(text) => command.raw(" BODY").string(operation, text)?,
            Self::Text(text) => command.raw(" TEXT").string(operation, text)?,
            Self::Header(name, text) => command
                .raw(" HEADER")
                .string(operation, name)?
                .string(operation, text)?,
            Self::Since(date) => day(command, "SINCE", date),
            Self::Before(date) => day(command, "BEFORE", date),
            Self::SentSince(date) => day(command, "SENTSINCE", date),
            Self::SentBefore(date) => day(command, "SENTBEFORE", date),
            Self::LargerThan(bytes) => command.raw(&format!(" LARGER {bytes}")),
            Self::SmallerThan(bytes) => command.raw(&format!(" SMALLER {bytes}")),
            Self::Below(Uid(uid)) if *uid > 1 => {
                command.raw(&format!(" UID 1:{}", uid.saturating_sub(1)))
            }
            Self::Below(_) => command.raw(" NOT ALL"),
            Self::Uids(uids) => match sets(uids).as_slice() {
                [] => command.raw(" NOT ALL"),
                sets => command.raw(&format!(" UID {}", sets.join(","))),
            },
            Self::Not(inner) => inner
                .term(operation, command.raw(" NOT ("), deeper, terms)?
                .raw(")"),
            Self::And(all) if all.is_empty() => command.raw(" ALL"),
            Self::And(all) => {
                let mut command = command.raw(" (");
                for one in all {
                    command = one.term(operation, command, deeper, terms)?;
                }
                command.raw(")")
            }
            Self::Or(any) => match any.as_slice() {
                [] => command.raw(" NOT ALL"),
                [one] => one.term(operation, command, deeper, terms)?,
                [one, rest @ ..] => {
                    let command = one.term(operation, command.raw(" OR ("), deeper, terms)?;
                    let command = command.raw(") (");
                    Self::Or(rest.to_vec())
                        .term(operation, command, deeper, terms)?
                        .raw(")")
                }
            },
        })
    }
}

fn flag_term(operation: &'static str, command: Command, flag: &Flag) -> Result<Command, Error> {
    let name = flag.check(operation)?;
    Ok(match flag {
        Flag::Seen | Flag::Answered | Flag::Flagged | Flag::Deleted | Flag::Draft => {
            let word = name.trim_start_matches('\\').to_ascii_uppercase();
            command.raw(&format!(" {word}"))
        }
        _ => command.raw(&format!(" KEYWORD {name}")),
    })
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SearchResult {
    /// The folder's generation.
    pub validity: UidValidity,
    /// The messages, newest first.
    pub uids: Vec<Uid>,
    /// So many pieces of the answer, at least, could not be read.
    pub left_out: usize,
}

impl Messages {
    /// Looks for messages.
    ///
    /// # Errors
    /// If the criteria cannot be written, the folder does not exist, or the server refuses.
    pub async fn search(&self, criteria: &Criteria) -> Result<SearchResult, Error> {
        const OPERATION: &str = "search";
        observe(OPERATION, async {
            let mut lease = self.account.lease(OPERATION).await?;
            let selected = lease.select(OPERATION, &self.folder, self.validity).await?;
            let (uids, left_out) = search(&mut lease, OPERATION, criteria).await?;
            Ok(SearchResult {
                validity: UidValidity(selected.validity),
                uids,
                left_out,
            })
        })
        .await
    }
}

/// The messages of the open folder that fit, newest first, and how much of the answer could not be read.
pub(super) async fn search(
    connection: &mut Connection,
    operation: &'static str,
    criteria: &Criteria,
) -> Result<(Vec<Uid>, usize), Error> {
    // RFC 4731: ranges instead of each number.
    let in_ranges = connection.capabilities.has("ESEARCH");
    let start = if in_ranges {
        "UID SEARCH RETURN (ALL)"
    } else {
        "UID SEARCH"
    };
    let command = criteria.write(operation, Command::new(start))?;
    let answer = connection.run(operation, &command).await?;
    let broken = || Error::protocol(operation, "not a result of a search");
    let mut uids = Vec::new();
    let mut left_out = count_broken(&answer.untagged, "SEARCH")
        .saturating_add(count_broken(&answer.untagged, "ESEARCH"));
    for item in answer.untagged {
        match item {
            Untagged::Named(name, values) if name == "SEARCH" => {
                // At its end may be `(MODSEQ 5)`.
                let numbers = values.iter().filter(|value| value.list().is_none());
                left_out = left_out.saturating_add(add_numbers(numbers, &mut uids));
            }
            Untagged::Named(name, values) if name == "ESEARCH" => {
                let found = values
                    .windows(2)
                    .find(|pair| pair.first().is_some_and(|key| key.is_word("ALL")));
                if let Some(set) = found.and_then(|pair| pair.get(1)).and_then(Value::text) {
                    let (found, unread) = read_known(&set).ok_or_else(broken)?;
                    uids.extend(found);
                    left_out = left_out.saturating_add(unread);
                }
            }
            _ => {}
        }
    }
    uids.sort_unstable_by(|one, two| two.cmp(one));
    uids.dedup();
    Ok((uids, left_out))
}

/// Adds what are numbers of messages, and says how many are not.
pub(super) fn add_numbers<'a>(
    values: impl Iterator<Item = &'a Value>,
    uids: &mut Vec<Uid>,
) -> usize {
    let mut left_out = 0_usize;
    for value in values {
        match value.uid() {
            Some(uid) => uids.push(Uid(uid)),
            None => left_out = left_out.saturating_add(1),
        }
    }
    left_out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::imap::command::Piece;

    fn written(criteria: &Criteria) -> String {
        let command = criteria.write("test", Command::new("SEARCH")).unwrap();
        command
            .pieces()
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => String::from_utf8(text.clone()).unwrap(),
                Piece::Literal(bytes) => format!("<{}>", bytes.len()),
            })
            .collect()
    }

    #[test]
    fn criteria_become_the_words_of_the_standard() {
        let date = NaiveDate::from_ymd_opt(2026, 2, 1).unwrap();
        let criteria = Criteria::And(vec![
            Criteria::without(Flag::Seen),
            Criteria::Or(vec![
                Criteria::From("a".into()),
                Criteria::Subject("b".into()),
                Criteria::Flag(Flag::Junk),
            ]),
            Criteria::Since(date),
        ]);
        assert_eq!(
            written(&criteria),
            "SEARCH ( NOT ( SEEN) OR ( FROM \"a\") ( OR ( SUBJECT \"b\") ( KEYWORD $Junk)) SINCE 01-Feb-2026)"
        );
        assert_eq!(written(&Criteria::Or(vec![])), "SEARCH NOT ALL");
        assert_eq!(
            written(&Criteria::Text("ü\r\nx".into())),
            "SEARCH CHARSET UTF-8 TEXT <5>"
        );
    }

    #[test]
    fn a_search_without_end_is_refused() {
        let deep = (0..1000).fold(Criteria::All, |inner, _| Criteria::Not(Box::new(inner)));
        assert!(deep.write("test", Command::new("SEARCH")).is_err());
        let broad = Criteria::And(vec![Criteria::All; 1000]);
        assert!(broad.write("test", Command::new("SEARCH")).is_err());
    }

    proptest! {
        #[test]
        fn fuzz_no_text_leaves_its_place(text in any::<String>(), word in any::<String>()) {
            let criteria = Criteria::And(vec![
                Criteria::From(text.clone()),
                Criteria::Header(word.clone(), text.clone()),
                Criteria::Flag(Flag::Other(word.clone())),
            ]);
            if let Ok(command) = criteria.write("test", Command::new("SEARCH")) {
                for piece in command.pieces() {
                    if let Piece::Text(line) = piece {
                        prop_assert!(line.iter().all(|b| (b' '..=b'~').contains(b)));
                        // Quotes are balanced, and what is outside is ours.
                        let line = String::from_utf8(line.clone()).unwrap();
                        prop_assert!(line.replace("\\\\", "").replace("\\\"", "").matches('"').count().is_multiple_of(2));
                    }
                }
            }
        }
    }
}
