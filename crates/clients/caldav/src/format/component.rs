//! The tree of components.

use super::{Partial, Property, Unreadable, fold_into, unfold};

/// Texts with more logical lines are refused.
pub const MAX_LINES: usize = 200_000;
/// Texts with more components are refused.
pub const MAX_COMPONENTS: usize = 20_000;
/// Components nested deeper are refused.
pub const MAX_NESTING: usize = 8;

/// Why a text was refused. Says nothing of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// It is not UTF-8.
    #[error("the text is not UTF-8")]
    Encoding,
    /// It is not a component, or a component ends where another should.
    #[error("components do not begin and end in pairs")]
    Structure,
    /// It has too many lines or components, or they are nested too deeply.
    #[error("the text is too large or nested too deeply")]
    TooLarge,
    /// It is another kind of component than was asked for.
    #[error("another kind of component")]
    Kind,
    /// A property that must be there is missing or cannot be read.
    #[error("no usable {0}")]
    Property(&'static str),
}

/// A component with its properties and the components in it, as they came. Its `Debug` shows the structure only.
#[derive(Clone, PartialEq, Eq)]
pub struct RawComponent {
    name: String,
    lines: Vec<Line>,
    children: Vec<RawComponent>,
}

#[derive(Clone, PartialEq, Eq)]
enum Line {
    Property(Property),
    /// Neither understood nor lost.
    Opaque(String),
}

impl RawComponent {
    /// An empty component.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: super::parameter::token(name),
            lines: Vec::new(),
            children: Vec::new(),
        }
    }

    /// Reads a text that holds one component.
    ///
    /// # Errors
    /// If it is something else, or beyond the bounds.
    pub fn parse(text: &[u8]) -> Result<Self, FormatError> {
        let mut all = Self::parse_all(text)?;
        match (all.pop(), all.is_empty()) {
            (Some(one), true) => Ok(one),
            _ => Err(FormatError::Structure),
        }
    }

    /// Reads a text that holds any number of components, all of them sound. Lines that are not UTF-8 are taken for
    /// Windows-1252, as old programs write them; what little is left of other programs behind the last component
    /// (a 0x1A or NUL) is ignored.
    ///
    /// # Errors
    /// As for [`RawComponent::parse`].
    pub fn parse_all(text: &[u8]) -> Result<Vec<Self>, FormatError> {
        let mut reader = Reader::default();
        for line in lines(text) {
            reader.take(line?)?;
        }
        if reader.open.is_empty() {
            Ok(reader.done)
        } else {
            Err(FormatError::Structure)
        }
    }

    /// Reads a text that holds any number of components of one kind, as an export of contacts does. One that is not
    /// sound is left out, and with it what follows up to the next of this kind.
    ///
    /// # Errors
    /// [`FormatError::TooLarge`] beyond the bounds.
    pub(crate) fn parse_each(text: &[u8], kind: &str) -> Result<Partial<Self>, FormatError> {
        let mut reader = Reader::default();
        let mut found = Partial::default();
        let (mut is_skipping, mut is_agent) = (false, false);
        let leave_out = |reader: &mut Reader, found: &mut Partial<Self>| {
            let uid = reader.open.first().and_then(|one| one.text("UID"));
            reader.open.clear();
            found.unreadable.push(Unreadable {
                component: kind.to_owned(),
                uid,
                reason: FormatError::Structure,
            });
        };
        for line in lines(text) {
            let line = line?;
            let is_begin = border(&line)
                .is_some_and(|(is_begin, name)| is_begin && name.eq_ignore_ascii_case(kind));
            // One within another is right only behind `AGENT` (vCard 2.1): else the first did not end.
            if is_begin && reader.open.len() == 1 && !is_agent {
                leave_out(&mut reader, &mut found);
            }
            is_skipping &= !is_begin;
            is_agent = line.trim_end().eq_ignore_ascii_case("AGENT:");
            if is_skipping {
                continue;
            }
            match reader.take(line) {
                Ok(()) => {}
                Err(FormatError::Structure) => {
                    leave_out(&mut reader, &mut found);
                    is_skipping = true;
                }
                Err(error) => return Err(error),
            }
        }
        if !reader.open.is_empty() {
            leave_out(&mut reader, &mut found);
        }
        found.items = reader.done;
        Ok(found)
    }

    /// The names of lines that could not be taken apart. They are kept as they are.
    pub(crate) fn opaque_names(&self) -> impl Iterator<Item = String> {
        self.lines.iter().filter_map(|line| match line {
            Line::Property(_) => None,
            Line::Opaque(text) => {
                let name = text.split([';', ':']).next().unwrap_or_default();
                Some(super::parameter::token(
                    name.rsplit('.').next().unwrap_or(name),
                ))
            }
        })
    }

    /// Its name, in upper case, such as `VEVENT`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Is it this kind of component?
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Its properties, in order.
    pub fn properties(&self) -> impl Iterator<Item = &Property> {
        self.lines.iter().filter_map(|line| match line {
            Line::Property(property) => Some(property),
            Line::Opaque(_) => None,
        })
    }

    /// Its properties, to be changed.
    pub fn properties_mut(&mut self) -> impl Iterator<Item = &mut Property> {
        self.lines.iter_mut().filter_map(|line| match line {
            Line::Property(property) => Some(property),
            Line::Opaque(_) => None,
        })
    }

    /// The first property of this name.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&Property> {
        self.properties().find(|property| property.name() == name)
    }

    /// All properties of this name.
    pub fn properties_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Property> {
        self.properties()
            .filter(move |property| property.name() == name)
    }

    /// The text of the first property of this name, if it is not empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        self.property(name)
            .map(Property::as_text)
            .filter(|text| !text.is_empty())
    }

    /// The raw value of the first property of this name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.property(name).map(|property| property.value().trim())
    }

    /// Adds a property at the end.
    pub fn push(&mut self, property: Property) {
        if !property.name().is_empty() {
            self.lines.push(Line::Property(property));
        }
    }

    /// Puts these in the place of all properties of this name.
    pub fn replace(&mut self, name: &str, with: impl IntoIterator<Item = Property>) {
        let is_named = |line: &Line| matches!(line, Line::Property(one) if one.name() == name);
        let at = self.lines.iter().position(is_named);
        self.lines.retain(|line| !is_named(line));
        let at = at.unwrap_or(self.lines.len());
        for (offset, property) in with.into_iter().enumerate() {
            self.lines.insert(at + offset, Line::Property(property));
        }
    }

    /// Puts one property in the place of all of its name.
    pub fn set(&mut self, property: Property) {
        let name = property.name().to_owned();
        self.replace(&name, [property]);
    }

    /// Removes all properties of this name.
    pub fn remove(&mut self, name: &str) {
        self.replace(name, []);
    }

    /// Removes the properties for which this does not hold.
    pub fn retain(&mut self, mut keep: impl FnMut(&Property) -> bool) {
        self.lines.retain(|line| match line {
            Line::Property(property) => keep(property),
            Line::Opaque(_) => true,
        });
    }

    /// The components in it, in order.
    #[must_use]
    pub fn children(&self) -> &[Self] {
        &self.children
    }

    /// The components in it, to be changed.
    pub fn children_mut(&mut self) -> &mut Vec<Self> {
        &mut self.children
    }

    /// Those of this name.
    pub fn children_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    fn write(&self, out: &mut String) {
        fold_into(out, &format!("BEGIN:{}", self.name));
        for line in &self.lines {
            match line {
                Line::Property(property) => property.write_into(out),
                Line::Opaque(text) => fold_into(out, text),
            }
        }
        for child in &self.children {
            child.write(out);
        }
        fold_into(out, &format!("END:{}", self.name));
    }
}

