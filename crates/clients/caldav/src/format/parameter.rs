//! Parameters of a property.

/// A parameter with its values, as in `CN="Doe, Jane"`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parameter {
    /// Its name, in upper case.
    pub name: String,
    /// Its values, decoded (RFC 6868).
    pub values: Vec<String>,
}

impl Parameter {
    /// A parameter with one value.
    pub fn new(name: &str, value: impl Into<String>) -> Self {
        Self {
            name: token(name),
            values: vec![value.into()],
        }
    }

    pub(crate) fn write(&self, out: &mut String) {
        out.push(';');
        out.push_str(&self.name);
        for (at, value) in self.values.iter().enumerate() {
            out.push(if at == 0 { '=' } else { ',' });
            let encoded = encode(value);
            // A comma, colon or semicolon is data only between quotes.
            if encoded.contains([',', ':', ';']) || encoded.is_empty() {
                out.extend(["\"", &encoded, "\""]);
            } else {
                out.push_str(&encoded);
            }
        }
    }
}

/// The characters a name may have (RFC 5545, section 3.1: `iana-token`, `x-name`).
pub(crate) fn token(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

/// RFC 6868, section 3.1. Control characters cannot be part of a parameter at all.
fn encode(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '^' => encoded.push_str("^^"),
            '"' => encoded.push_str("^'"),
            '\n' => encoded.push_str("^n"),
            '\t' => encoded.push('\t'),
            other if other.is_control() => {}
            other => encoded.push(other),
        }
    }
    encoded
}

/// The inverse; what is no sequence of RFC 6868 stays as it is.
pub(crate) fn decode(value: &str) -> String {
    let mut decoded = String::with_capacity(value.len());
    let mut characters = value.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '^' {
            decoded.push(character);
            continue;
        }
        let meant = match characters.peek() {
            Some('n') => '\n',
            Some('\'') => '"',
            Some('^') => '^',
            _ => {
                decoded.push('^');
                continue;
            }
        };
        characters.next();
        decoded.push(meant);
    }
    decoded
}
