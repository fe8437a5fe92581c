//! Lists of tags, `name=value; name=value` (RFC 6376, section 3.2), which DKIM, DMARC, MTA-STS and TLS reports share.

/// Why a text is no list of tags.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TagError {
    /// Something between semicolons has no name or no value.
    #[error("`{0}` is no tag")]
    Form(String),
    /// A tag stands there twice.
    #[error("the tag `{0}` stands there twice")]
    Twice(String),
    /// The list does not begin with this version.
    #[error("the record does not begin with `{0}`")]
    Version(&'static str),
    /// A tag that has to be there is not.
    #[error("the tag `{0}` is missing")]
    Missing(&'static str),
    /// The value of a tag is none.
    #[error("the value of `{0}` is not understood")]
    Value(&'static str),
}

/// Tags in their order.
#[derive(Debug)]
pub(crate) struct Tags(Vec<(String, String)>);

impl Tags {
    pub(crate) fn parse(text: &str) -> Result<Self, TagError> {
        let mut tags = Self(Vec::new());
        // One semicolon may stand at the end.
        let text = text.trim();
        let text = text.strip_suffix(';').unwrap_or(text);
        for part in text.split(';') {
            tags.push(part)?;
        }
        Ok(tags)
    }

    /// Whatever can be read of a list, and what cannot.
    pub(crate) fn parse_leniently(text: &str) -> (Self, Vec<TagError>) {
        let mut tags = Self(Vec::new());
        let parts = text.split(';').filter(|part| !part.trim().is_empty());
        let wrong = parts.filter_map(|part| tags.push(part).err()).collect();
        (tags, wrong)
    }

    fn push(&mut self, part: &str) -> Result<(), TagError> {
        let wrong = || TagError::Form(part.trim().chars().take(40).collect());
        let (name, value) = part.split_once('=').ok_or_else(wrong)?;
        let (name, value) = (name.trim(), value.trim());
        let begins = name
            .chars()
            .next()
            .is_some_and(|one| one.is_ascii_alphabetic());
        let is_name = |one: char| one.is_ascii_alphanumeric() || one == '_';
        if !begins || !name.chars().all(is_name) {
            return Err(wrong());
        }
        if self.get(name).is_some() {
            return Err(TagError::Twice(name.to_owned()));
        }
        self.0.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(tag, _)| tag == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The first tag must be `v`, with exactly this value.
    pub(crate) fn begins_with(&self, version: &'static str) -> Result<(), TagError> {
        match self.0.first() {
            Some((tag, value)) if tag == "v" && value == version => Ok(()),
            _ => Err(TagError::Version(version)),
        }
    }

    /// The parts of a list.
    pub(crate) fn list(&self, name: &str, separator: char) -> Vec<String> {
        let parts = self.get(name).unwrap_or_default().split(separator);
        let parts = parts.map(str::trim).filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    }
}
