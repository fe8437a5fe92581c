//! One content line.

use super::When;
use super::parameter::{Parameter, decode, token};
use super::quoted;
use super::text::{escape_text, split_values, unescape_text};

/// A content line: `GROUP.NAME;PARAMETER=value:value`.
///
/// Invariant: none of its parts holds a line end, so writing it gives one logical line. A line that was parsed and
/// not changed is written as it came.
#[derive(Clone, PartialEq, Eq)]
pub struct Property {
    group: Option<String>,
    name: String,
    parameters: Vec<Parameter>,
    value: String,
    /// The line as it came, until something is changed.
    source: Option<String>,
    /// The value was quoted-printable, and still is in `source`.
    is_quoted: bool,
}

impl Property {
    /// A property with a value in the form of the standard. Control characters are left out.
    #[must_use]
    pub fn new(name: &str, value: &str) -> Self {
        let value = value
            .chars()
            .filter(|c| !c.is_control() || *c == '\t')
            .collect();
        Self {
            group: None,
            name: token(name),
            parameters: Vec::new(),
            value,
            source: None,
            is_quoted: false,
        }
    }

    /// A property whose value is this text.
    #[must_use]
    pub fn text(name: &str, text: &str) -> Self {
        Self::new(name, &escape_text(text))
    }

    /// The same with a parameter more, or with another value for it.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.set_parameter(name, Some(value.into()));
        self
    }

    /// The same in a group (RFC 6350, section 3.3).
    #[must_use]
    pub fn in_group(mut self, group: &str) -> Self {
        self.source = None;
        self.group = Some(token(group)).filter(|group| !group.is_empty());
        self
    }

    /// Reads a logical line; `None` if it has no colon or no name. A quoted-printable value (vCard 2.1, vCalendar 1.0)
    /// is decoded, and its parameters `ENCODING` and `CHARSET` are gone: changed, the line is written as UTF-8.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let head_end = line.find([':', ';'])?;
        let full = line.get(..head_end)?;
        let (group, name) = match full.split_once('.') {
            Some((group, name)) => (Some(group.to_owned()), name),
            None => (None, full),
        };
        if name.is_empty() || token(name).len() != name.len() {
            return None;
        }
        let mut parameters = Vec::new();
        let mut rest = line.get(head_end..)?;
        while let Some(after) = rest.strip_prefix(';') {
            let (parameter, next) = read_parameter(after)?;
            parameters.push(parameter);
            rest = next;
        }
        let mut value = rest.strip_prefix(':')?.to_owned();
        rejoin_zone(&mut parameters, &mut value);
        let decoded = is_quoted_printable(&parameters).then(|| {
            let charset = parameters.iter().find(|one| one.name == "CHARSET");
            let charset = charset.and_then(|one| one.values.first());
            quoted::decode(&value, charset.map(String::as_str))
        });
        let is_quoted = if let Some(decoded) = decoded.flatten() {
            value = decoded;
            parameters.retain(|one| {
                !matches!(
                    one.name.as_str(),
                    "ENCODING" | "CHARSET" | "QUOTED-PRINTABLE"
                )
            });
            true
        } else {
            false
        };
        Some(Self {
            group,
            name: name.to_ascii_uppercase(),
            parameters,
            value,
            source: Some(line.to_owned()),
            is_quoted,
        })
    }

    /// Its name, in upper case.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its group, as in `item1.EMAIL`.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        self.group.as_deref()
    }

    /// Its value as it stands in the line, decoded if it was quoted-printable.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Its value as text.
    #[must_use]
    pub fn as_text(&self) -> String {
        unescape_text(&self.value)
    }

    /// Its value as a list of texts; empty entries are left out.
    #[must_use]
    pub fn as_list(&self) -> Vec<String> {
        split_values(&self.value, ',')
            .map(unescape_text)
            .filter(|one| !one.trim().is_empty())
            .collect()
    }

    /// All parameters.
    #[must_use]
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The first value of a parameter.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self
            .parameters
            .iter()
            .find(|one| one.name.eq_ignore_ascii_case(name))?;
        found.values.first().map(String::as_str)
    }

    /// All values of all parameters of a name, as `TYPE` may occur more than once.
    pub fn parameter_values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self
            .parameters
            .iter()
            .filter(move |one| one.name.eq_ignore_ascii_case(name));
        named.flat_map(|one| one.values.iter().map(String::as_str))
    }

    /// Sets a parameter or removes it.
    pub fn set_parameter(&mut self, name: &str, value: Option<String>) {
        self.source = None;
        let name = token(name);
        let at = self.parameters.iter().position(|one| one.name == name);
        self.parameters.retain(|one| one.name != name);
        if let Some(value) = value {
            let at = at.unwrap_or(usize::MAX).min(self.parameters.len());
            self.parameters.insert(
                at,
                Parameter {
                    name,
                    values: vec![value],
                },
            );
        }
    }

    /// Adds a value to a parameter.
    pub(crate) fn add_value(&mut self, name: &str, value: &str) {
        self.source = None;
        match self.parameters.iter_mut().find(|one| one.name == name) {
            Some(parameter) => parameter.values.push(value.to_owned()),
            None => self.parameters.push(Parameter::new(name, value)),
        }
    }

    /// Replaces the value. Control characters are left out.
    pub fn set_value(&mut self, value: &str) {
        self.source = None;
        self.value = value
            .chars()
            .filter(|c| !c.is_control() || *c == '\t')
            .collect();
    }

    /// Labels without a name, a habit of vCard 2.1, become values of `TYPE`; base64 gets the name of vCard 3.0.
    pub(crate) fn modernise(&mut self) {
        let is_old = |one: &Parameter| one.values.is_empty();
        let is_base64 = |text: &str| text.eq_ignore_ascii_case("BASE64");
        let (old, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut self.parameters)
            .into_iter()
            .partition(is_old);
        self.parameters = kept;
        if self.is_quoted || !old.is_empty() {
            self.source = None;
        }
        for one in old {
            if is_base64(&one.name) {
                self.set_parameter("ENCODING", Some("b".to_owned()));
            } else {
                self.add_value("TYPE", &one.name.to_ascii_lowercase());
            }
        }
        if self.parameter("ENCODING").is_some_and(is_base64) {
            self.set_parameter("ENCODING", Some("b".to_owned()));
        }
    }

    /// Appends the physical lines.
    pub(super) fn write_into(&self, out: &mut String) {
        match &self.source {
            Some(source) if self.is_quoted => quoted::wrap_into(out, source),
            _ => super::fold_into(out, &self.line()),
        }
    }

    /// The logical line.
    pub(crate) fn line(&self) -> String {
        if let Some(source) = &self.source {
            return source.clone();
        }
        let mut line = String::new();
        if let Some(group) = &self.group {
            line.extend([group.as_str(), "."]);
        }
        line.push_str(&self.name);
        for parameter in &self.parameters {
            parameter.write(&mut line);
        }
        line.extend([":", &self.value]);
        line
    }
}

