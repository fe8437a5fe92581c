//! Domains in SPF terms, which may hold macros (section 7.1). Macros are checked, and not expanded: what they stand for
//! depends on the mail.

use std::fmt;

/// A domain, or a macro that becomes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainSpec(String);

impl DomainSpec {
    /// `None` if the text is neither.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let ends_with_macro = check_macros(text)?;
        if !ends_with_macro && !ends_with_top_label(text) {
            return None;
        }
        Some(Self(text.to_owned()))
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The domain, in lower case; `None` if it depends on the mail.
    #[must_use]
    pub fn literal(&self) -> Option<String> {
        let is_plain = !self.0.contains('%');
        is_plain.then(|| crate::name::canonical(&self.0))
    }
}

impl fmt::Display for DomainSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Only visible characters and well-formed macros; says whether the text ends with one.
pub(super) fn check_macros(text: &str) -> Option<bool> {
    let mut characters = text.chars();
    let mut ends_with_macro = false;
    while let Some(one) = characters.next() {
        ends_with_macro = one == '%';
        match one {
            '%' => match characters.next()? {
                '%' | '_' | '-' => {}
                '{' => check_expansion(&mut characters)?,
                _ => return None,
            },
            '!'..='~' => {}
            _ => return None,
        }
    }
    Some(ends_with_macro)
}

/// `macro-letter transformers *delimiter "}"`, with the transformers `*DIGIT ["r"]`.
fn check_expansion(characters: &mut std::str::Chars<'_>) -> Option<()> {
    let letter = characters.next()?.to_ascii_lowercase();
    if !"slodiphcrtv".contains(letter) {
        return None;
    }
    let mut place = 0_u8;
    loop {
        let (one, rank) = match characters.next()? {
            '}' => return Some(()),
            one @ '0'..='9' => (one, 0),
            one @ ('r' | 'R') => (one, 1),
            one @ ('.' | '-' | '+' | ',' | '/' | '_' | '=') => (one, 2),
            _ => return None,
        };
        let is_second_r = rank == 1 && place >= 1;
        if rank < place || is_second_r {
            return None;
        }
        place = if one.eq_ignore_ascii_case(&'r') {
            1
        } else {
            rank
        };
    }
}

/// There are two labels at least, and the last is none of digits alone.
fn ends_with_top_label(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    let Some((rest, top)) = text.rsplit_once('.') else {
        return false;
    };
    let is_plain = |one: char| one.is_ascii_alphanumeric() || one == '-';
    !rest.is_empty()
        && !top.is_empty()
        && top.chars().all(is_plain)
        && !top.starts_with('-')
        && !top.ends_with('-')
        && !top.chars().all(|one| one.is_ascii_digit())
}
