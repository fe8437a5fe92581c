//! A vCard as a whole.

use std::fmt;

use chrono::{DateTime, Utc};

use super::{Contact, ContactPatch};
use crate::event::PRODUCT;
use crate::format::{FormatError, Partial, Property, RawComponent};

/// The version of the format. Servers must know 3.0 (RFC 6352, section 5.1); many know 4.0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CardVersion {
    /// 3.0
    #[default]
    Three,
    /// 4.0
    Four,
}

/// A vCard. Its `Display` is the text for a server; its `Debug` shows no content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VCard {
    pub(crate) root: RawComponent,
}

impl VCard {
    /// Reads a text that holds one card.
    ///
    /// # Errors
    /// If it does not.
    pub fn parse(text: &[u8]) -> Result<Self, FormatError> {
        Self::of(RawComponent::parse(text)?)
    }

    /// Reads a text that holds any number of cards, such as an export. A card that does not end, and what is between
    /// cards, is left out and named.
    ///
    /// # Errors
    /// [`FormatError::TooLarge`] beyond the bounds of [`RawComponent::parse`].
    pub fn parse_all(text: &[u8]) -> Result<Partial<Self>, FormatError> {
        let Partial { items, unreadable } = RawComponent::parse_each(text, "VCARD")?;
        Ok(Partial {
            items: items.into_iter().map(|root| Self { root }).collect(),
            unreadable,
        })
    }

    fn of(root: RawComponent) -> Result<Self, FormatError> {
        if root.is("VCARD") {
            Ok(Self { root })
        } else {
            Err(FormatError::Kind)
        }
    }

    /// A new card. The UID is its natural key in an address book: choose it so that trying again gives the same one.
    #[must_use]
    pub fn new(
        version: CardVersion,
        uid: &str,
        full_name: &str,
        details: &ContactPatch,
        now: DateTime<Utc>,
    ) -> Self {
        let mut root = RawComponent::new("VCARD");
        root.push(Property::new(
            "VERSION",
            if version == CardVersion::Four {
                "4.0"
            } else {
                "3.0"
            },
        ));
        root.push(Property::text("PRODID", PRODUCT));
        root.push(Property::text("UID", uid));
        root.push(Property::text("FN", full_name));
        let mut card = Self { root };
        card.edit(details, now);
        // RFC 2426 wants it always; the given name is the best guess.
        if version == CardVersion::Three && card.root.property("N").is_none() {
            card.root.push(Property::new(
                "N",
                &format!(";{};;;", crate::format::escape_text(full_name)),
            ));
        }
        card
    }

    /// The version it says it has; cards older than 3.0 are treated as that.
    #[must_use]
    pub fn version(&self) -> CardVersion {
        if self.root.value("VERSION") == Some("4.0") {
            CardVersion::Four
        } else {
            CardVersion::Three
        }
    }

    /// The contact.
    ///
    /// # Errors
    /// Never, as a `VCard` is a card; the signature is that of [`Contact::read`].
    pub fn contact(&self) -> Result<Contact, FormatError> {
        Contact::read(&self.root)
    }

    /// Its UID.
    #[must_use]
    pub fn uid(&self) -> Option<String> {
        self.root.text("UID")
    }

    /// Changes it; what is not named stays as it is, unknown properties included. A card of version 2.1 becomes one of
    /// 3.0, as what is added is of that form: quoted-printable values become plain text.
    pub fn edit(&mut self, changes: &ContactPatch, now: DateTime<Utc>) {
        if self.root.value("VERSION") == Some("2.1") {
            self.root.set(Property::new("VERSION", "3.0"));
            self.root.properties_mut().for_each(Property::modernise);
        }
        let version = self.version();
        changes.apply(&mut self.root, version, now);
    }

    /// The tree of lines.
    #[must_use]
    pub fn raw(&self) -> &RawComponent {
        &self.root
    }

    /// The tree of lines, to be changed.
    pub fn raw_mut(&mut self) -> &mut RawComponent {
        &mut self.root
    }
}

impl fmt::Display for VCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.root, f)
    }
}
