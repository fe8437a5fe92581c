//! Scripts from typed rules.
//!
//! Invariant: whatever a user types is inside a quoted string of the script, and cannot leave it: the only letters with a
//! meaning there are `"` and `\`, which are escaped, and control characters are refused (RFC 5228, section 2.4.2).

use std::{collections::BTreeSet, fmt::Write as _};

use chrono::NaiveDate;

use crate::Error;

const OPERATION: &str = "write_script";
const MOST_RULES: usize = 500;
const LONGEST_TEXT: usize = 64 * 1024;

/// What of a message is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Field {
    /// The writer's address.
    From,
    /// The recipients' addresses, `To` and `Cc`.
    Recipient,
    /// The subject.
    Subject,
    /// Another field of the header.
    Header(String),
}

/// How it is compared; letters of either case are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// It contains the text.
    Contains,
    /// It is the text.
    Is,
    /// It fits the pattern, in which `*` is anything and `?` a letter.
    Matches,
}

/// A size is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// More than.
    Over,
    /// Less than.
    Under,
}

/// When a rule applies.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition {
    /// A field compares so with a text.
    Field(Field, Match, String),
    /// A field does not.
    NotField(Field, Match, String),
    /// The message has more, or fewer, bytes.
    Size(Comparison, u64),
}

/// What a rule does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Puts it into a folder, which is made if need be.
    FileInto(String),
    /// Keeps it and sends a copy on.
    CopyTo(String),
    /// Sends it on and keeps nothing.
    Redirect(String),
    /// Marks it as read.
    MarkSeen,
    /// Marks it with a star.
    Star,
    /// Removes it.
    Discard,
    /// No further rule is asked.
    Stop,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// What the user calls it.
    pub name: String,
    /// It applies if all conditions hold; otherwise if any does.
    pub all: bool,
    /// When it applies; without any, always.
    pub conditions: Vec<Condition>,
    /// What it does.
    pub actions: Vec<Action>,
}

impl Rule {
    /// A rule that applies when all its conditions hold.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            all: true,
            conditions: Vec::new(),
            actions: Vec::new(),
        }
    }

    /// Applies when any condition holds.
    #[must_use]
    pub fn any(mut self) -> Self {
        self.all = false;
        self
    }

    /// Adds a condition.
    #[must_use]
    pub fn when(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }

    /// Adds an action.
    #[must_use]
    pub fn then(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }
}

/// An answer while away (RFC 5230).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Vacation {
    /// What is answered.
    pub text: String,
    /// Under what subject; otherwise the server makes one.
    pub subject: Option<String>,
    /// The user's other addresses: mail to them is answered too.
    pub addresses: Vec<String>,
    /// The same writer is answered once in so many days.
    pub days: u32,
    /// The first day away.
    pub from: Option<NaiveDate>,
    /// The last day away.
    pub until: Option<NaiveDate>,
}

impl Vacation {
    /// An answer, to each writer once a week.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            subject: None,
            addresses: Vec::new(),
            days: 7,
            from: None,
            until: None,
        }
    }

    /// With a subject.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Also for mail to another address of the user's.
    #[must_use]
    pub fn address(mut self, address: impl Into<String>) -> Self {
        self.addresses.push(address.into());
        self
    }

    /// To each writer once in so many days, 1 to 365.
    #[must_use]
    pub fn every_days(mut self, days: u32) -> Self {
        self.days = days.clamp(1, 365);
        self
    }

    /// From that day on.
    #[must_use]
    pub fn from(mut self, day: NaiveDate) -> Self {
        self.from = Some(day);
        self
    }

    /// Until that day, it included.
    #[must_use]
    pub fn until(mut self, day: NaiveDate) -> Self {
        self.until = Some(day);
        self
    }
}

/// All that is done with what arrives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Script {
    /// The answer while away. Comes first: a message that a rule files or removes is answered all the same.
    pub vacation: Option<Vacation>,
    /// The rules, in their order.
    pub rules: Vec<Rule>,
}

impl Script {
    /// A script that does nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With an answer while away.
    #[must_use]
    pub fn vacation(mut self, vacation: Vacation) -> Self {
        self.vacation = Some(vacation);
        self
    }

    /// Adds a rule.
    #[must_use]
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// The script's text.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a text that no string can hold, a field that is none, or an address that is none.
    pub fn to_sieve(&self) -> Result<String, Error> {
        if self.rules.len() > MOST_RULES {
            return Err(invalid("there are too many rules"));
        }
        let mut writer = Writer::default();
        if let Some(vacation) = &self.vacation {
            writer.vacation(vacation)?;
        }
        for rule in &self.rules {
            writer.rule(rule)?;
        }
        Ok(writer.finish())
    }
}

#[derive(Default)]
struct Writer {
    extensions: BTreeSet<&'static str>,
    body: String,
}

impl Writer {
    fn finish(self) -> String {
        if self.extensions.is_empty() {
            return self.body;
        }
        let names: Vec<String> = self
            .extensions
            .iter()
            .map(|name| format!("\"{name}\""))
            .collect();
        format!("require [{}];\r\n{}", names.join(", "), self.body)
    }

