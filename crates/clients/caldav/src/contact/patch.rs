//! Changes to a contact.

use chrono::{DateTime, Utc};

use super::{
    CardVersion, ContactKind, Labelled, MAX_PHOTO_BYTES, Photo, PostalAddress, StructuredName,
};
use crate::format::{FormatError, Property, RawComponent, escape_text, utc_text};

type Made = Vec<Property>;

/// Changes to make to a contact: what is not named stays as it is.
#[derive(Clone, Debug, Default)]
pub struct ContactPatch {
    changes: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Fixed(&'static str, Made),
    Texts(&'static str, Vec<Labelled<String>>),
    Addresses(Vec<Labelled<PostalAddress>>),
    Photo(Option<(String, Vec<u8>)>),
    Kind(ContactKind),
    Members(Vec<String>),
}

impl ContactPatch {
    /// No changes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn change(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }

    fn text(self, name: &'static str, text: &str) -> Self {
        let made = if text.is_empty() {
            Vec::new()
        } else {
            vec![Property::text(name, text)]
        };
        self.change(Change::Fixed(name, made))
    }

    fn list<T: AsRef<str>>(self, name: &'static str, values: &[T], separator: &str) -> Self {
        let escaped: Vec<String> = values
            .iter()
            .map(|value| escape_text(value.as_ref()))
            .collect();
        let made = if escaped.is_empty() {
            Vec::new()
        } else {
            vec![Property::new(name, &escaped.join(separator))]
        };
        self.change(Change::Fixed(name, made))
    }

    /// The whole name, as shown.
    #[must_use]
    pub fn full_name(self, name: impl AsRef<str>) -> Self {
        self.text("FN", name.as_ref())
    }

    /// The name in parts.
    #[must_use]
    pub fn name(self, name: &StructuredName) -> Self {
        self.change(Change::Fixed("N", vec![Property::new("N", &name.value())]))
    }

    /// Other names.
    #[must_use]
    pub fn nicknames<T: AsRef<str>>(self, names: &[T]) -> Self {
        self.list("NICKNAME", names, ",")
    }

    /// Mail addresses, all of them.
    #[must_use]
    pub fn emails(self, emails: &[Labelled<String>]) -> Self {
        self.change(Change::Texts("EMAIL", emails.to_vec()))
    }

    /// Phone numbers, all of them.
    #[must_use]
    pub fn phones(self, phones: &[Labelled<String>]) -> Self {
        self.change(Change::Texts("TEL", phones.to_vec()))
    }

    /// Pages, all of them.
    #[must_use]
    pub fn urls(self, urls: &[Labelled<String>]) -> Self {
        self.change(Change::Texts("URL", urls.to_vec()))
    }

    /// Addresses, all of them.
    #[must_use]
    pub fn addresses(self, addresses: &[Labelled<PostalAddress>]) -> Self {
        self.change(Change::Addresses(addresses.to_vec()))
    }

    /// Organization, then its parts.
    #[must_use]
    pub fn organization<T: AsRef<str>>(self, parts: &[T]) -> Self {
        self.list("ORG", parts, ";")
    }

    /// The position; empty removes it, as everywhere here.
    #[must_use]
    pub fn title(self, title: impl AsRef<str>) -> Self {
        self.text("TITLE", title.as_ref())
    }

    /// The function.
    #[must_use]
    pub fn role(self, role: impl AsRef<str>) -> Self {
        self.text("ROLE", role.as_ref())
    }

    /// The birthday, such as `1985-04-12`.
    #[must_use]
    pub fn birthday(self, date: impl AsRef<str>) -> Self {
        self.text("BDAY", date.as_ref())
    }

    /// What else there is to say.
    #[must_use]
    pub fn note(self, note: impl AsRef<str>) -> Self {
        self.text("NOTE", note.as_ref())
    }

    /// What it belongs to.
    #[must_use]
    pub fn categories<T: AsRef<str>>(self, names: &[T]) -> Self {
        self.list("CATEGORIES", names, ",")
    }

    /// A picture.
    ///
    /// # Errors
    /// [`FormatError::TooLarge`] beyond [`MAX_PHOTO_BYTES`].
    pub fn photo(self, media_type: impl Into<String>, content: &[u8]) -> Result<Self, FormatError> {
        if content.len() > MAX_PHOTO_BYTES {
            return Err(FormatError::TooLarge);
        }
        Ok(self.change(Change::Photo(Some((media_type.into(), content.to_vec())))))
    }

    /// No picture.
    #[must_use]
    pub fn no_photo(self) -> Self {
        self.change(Change::Photo(None))
    }

    /// What it describes.
    #[must_use]
    pub fn kind(self, kind: ContactKind) -> Self {
        self.change(Change::Kind(kind))
    }

    /// Of a group, the UIDs of its members, all of them.
    #[must_use]
    pub fn members<T: AsRef<str>>(self, uids: &[T]) -> Self {
        self.change(Change::Members(
            uids.iter().map(|uid| uid.as_ref().to_owned()).collect(),
        ))
    }

    pub(super) fn apply(&self, card: &mut RawComponent, version: CardVersion, now: DateTime<Utc>) {
        let is_four = version == CardVersion::Four;
        for change in &self.changes {
            match change {
                Change::Fixed(name, made) => card.replace(name, made.iter().cloned()),
                Change::Texts(name, values) => {
                    card.replace(
                        name,
                        values
                            .iter()
                            .map(|one| one.property(name, &raw(name, &one.value, card), is_four))
                            .collect::<Made>(),
                    );
                }
                Change::Addresses(values) => {
                    card.replace(
                        "ADR",
                        values
                            .iter()
                            .map(|one| one.property("ADR", &one.value.value(), is_four))
                            .collect::<Made>(),
                    );
                }
                Change::Photo(photo) => {
                    let made = photo
                        .as_ref()
                        .and_then(|(kind, content)| Photo::property(kind, content, version).ok());
                    card.replace("PHOTO", made);
                }
                Change::Kind(kind) => {
                    let name = if is_four {
                        "KIND"
                    } else {
                        "X-ADDRESSBOOKSERVER-KIND"
                    };
                    card.set(Property::text(name, kind.as_str()));
                }
                Change::Members(uids) => {
                    let name = if is_four {
                        "MEMBER"
                    } else {
                        "X-ADDRESSBOOKSERVER-MEMBER"
                    };
                    let urn = |uid: &String| {
                        if uid.contains(':') {
                            uid.clone()
                        } else {
                            format!("urn:uuid:{uid}")
                        }
                    };
                    card.replace(
                        name,
                        uids.iter()
                            .map(|uid| Property::new(name, &urn(uid)))
                            .collect::<Made>(),
                    );
                }
            }
        }
        card.set(Property::new("REV", &utc_text(now)));
    }
}

/// Links are not text; and a number that came as a `tel:` link stays one.
fn raw(name: &str, value: &str, card: &RawComponent) -> String {
    if name == "URL" {
        return value.to_owned();
    }
    let is_it = |link: &&str| {
        link.get(..4)
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("tel:"))
            && link.get(4..) == Some(value)
    };
    let mut links = card.properties_named("TEL").map(Property::value);
    match links.find(is_it).filter(|_| name == "TEL") {
        Some(link) => link.to_owned(),
        None => escape_text(value),
    }
}
