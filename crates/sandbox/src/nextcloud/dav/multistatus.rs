//! The body of a 207 answer (RFC 4918, section 13).

use std::{borrow::Cow, fmt::Write as _};

use super::xml::{
    APPLE, CALDAV, CALENDAR_SERVER, CARDDAV, DAV, Element, NEXTCLOUD, OWNCLOUD, escape,
};
use crate::http::Answer;

/// A property with its value as XML.
pub(super) struct Property {
    namespace: Cow<'static, str>,
    name: Cow<'static, str>,
    value: String,
}

impl Property {
    /// A value that is text.
    pub(super) fn text(
        namespace: impl Into<Cow<'static, str>>,
        name: impl Into<Cow<'static, str>>,
        value: impl AsRef<str>,
    ) -> Self {
        Self::xml(namespace, name, escape(value.as_ref()))
    }

    /// A value that is XML already, with the prefixes of the document.
    pub(super) fn xml(
        namespace: impl Into<Cow<'static, str>>,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<String>,
    ) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
            value: value.into(),
        }
    }
}

/// Which properties a client asked for.
pub(super) enum Wanted {
    /// All, except those that cost much.
    All,
    /// Namespace and name of each.
    These(Vec<(String, String)>),
}

impl Wanted {
    /// From the element that holds `d:prop`, or none.
    pub(super) fn of(parent: Option<&Element>) -> Self {
        let Some(prop) = parent.and_then(|parent| parent.child(DAV, "prop")) else {
            return Self::All;
        };
        let names = prop.children.iter();
        Self::These(
            names
                .map(|one| (one.namespace.clone(), one.name.clone()))
                .collect(),
        )
    }

    /// Whether a costly property is asked for by name.
    pub(super) fn names(&self, namespace: &str, name: &str) -> bool {
        match self {
            Self::All => false,
            Self::These(names) => names
                .iter()
                .any(|(one, two)| one == namespace && two == name),
        }
    }
}

/// A growing answer.
pub(super) struct Multistatus(String);

impl Multistatus {
    pub(super) fn new() -> Self {
        Self(format!(
            "<?xml version=\"1.0\"?>\n<d:multistatus xmlns:d=\"{DAV}\" xmlns:s=\"http://sabredav.org/ns\" \
             xmlns:oc=\"{OWNCLOUD}\" xmlns:nc=\"{NEXTCLOUD}\" xmlns:cal=\"{CALDAV}\" xmlns:card=\"{CARDDAV}\" \
             xmlns:cs=\"{CALENDAR_SERVER}\" xmlns:x1=\"{APPLE}\">"
        ))
    }

    /// A resource: what it has of the wanted, and what it lacks under 404.
    pub(super) fn add(&mut self, href: &str, properties: &[Property], wanted: &Wanted) {
        let mut found = String::new();
        let mut missing = String::new();
        match wanted {
            Wanted::All => properties.iter().for_each(|one| render(&mut found, one)),
            Wanted::These(names) => {
                for (namespace, name) in names {
                    let property = properties
                        .iter()
                        .find(|one| one.namespace == *namespace && one.name == *name);
                    match property {
                        Some(property) => render(&mut found, property),
                        None => unknown(&mut missing, namespace, name),
                    }
                }
            }
        }
        self.0.push_str("<d:response><d:href>");
        self.0.push_str(&escape(href));
        self.0.push_str("</d:href>");
        for (properties, status) in [(found, "200 OK"), (missing, "404 Not Found")] {
            if !properties.is_empty() || (status == "200 OK" && matches!(wanted, Wanted::All)) {
                self.propstat(&properties, status);
            }
        }
        self.0.push_str("</d:response>");
    }

    /// A resource that is not there, or is there no longer.
    pub(super) fn add_missing(&mut self, href: &str) {
        self.0.push_str("<d:response><d:href>");
        self.0.push_str(&escape(href));
        self.0
            .push_str("</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>");
    }

    pub(super) fn sync_token(&mut self, token: &str) {
        self.0.push_str("<d:sync-token>");
        self.0.push_str(&escape(token));
        self.0.push_str("</d:sync-token>");
    }

    pub(super) fn into_answer(mut self) -> Answer {
        self.0.push_str("</d:multistatus>\n");
        Answer::xml(207, self.0)
    }

    fn propstat(&mut self, properties: &str, status: &str) {
        self.0.push_str("<d:propstat><d:prop>");
        self.0.push_str(properties);
        self.0.push_str("</d:prop><d:status>HTTP/1.1 ");
        self.0.push_str(status);
        self.0.push_str("</d:status></d:propstat>");
    }
}

fn prefix(namespace: &str) -> Option<&'static str> {
    [
        (DAV, "d"),
        (OWNCLOUD, "oc"),
        (NEXTCLOUD, "nc"),
        (CALDAV, "cal"),
        (CARDDAV, "card"),
        (CALENDAR_SERVER, "cs"),
        (APPLE, "x1"),
    ]
    .into_iter()
    .find_map(|(known, prefix)| (known == namespace).then_some(prefix))
}

fn render(xml: &mut String, property: &Property) {
    let Some(prefix) = prefix(&property.namespace) else {
        // One of a client's own.
        let (name, namespace) = (&property.name, escape(&property.namespace));
        let value = &property.value;
        // Writing to a text does not fail.
        let _ = write!(
            xml,
            "<x9:{name} xmlns:x9=\"{namespace}\">{value}</x9:{name}>"
        );
        return;
    };
    let (name, value) = (property.name.as_ref(), &property.value);
    if value.is_empty() {
        xml.extend(["<", prefix, ":", name, "/>"]);
    } else {
        xml.extend([
            "<", prefix, ":", name, ">", value, "</", prefix, ":", name, ">",
        ]);
    }
}

/// Sabre declares a prefix on the spot for namespaces it does not know.
fn unknown(xml: &mut String, namespace: &str, name: &str) {
    match prefix(namespace) {
        Some(prefix) => xml.extend(["<", prefix, ":", name, "/>"]),
        None => xml.extend(["<x9:", name, " xmlns:x9=\"", &escape(namespace), "\"/>"]),
    }
}
