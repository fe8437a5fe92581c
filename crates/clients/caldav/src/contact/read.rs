//! Reading a contact.

use super::labelled::parts;
use super::{Labelled, Photo, PostalAddress, StructuredName};
use crate::format::{FormatError, Property, RawComponent};

/// What a card describes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContactKind {
    /// A person.
    Individual,
    /// A group of contacts.
    Group,
    /// An organization.
    Organization,
    /// A place.
    Location,
    /// Something else, in lower case.
    Other(String),
}

impl ContactKind {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Individual => "individual",
            Self::Group => "group",
            Self::Organization => "org",
            Self::Location => "location",
            Self::Other(kind) => kind,
        }
    }

    fn parse(text: &str) -> Self {
        let text = text.trim().to_ascii_lowercase();
        match text.as_str() {
            "individual" => Self::Individual,
            "group" => Self::Group,
            "org" => Self::Organization,
            "location" => Self::Location,
            _ => Self::Other(text),
        }
    }
}

/// A contact.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contact {
    /// What it is known by; cards without one are common, though no server should hold them.
    pub uid: Option<String>,
    /// The whole name, as shown.
    pub full_name: Option<String>,
    /// The name in parts.
    pub name: Option<StructuredName>,
    /// Other names.
    pub nicknames: Vec<String>,
    /// Mail addresses.
    pub emails: Vec<Labelled<String>>,
    /// Phone numbers, as written.
    pub phones: Vec<Labelled<String>>,
    /// Addresses.
    pub addresses: Vec<Labelled<PostalAddress>>,
    /// Organization, then its parts.
    pub organization: Vec<String>,
    /// The position there.
    pub title: Option<String>,
    /// The function there.
    pub role: Option<String>,
    /// The birthday, as written: a year may be missing (`--0412`).
    pub birthday: Option<String>,
    /// What else there is to say.
    pub note: Option<String>,
    /// What it belongs to.
    pub categories: Vec<String>,
    /// Pages.
    pub urls: Vec<Labelled<String>>,
    /// A picture.
    pub photo: Option<Photo>,
    /// What it describes.
    pub kind: ContactKind,
    /// Of a group, its members: usually `urn:uuid:…`.
    pub members: Vec<String>,
    /// When it was last changed, as written.
    pub revision: Option<String>,
}

impl Contact {
    /// Reads a `VCARD`.
    ///
    /// # Errors
    /// If it is another component.
    pub fn read(card: &RawComponent) -> Result<Self, FormatError> {
        if !card.is("VCARD") {
            return Err(FormatError::Kind);
        }
        let labelled = |name| -> Vec<Labelled<String>> {
            card.properties_named(name)
                .map(|one| Labelled::read(one, one.as_text()))
                .collect()
        };
        let phones = card.properties_named("TEL").map(|one| {
            let text = one.as_text();
            let number = text.strip_prefix("tel:").unwrap_or(&text).to_owned();
            Labelled::read(one, number)
        });
        let addresses = card
            .properties_named("ADR")
            .map(|one| Labelled::read(one, PostalAddress::read(one.value())));
        let kind = card
            .value("KIND")
            .or_else(|| card.value("X-ADDRESSBOOKSERVER-KIND"));
        let members = ["MEMBER", "X-ADDRESSBOOKSERVER-MEMBER"]
            .into_iter()
            .flat_map(|name| card.properties_named(name));
        let lists = |name| {
            card.properties_named(name)
                .flat_map(Property::as_list)
                .collect()
        };
        Ok(Self {
            uid: card.text("UID"),
            full_name: card.text("FN"),
            name: card
                .property("N")
                .map(|one| StructuredName::read(one.value())),
            nicknames: lists("NICKNAME"),
            emails: labelled("EMAIL"),
            phones: phones.collect(),
            addresses: addresses.collect(),
            organization: card
                .value("ORG")
                .map(|value| parts(value).collect())
                .unwrap_or_default(),
            title: card.text("TITLE"),
            role: card.text("ROLE"),
            birthday: card.text("BDAY"),
            note: card.text("NOTE"),
            categories: lists("CATEGORIES"),
            urls: labelled("URL"),
            photo: card.property("PHOTO").map(Photo::read),
            kind: kind.map_or(ContactKind::Individual, ContactKind::parse),
            members: members.map(Property::as_text).collect(),
            revision: card.text("REV"),
        })
    }
}
