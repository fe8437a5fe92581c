//! Smaller parts of events and tasks.

use crate::format::{Property, RawComponent, When};

super::known_values! {
    /// Who may see it (RFC 5545, section 3.8.1.3).
    Class {
        /// Everybody who may see the calendar.
        Public = "PUBLIC",
        /// The owner.
        Private = "PRIVATE",
        /// Those who are told.
        Confidential = "CONFIDENTIAL",
    }
}

super::known_values! {
    /// Whether it takes up time (RFC 5545, section 3.8.2.7).
    Transparency {
        /// It does.
        Opaque = "OPAQUE",
        /// It does not.
        Transparent = "TRANSPARENT",
    }
}

/// Something attached: a link, or content within the calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attachment {
    /// The link; none if the content is in the calendar itself.
    pub uri: Option<String>,
    /// Its media type.
    pub media_type: Option<String>,
    /// Its name, where a server gives one (RFC 8607).
    pub file_name: Option<String>,
    /// The length of content within the calendar, encoded.
    pub inline_bytes: usize,
}

impl Attachment {
    pub(crate) fn read(property: &Property) -> Self {
        let is_inline = property
            .parameter("VALUE")
            .is_some_and(|value| value.eq_ignore_ascii_case("BINARY"));
        Self {
            uri: (!is_inline).then(|| property.value().to_owned()),
            media_type: property.parameter("FMTTYPE").map(str::to_owned),
            file_name: property.parameter("FILENAME").map(str::to_owned),
            inline_bytes: if is_inline { property.value().len() } else { 0 },
        }
    }
}

/// Where to meet by wire (RFC 7986, section 5.11).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conference {
    /// The link.
    pub uri: String,
    /// What it offers, such as `VIDEO`.
    pub features: Vec<String>,
    /// What to call it.
    pub label: Option<String>,
}

impl Conference {
    /// A video conference.
    pub fn video(uri: impl Into<String>) -> Self {
        Self {
            uri: uri.into(),
            features: vec!["AUDIO".to_owned(), "VIDEO".to_owned()],
            label: None,
        }
    }

    /// What to call it.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    pub(crate) fn read(property: &Property) -> Self {
        Self {
            uri: property.value().to_owned(),
            features: property
                .parameter_values("FEATURE")
                .map(str::to_ascii_uppercase)
                .collect(),
            label: property.parameter("LABEL").map(str::to_owned),
        }
    }

    pub(crate) fn property(&self) -> Property {
        let mut property = Property::new("CONFERENCE", &self.uri).with("VALUE", "URI");
        for feature in &self.features {
            property.add_value("FEATURE", feature);
        }
        property.set_parameter("LABEL", self.label.clone());
        property
    }
}

/// A relation to another object (RFC 5545, section 3.8.4.5).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Relation {
    /// The UID of the other.
    pub uid: String,
    /// What the other is: `PARENT` unless it says otherwise.
    pub kind: String,
}

impl Relation {
    /// A relation to what this is a part of.
    pub fn parent(uid: impl Into<String>) -> Self {
        Self {
            uid: uid.into(),
            kind: "PARENT".to_owned(),
        }
    }

    pub(crate) fn read(property: &Property) -> Self {
        let kind = property
            .parameter("RELTYPE")
            .unwrap_or("PARENT")
            .to_ascii_uppercase();
        Self {
            uid: property.as_text(),
            kind,
        }
    }

    pub(crate) fn property(&self) -> Property {
        Property::text("RELATED-TO", &self.uid).with("RELTYPE", self.kind.clone())
    }
}

/// A property that is a moment.
pub(crate) fn moment(
    component: &RawComponent,
    name: &str,
) -> Option<chrono::DateTime<chrono::Utc>> {
    match When::of(component.property(name)?)? {
        When::Utc(at) => Some(at),
        // These are UTC by definition; some programs forget the Z.
        other => Some(other.local().and_utc()),
    }
}

pub(crate) fn number<T: std::str::FromStr>(component: &RawComponent, name: &str) -> Option<T> {
    component.value(name)?.parse().ok()
}

/// All lists of a name in one.
pub(crate) fn texts(component: &RawComponent, name: &str) -> Vec<String> {
    component
        .properties_named(name)
        .flat_map(Property::as_list)
        .collect()
}