/// Shows what kind of line it is, not what it says: calendars and contacts are private.
impl std::fmt::Debug for Property {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Property({}, {} bytes)", self.name, self.value.len())
    }
}

/// Reads `NAME=value,"value"` up to the `;` or `:` behind it. Names without a value are a habit of vCard 2.1.
fn read_parameter(text: &str) -> Option<(Parameter, &str)> {
    let end = text.find(['=', ';', ':'])?;
    let name = text.get(..end)?.to_ascii_uppercase();
    let mut rest = text.get(end..)?;
    let mut values = Vec::new();
    while let Some(after) = rest.strip_prefix(['=', ',']) {
        let (value, next) = if let Some(quoted) = after.strip_prefix('"') {
            let (value, next) = quoted_value(quoted)?;
            (decode(&value), next)
        } else {
            let end = after.find(BORDERS)?;
            (decode(after.get(..end)?), after.get(end..)?)
        };
        values.push(value);
        rest = next;
    }
    rest.starts_with([';', ':'])
        .then_some((Parameter { name, values }, rest))
}

/// What may follow a value.
const BORDERS: [char; 3] = [',', ';', ':'];

/// Reads a value up to its closing quote. Two faults are common and understood: quotes within that are escaped with a
/// backslash instead of as RFC 6868 wants it, and text behind the closing quote.
fn quoted_value(text: &str) -> Option<(String, &str)> {
    let quotes = || {
        text.match_indices('"').filter_map(|(at, _)| {
            let (value, next) = (text.get(..at)?, text.get(at + 1..)?);
            Some((value, next))
        })
    };
    let is_end = |next: &str| next.starts_with(BORDERS);
    let (value, next) = quotes().next()?;
    if is_end(next) {
        return Some((value.to_owned(), next));
    }
    let is_escaped = |value: &str| value.ends_with('\\');
    if is_escaped(value)
        && let Some((value, next)) =
            quotes().find(|(value, next)| is_end(next) && !is_escaped(value))
    {
        return Some((value.replace("\\\"", "\""), next));
    }
    let end = next.find(BORDERS)?;
    let more = next.get(..end)?.replace('"', "");
    Some((format!("{value}{more}"), next.get(end..)?))
}

/// Names of zones such as `GMT+05:30` are written without the quotes that their colon needs (Google, 2026). No time
/// holds a colon, so what comes before the last one is the rest of the name.
fn rejoin_zone(parameters: &mut [Parameter], value: &mut String) {
    let Some(zone) = parameters.last_mut().filter(|last| last.name == "TZID") else {
        return;
    };
    let Some((more, times)) = value.rsplit_once(':') else {
        return;
    };
    let first = times.split([',', '/']).next().unwrap_or_default();
    if let ([name], Some(_)) = (zone.values.as_mut_slice(), When::parse(first, None)) {
        *name = format!("{name}:{more}");
        *value = times.to_owned();
    }
}

