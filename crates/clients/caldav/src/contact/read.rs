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
    /// The names of properties that are there and could not be read. They survive an edit.
    pub unread: Vec<String>,
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
            let is_link = text
                .get(..4)
                .is_some_and(|scheme| scheme.eq_ignore_ascii_case("tel:"));
            let number = text.get(4..).filter(|_| is_link).unwrap_or(&text);
            Labelled::read(one, number.to_owned())
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
            organization: card.value("ORG").map(organization).unwrap_or_default(),
            title: card.text("TITLE"),
            role: card.text("ROLE"),
            birthday: card.property("BDAY").and_then(birthday),
            note: card.text("NOTE"),
            categories: lists("CATEGORIES"),
            urls: labelled("URL"),
            photo: card.property("PHOTO").map(Photo::read),
            kind: kind.map_or(ContactKind::Individual, ContactKind::parse),
            members: members.map(Property::as_text).collect(),
            revision: card.text("REV"),
            unread: unread(card),
        })
    }
}

/// Units that are empty at the end are none: some programs end the list with a semicolon.
fn organization(value: &str) -> Vec<String> {
    let mut units: Vec<String> = parts(value).collect();
    while units.last().is_some_and(|unit| unit.trim().is_empty()) {
        units.pop();
    }
    units
}

/// Apple writes a year that is to be ignored, and which (iOS 17, 2026): vCard 4.0 leaves it out (RFC 6350,
/// section 4.3.1).
fn birthday(property: &Property) -> Option<String> {
    let text = property.as_text();
    let day = property
        .parameter("X-APPLE-OMIT-YEAR")
        .and_then(|year| text.trim().strip_prefix(year))
        .map(|day| format!("--{}", day.replace('-', "")));
    Some(day.unwrap_or(text)).filter(|text| !text.is_empty())
}

/// Lines that cannot be taken apart, and values in a charset that is not known.
fn unread(card: &RawComponent) -> Vec<String> {
    let is_encoded = |one: &&Property| {
        one.parameter("ENCODING")
            .is_some_and(|encoding| encoding.eq_ignore_ascii_case("QUOTED-PRINTABLE"))
    };
    let encoded = card.properties().filter(is_encoded);
    let encoded = encoded.map(|one| one.name().to_owned());
    let mut names: Vec<String> = card.opaque_names().chain(encoded).collect();
    names.sort_unstable();
    names.dedup();
    names
}