    fn vacation(&mut self, vacation: &Vacation) -> Result<(), Error> {
        self.extensions.insert("vacation");
        let mut tests = Vec::new();
        for (word, day) in [("ge", vacation.from), ("le", vacation.until)] {
            if let Some(day) = day {
                self.extensions.extend(["date", "relational"]);
                let day = day.format("%Y-%m-%d");
                tests.push(format!("currentdate :value \"{word}\" \"date\" \"{day}\""));
            }
        }
        let mut action = format!("vacation :days {}", vacation.days.clamp(1, 365));
        if let Some(subject) = &vacation.subject {
            let _infallible = write!(action, " :subject {}", line(subject)?);
        }
        if !vacation.addresses.is_empty() {
            let list: Result<Vec<String>, Error> =
                vacation.addresses.iter().map(|one| address(one)).collect();
            let _infallible = write!(action, " :addresses [{}]", list?.join(", "));
        }
        let _infallible = write!(action, " {};", text(&vacation.text)?);
        self.block(&tests, true, &[action]);
        Ok(())
    }

    fn rule(&mut self, rule: &Rule) -> Result<(), Error> {
        // A comment ends with its line, and a name is one line.
        line(&rule.name)?;
        let _infallible = write!(self.body, "# {}\r\n", rule.name);
        let tests: Result<Vec<String>, Error> = rule.conditions.iter().map(condition).collect();
        let mut actions = Vec::new();
        for action in &rule.actions {
            actions.push(self.action(action)?);
        }
        self.block(&tests?, rule.all, &actions);
        Ok(())
    }

    fn block(&mut self, tests: &[String], all: bool, actions: &[String]) {
        let word = if all { "allof" } else { "anyof" };
        match tests {
            [] => {}
            [one] => {
                let _infallible = write!(self.body, "if {one} {{\r\n");
            }
            many => {
                let _infallible = write!(self.body, "if {word} ({}) {{\r\n", many.join(", "));
            }
        }
        for action in actions {
            self.body.push_str(action);
            self.body.push_str("\r\n");
        }
        if !tests.is_empty() {
            self.body.push_str("}\r\n");
        }
    }

    fn action(&mut self, action: &Action) -> Result<String, Error> {
        Ok(match action {
            Action::FileInto(folder) => {
                self.extensions.extend(["fileinto", "mailbox"]);
                if folder.is_empty() {
                    return Err(invalid("a folder has no name"));
                }
                format!("fileinto :create {};", line(folder)?)
            }
            Action::CopyTo(to) => {
                self.extensions.insert("copy");
                format!("redirect :copy {};", address(to)?)
            }
            Action::Redirect(to) => format!("redirect {};", address(to)?),
            Action::MarkSeen => {
                self.extensions.insert("imap4flags");
                "addflag \"\\\\Seen\";".to_owned()
            }
            Action::Star => {
                self.extensions.insert("imap4flags");
                "addflag \"\\\\Flagged\";".to_owned()
            }
            Action::Discard => "discard;".to_owned(),
            Action::Stop => "stop;".to_owned(),
        })
    }
}

fn condition(condition: &Condition) -> Result<String, Error> {
    Ok(match condition {
        Condition::Field(field, how, value) => test(field, *how, value)?,
        Condition::NotField(field, how, value) => format!("not {}", test(field, *how, value)?),
        Condition::Size(Comparison::Over, bytes) => format!("size :over {bytes}"),
        Condition::Size(Comparison::Under, bytes) => format!("size :under {bytes}"),
    })
}

fn test(field: &Field, how: Match, value: &str) -> Result<String, Error> {
    let how = match how {
        Match::Contains => ":contains",
        Match::Is => ":is",
        Match::Matches => ":matches",
    };
    let value = line(value)?;
    Ok(match field {
        Field::From => format!("address {how} \"from\" {value}"),
        Field::Recipient => format!("address {how} [\"to\", \"cc\"] {value}"),
        Field::Subject => format!("header {how} \"subject\" {value}"),
        Field::Header(name) => {
            let is_name =
                |byte: u8| byte.is_ascii_graphic() && byte != b':' && byte != b'"' && byte != b'\\';
            if name.is_empty() || !name.bytes().all(is_name) {
                return Err(invalid("that is not a field of a header"));
            }
            format!("header {how} \"{name}\" {value}")
        }
    })
}

fn invalid(reason: &'static str) -> Error {
    Error::Invalid {
        operation: OPERATION,
        reason,
    }
}

fn line(value: &str) -> Result<String, Error> {
    if value.contains(['\r', '\n']) {
        return Err(invalid("a value is not one line"));
    }
    text(value)
}

/// A quoted string. Lines end as the network wants it.
fn text(value: &str) -> Result<String, Error> {
    let value = value.replace("\r\n", "\n");
    if value
        .chars()
        .any(|c| c.is_control() && c != '\n' && c != '\t')
        || value.len() > LONGEST_TEXT
    {
        return Err(invalid(
            "a text has characters that no text has, or is too long",
        ));
    }
    let escaped = value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\r\n");
    Ok(format!("\"{escaped}\""))
}

fn address(value: &str) -> Result<String, Error> {
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\\\"".contains(c);
    let is_valid = value
        .rsplit_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
    if !is_valid || !value.chars().all(is_plain) || value.len() > 254 {
        return Err(invalid("that is not a mail address"));
    }
    line(value)
}

#[cfg(test)]
mod tests;