fn is_quoted_printable(parameters: &[Parameter]) -> bool {
    const WORD: &str = "QUOTED-PRINTABLE";
    parameters.iter().any(|one| match one.name.as_str() {
        "ENCODING" => one
            .values
            .iter()
            .any(|value| value.eq_ignore_ascii_case(WORD)),
        name => name == WORD && one.values.is_empty(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_is_taken_apart() {
        let line = "item1.ATTENDEE;CN=\"Doe, ^'J^' ^^\";X=a,\"b:c\";PREF:mailto:j@x.test";
        let property = Property::parse(line).unwrap();
        assert_eq!(
            (property.group(), property.name()),
            (Some("item1"), "ATTENDEE")
        );
        assert_eq!(property.parameter("cn"), Some("Doe, \"J\" ^"));
        assert_eq!(
            property.parameter_values("X").collect::<Vec<_>>(),
            ["a", "b:c"]
        );
        assert_eq!(
            (property.parameter("PREF"), property.value()),
            (None, "mailto:j@x.test")
        );
        assert_eq!(property.line(), line);
        let changed = property.with("RSVP", "TRUE");
        assert_eq!(
            changed.line(),
            "item1.ATTENDEE;CN=\"Doe, ^'J^' ^^\";X=a,\"b:c\";PREF;RSVP=TRUE:mailto:j@x.test"
        );
    }

    #[test]
    fn common_faults_in_parameters_are_understood() {
        for (line, name, expected, value) in [
            // RFC 6868 is the legal form; others read this one too.
            (
                r#"ATTENDEE;CN="First \"Nick\" Last";RSVP=TRUE:mailto:a@x.test"#,
                "CN",
                "First \"Nick\" Last",
                "mailto:a@x.test",
            ),
            (
                r#"ATTENDEE;CN="Pat" Miller:mailto:a@x.test"#,
                "CN",
                "Pat Miller",
                "mailto:a@x.test",
            ),
            // The grammar of RFC 5545 counts first: a backslash is a character like others.
            (r#"ATTACH;X="C:\";Y=1:u"#, "X", "C:\\", "u"),
            (
                "DTSTART;TZID=GMT+05:30:20260904T020000",
                "TZID",
                "GMT+05:30",
                "20260904T020000",
            ),
            (
                "EXDATE;TZID=UTC-03:00:20260904T020000,20260905T020000",
                "TZID",
                "UTC-03:00",
                "20260904T020000,20260905T020000",
            ),
            ("X-A;TZID=a:b:c", "TZID", "a", "b:c"),
        ] {
            let property = Property::parse(line).unwrap();
            assert_eq!(
                (property.parameter(name), property.value()),
                (Some(expected), value),
                "{line}"
            );
            assert_eq!(property.line(), line);
            let again = Property::parse(&property.with("X-NEW", "1").line()).unwrap();
            assert_eq!(
                (again.parameter(name), again.value()),
                (Some(expected), value),
                "{line}"
            );
        }
    }

    #[test]
    fn a_quoted_printable_value_is_decoded_and_written_as_text_when_changed() {
        let line = "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6rg";
        let property = Property::parse(line).unwrap();
        assert_eq!(
            (property.value(), property.line().as_str()),
            ("Müller;Jörg", line)
        );
        assert_eq!(property.with("X", "1").line(), "N;X=1:Müller;Jörg");
        let unknown = Property::parse("N;CHARSET=X;ENCODING=QUOTED-PRINTABLE:=41").unwrap();
        assert_eq!((unknown.value(), unknown.parameters().len()), ("=41", 2));
    }

    proptest! {
        #[test]
        fn fuzz_any_line_is_read_or_refused(line in "[^\r\n]{0,80}") {
            if let Some(property) = Property::parse(&line) {
                prop_assert_eq!(property.line(), line);
                let again = property.with("X-NEW", "1").line();
                prop_assert!(Property::parse(&again).is_some());
            }
        }

        #[test]
        fn fuzz_nothing_can_be_injected(name in any::<String>(), value in any::<String>(), parameter in any::<String>()) {
            let property = Property::text(&name, &value).with("X-P", parameter.clone());
            let line = property.line();
            prop_assert!(!line.contains(['\r', '\n']));
            if !property.name().is_empty() {
                let read = Property::parse(&line).unwrap();
                prop_assert_eq!(read.name(), property.name());
                prop_assert_eq!(read.parameters().len(), 1);
                let allowed: String = parameter.chars().filter(|c| !c.is_control() || matches!(c, '\t' | '\n')).collect();
                prop_assert_eq!(read.parameter("X-P"), Some(allowed.as_str()));
                prop_assert_eq!(read.value(), property.value());
            }
        }
    }
}
