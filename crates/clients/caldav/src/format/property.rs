//! One content line.

use super::parameter::{Parameter, decode, token};
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

    /// Reads a logical line; `None` if it has no colon or no name.
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
        let value = rest.strip_prefix(':')?.to_owned();
        Some(Self {
            group,
            name: name.to_ascii_uppercase(),
            parameters,
            value,
            source: Some(line.to_owned()),
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

    /// Its value as it stands in the line.
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
            let close = quoted.find('"')?;
            (quoted.get(..close)?, quoted.get(close + 1..)?)
        } else {
            let end = after.find([',', ';', ':'])?;
            (after.get(..end)?, after.get(end..)?)
        };
        values.push(decode(value));
        // What follows a closing quote is not ours to guess.
        if !next.starts_with([',', ';', ':']) {
            return None;
        }
        rest = next;
    }
    rest.starts_with([';', ':'])
        .then_some((Parameter { name, values }, rest))
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
