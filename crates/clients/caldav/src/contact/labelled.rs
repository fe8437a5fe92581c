//! Values with labels, and values in parts.

use crate::format::{Property, escape_text, split_values, unescape_text};

/// A value with its labels, such as a phone number. Parameters that are not understood, and the group that a custom
/// label hangs on, survive when it is written again.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Labelled<T> {
    /// The value.
    pub value: T,
    /// Labels in lower case, such as `work`, `home`, `cell`.
    pub types: Vec<String>,
    /// It is the one to use first.
    pub is_preferred: bool,
    source: Option<Property>,
}

impl<T> Labelled<T> {
    /// A value with one label.
    pub fn new(value: T, label: impl AsRef<str>) -> Self {
        let types = vec![label.as_ref().to_ascii_lowercase()];
        Self {
            value,
            types,
            is_preferred: false,
            source: None,
        }
    }

    /// It is the one to use first.
    #[must_use]
    pub fn preferred(mut self) -> Self {
        self.is_preferred = true;
        self
    }

    pub(super) fn read(property: &Property, value: T) -> Self {
        let mut types: Vec<String> = property
            .parameter_values("TYPE")
            .flat_map(|one| one.split(','))
            .map(str::to_ascii_lowercase)
            .collect();
        // vCard 2.1 writes labels without a name.
        let bare = property
            .parameters()
            .iter()
            .filter(|one| one.values.is_empty());
        types.extend(bare.map(|one| one.name.to_ascii_lowercase()));
        let is_preferred =
            types.iter().any(|one| one == "pref") || property.parameter("PREF") == Some("1");
        types.retain(|one| one != "pref");
        Self {
            value,
            types,
            is_preferred,
            source: Some(property.clone()),
        }
    }

    /// The property, on top of what it was read from.
    pub(super) fn property(&self, name: &str, value: &str, is_four: bool) -> Property {
        let mut property = match &self.source {
            Some(source) if source.name() == name => source.clone(),
            _ => Property::new(name, ""),
        };
        if property.value() != value {
            property.set_value(value);
        }
        let before = Labelled::<()>::read(&property, ());
        if before.types == self.types && before.is_preferred == self.is_preferred {
            return property;
        }
        property.set_parameter("TYPE", None);
        property.set_parameter(
            "PREF",
            (self.is_preferred && is_four).then(|| "1".to_owned()),
        );
        let old_style = (self.is_preferred && !is_four).then_some("pref");
        for label in self.types.iter().map(String::as_str).chain(old_style) {
            property.add_value("TYPE", label);
        }
        property
    }
}

/// What it says is private.
impl<T> std::fmt::Debug for Labelled<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Labelled")
            .field("types", &self.types)
            .finish_non_exhaustive()
    }
}

/// A name in parts (`N`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StructuredName {
    /// Family names.
    pub family: String,
    /// Given names.
    pub given: String,
    /// Further names.
    pub additional: String,
    /// What comes before, such as `Dr.`
    pub prefix: String,
    /// What comes after, such as `Jr.`
    pub suffix: String,
}

impl StructuredName {
    /// A given and a family name.
    pub fn new(given: impl Into<String>, family: impl Into<String>) -> Self {
        Self {
            given: given.into(),
            family: family.into(),
            ..Self::default()
        }
    }

    pub(super) fn read(value: &str) -> Self {
        let mut parts = parts(value);
        let mut next = || parts.next().unwrap_or_default();
        Self {
            family: next(),
            given: next(),
            additional: next(),
            prefix: next(),
            suffix: next(),
        }
    }

    pub(super) fn value(&self) -> String {
        join([
            &self.family,
            &self.given,
            &self.additional,
            &self.prefix,
            &self.suffix,
        ])
    }
}

/// An address in parts (`ADR`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostalAddress {
    /// Post office box.
    pub post_box: String,
    /// Flat or floor.
    pub extended: String,
    /// Street and number.
    pub street: String,
    /// Town.
    pub locality: String,
    /// State or province.
    pub region: String,
    /// Postal code.
    pub postal_code: String,
    /// Country.
    pub country: String,
}

impl PostalAddress {
    /// Street, town, postal code and country.
    pub fn new(
        street: impl Into<String>,
        locality: impl Into<String>,
        postal_code: impl Into<String>,
        country: impl Into<String>,
    ) -> Self {
        Self {
            street: street.into(),
            locality: locality.into(),
            postal_code: postal_code.into(),
            country: country.into(),
            ..Self::default()
        }
    }

    pub(super) fn read(value: &str) -> Self {
        let mut parts = parts(value);
        let mut next = || parts.next().unwrap_or_default();
        Self {
            post_box: next(),
            extended: next(),
            street: next(),
            locality: next(),
            region: next(),
            postal_code: next(),
            country: next(),
        }
    }

    pub(super) fn value(&self) -> String {
        join([
            &self.post_box,
            &self.extended,
            &self.street,
            &self.locality,
            &self.region,
            &self.postal_code,
            &self.country,
        ])
    }
}

/// A part may be a list; its entries are shown as one text.
pub(super) fn parts(value: &str) -> impl Iterator<Item = String> {
    split_values(value, ';').map(|part| {
        split_values(part, ',')
            .map(unescape_text)
            .collect::<Vec<_>>()
            .join(",")
    })
}

fn join<const N: usize>(parts: [&String; N]) -> String {
    parts.map(|part| escape_text(part)).join(";")
}