/// The logical lines as text, within the bounds.
fn lines(text: &[u8]) -> impl Iterator<Item = Result<String, FormatError>> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    unfold(text).enumerate().map(|(count, line)| {
        if count >= MAX_LINES {
            return Err(FormatError::TooLarge);
        }
        Ok(String::from_utf8(line).unwrap_or_else(|error| {
            let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(error.as_bytes());
            text.into_owned()
        }))
    })
}

/// Of `BEGIN:NAME` and `END:NAME`, whether it begins, and the name.
fn border(line: &str) -> Option<(bool, &str)> {
    let (keyword, name) = line.split_once(':')?;
    let is_begin = keyword.eq_ignore_ascii_case("BEGIN");
    (is_begin || keyword.eq_ignore_ascii_case("END")).then_some((is_begin, name.trim()))
}

/// Builds components from lines.
#[derive(Default)]
struct Reader {
    done: Vec<RawComponent>,
    open: Vec<RawComponent>,
    components: usize,
}

impl Reader {
    fn take(&mut self, line: String) -> Result<(), FormatError> {
        match border(&line) {
            Some((true, name)) => {
                self.components += 1;
                if self.open.len() >= MAX_NESTING || self.components > MAX_COMPONENTS {
                    return Err(FormatError::TooLarge);
                }
                self.open.push(RawComponent::new(name));
            }
            Some((false, name)) => {
                let ended = self.open.pop_if(|one| one.name.eq_ignore_ascii_case(name));
                let ended = ended.ok_or(FormatError::Structure)?;
                match self.open.last_mut() {
                    Some(parent) => parent.children.push(ended),
                    None => self.done.push(ended),
                }
            }
            None => match self.open.last_mut() {
                Some(component) => component.lines.push(read(line)),
                None if line.chars().all(|c| c.is_whitespace() || c.is_control()) => {}
                None => return Err(FormatError::Structure),
            },
        }
        Ok(())
    }
}

fn read(line: String) -> Line {
    match Property::parse(&line) {
        Some(property) => Line::Property(property),
        None => Line::Opaque(line),
    }
}

/// The text, with CRLF and folded lines.
impl std::fmt::Display for RawComponent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = String::new();
        self.write(&mut out);
        f.write_str(&out)
    }
}

impl std::fmt::Debug for RawComponent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawComponent")
            .field("name", &self.name)
            .field("properties", &self.lines.len())
            .field("children", &self.children)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "BEGIN:VCALENDAR\r\nX-ODD;=:1\r\nno colon here\r\nBEGIN:VEVENT\r\nUID:1\r\nX-A;b=\"c\":d\\,e\r\n\
                        BEGIN:VALARM\r\nACTION:AUDIO\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    #[test]
    fn what_is_not_changed_is_written_as_it_came() {
        let mut calendar = RawComponent::parse(TEXT.as_bytes()).unwrap();
        assert_eq!(calendar.to_string(), TEXT);
        calendar.children_mut()[0].set(Property::text("UID", "2"));
        assert_eq!(calendar.to_string(), TEXT.replace("UID:1", "UID:2"));
    }

    #[test]
    fn what_is_no_component_is_refused() {
        for (text, error) in [
            ("", FormatError::Structure),
            ("hello", FormatError::Structure),
            ("BEGIN:A\nEND:B", FormatError::Structure),
            ("BEGIN:A", FormatError::Structure),
            ("END:A", FormatError::Structure),
            ("BEGIN:A\nEND:A\nBEGIN:A\nEND:A", FormatError::Structure),
        ] {
            assert_eq!(RawComponent::parse(text.as_bytes()), Err(error), "{text}");
        }
        let old = RawComponent::parse(b"BEGIN:A\nX:Gr\xfc\xdfe\nEND:A").unwrap();
        assert_eq!(old.value("X"), Some("Grüße"));
        let deep = "BEGIN:A\n".repeat(100_000);
        assert_eq!(
            RawComponent::parse(deep.as_bytes()),
            Err(FormatError::TooLarge)
        );
        let wide = format!(
            "BEGIN:A\n{}END:A",
            "BEGIN:B\nEND:B\n".repeat(MAX_COMPONENTS)
        );
        assert_eq!(
            RawComponent::parse(wide.as_bytes()),
            Err(FormatError::TooLarge)
        );
    }

    proptest! {
        #[test]
        fn fuzz_any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(all) = RawComponent::parse_all(&bytes) {
                // A byte becomes three at most, and a fold comes after 74 of them.
                let size: usize = all.iter().map(|one| one.to_string().len()).sum();
                prop_assert!(size <= bytes.len() * 4 + 100, "{size}");
            }
        }

        #[test]
        fn fuzz_sound_ones_are_found_among_broken_ones(
            parts in prop::collection::vec(prop::sample::select(vec!["BEGIN:A\nX:1\nEND:A\n", "BEGIN:A\nX:1\n", "END:A\n", "junk\n"]), 0..12)
        ) {
            let found = RawComponent::parse_each(parts.concat().as_bytes(), "A").unwrap();
            let sound = parts.iter().filter(|part| part.ends_with("END:A\n") && part.starts_with('B')).count();
            prop_assert!(found.items.len() >= sound);
            prop_assert!(found.items.iter().all(|one| one.properties().count() <= 2 && one.children().is_empty()));
            prop_assert!(found.items.len() + found.unreadable.len() <= parts.len());
            prop_assert!(found.is_complete() || parts.len() > sound);
        }

        #[test]
        fn fuzz_writing_and_reading_are_inverse(lines in prop::collection::vec("(BEGIN:A|END:A|X;P=\"q\":v|\\PC{0,90})", 0..20)) {
            let text = format!("BEGIN:A\n{}\nEND:A", lines.join("\n"));
            if let Ok(read) = RawComponent::parse(text.as_bytes()) {
                let again = RawComponent::parse(read.to_string().as_bytes()).unwrap();
                prop_assert_eq!(again.to_string(), read.to_string());
            }
        }
    }
}
