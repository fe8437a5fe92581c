//! Calendars.

use std::fmt::Write as _;

use bheem_webdav::{DAV, DavPath, Element, Name, PropertyResponse, escape};

use crate::{APPLE, CALDAV, CALENDAR_SERVER};

const RESOURCE_TYPE: Name = Name::new(DAV, "resourcetype");
const DISPLAY_NAME: Name = Name::new(DAV, "displayname");
const SYNC_TOKEN: Name = Name::new(DAV, "sync-token");
const OWNER: Name = Name::new(DAV, "owner");
const CTAG: Name = Name::new(CALENDAR_SERVER, "getctag");
const COLOR: Name = Name::new(APPLE, "calendar-color");
const COMPONENTS: Name = Name::new(CALDAV, "supported-calendar-component-set");

pub(crate) const PROPERTIES: [Name; 7] = [
    RESOURCE_TYPE,
    DISPLAY_NAME,
    SYNC_TOKEN,
    OWNER,
    CTAG,
    COLOR,
    COMPONENTS,
];

/// A kind of calendar object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Component {
    /// `VEVENT`
    Event,
    /// `VTODO`
    Todo,
    /// `VJOURNAL`
    Journal,
    /// Another one.
    Other(String),
}

impl Component {
    fn as_str(&self) -> &str {
        match self {
            Self::Event => "VEVENT",
            Self::Todo => "VTODO",
            Self::Journal => "VJOURNAL",
            Self::Other(name) => name,
        }
    }

    fn parse(name: &str) -> Self {
        match name {
            "VEVENT" => Self::Event,
            "VTODO" => Self::Todo,
            "VJOURNAL" => Self::Journal,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// A calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Calendar {
    /// Where it is.
    pub path: DavPath,
    /// Its name in the home.
    pub slug: String,
    /// Its name for people.
    pub display_name: Option<String>,
    /// Its colour, such as `#0082C9`.
    pub color: Option<String>,
    /// What it can hold; empty if the server does not tell.
    pub components: Vec<Component>,
    /// Changes when anything in it does.
    pub ctag: Option<String>,
    /// Where a sync can begin (RFC 6578).
    pub sync_token: Option<String>,
    /// The path of its owner's principal.
    pub owner: Option<String>,
}

impl Calendar {
    /// The calendar a response describes, if it describes one: inboxes, outboxes and trash bins have other types,
    /// and a subscription is `cs:subscribed`.
    pub(crate) fn read(response: PropertyResponse) -> Option<Self> {
        let kind = response.property(RESOURCE_TYPE)?;
        kind.child(Name::new(CALDAV, "calendar"))?;
        let text = |name| response.text(name).map(str::to_owned);
        let components = response
            .property(COMPONENTS)
            .map(components)
            .unwrap_or_default();
        Some(Self {
            slug: response.path.name()?,
            display_name: text(DISPLAY_NAME),
            color: text(COLOR),
            components,
            ctag: text(CTAG),
            sync_token: text(SYNC_TOKEN),
            owner: response.href(OWNER).map(str::to_owned),
            path: response.path,
        })
    }
}

fn components(set: &Element) -> Vec<Component> {
    let entries = set.children_named(Name::new(CALDAV, "comp"));
    entries
        .filter_map(|entry| entry.attribute("name").map(Component::parse))
        .collect()
}

/// A calendar to create.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreateCalendar {
    pub(crate) slug: String,
    display_name: Option<String>,
    color: Option<String>,
    components: Vec<Component>,
}

impl CreateCalendar {
    /// A calendar for events, at this name in the home.
    pub fn new(slug: impl Into<String>) -> Self {
        Self {
            slug: slug.into(),
            display_name: None,
            color: None,
            components: vec![Component::Event],
        }
    }

    /// Its name for people.
    #[must_use]
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.display_name = Some(name.into());
        self
    }

    /// Its colour, such as `#0082C9`.
    #[must_use]
    pub fn color(mut self, color: impl Into<String>) -> Self {
        self.color = Some(color.into());
        self
    }

    /// What it can hold instead of events only. This cannot be changed later.
    #[must_use]
    pub fn components(mut self, components: impl IntoIterator<Item = Component>) -> Self {
        self.components = components.into_iter().collect();
        self
    }

    /// The body of MKCALENDAR (RFC 4791, section 5.3.1).
    pub(crate) fn body(&self) -> String {
        let mut body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
             <c:mkcalendar xmlns:c=\"{CALDAV}\" xmlns:d=\"{DAV}\" xmlns:a=\"{APPLE}\"><d:set><d:prop>"
        );
        // Writing to a string cannot fail.
        if let Some(name) = &self.display_name {
            let _infallible = write!(body, "<d:displayname>{}</d:displayname>", escape(name));
        }
        if let Some(color) = &self.color {
            let _infallible = write!(
                body,
                "<a:calendar-color>{}</a:calendar-color>",
                escape(color)
            );
        }
        if !self.components.is_empty() {
            body.push_str("<c:supported-calendar-component-set>");
            for component in &self.components {
                let _infallible = write!(body, "<c:comp name=\"{}\"/>", escape(component.as_str()));
            }
            body.push_str("</c:supported-calendar-component-set>");
        }
        body.push_str("</d:prop></d:set></c:mkcalendar>");
        body
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_name_and_colour_become_well_formed_xml(name in "\\PC{1,40}", color in "\\PC{1,10}") {
            let calendar = CreateCalendar::new("x").display_name(&name).color(&color).components([Component::Todo]);
            let root = bheem_webdav::parse(calendar.body().as_bytes()).unwrap();
            prop_assert!(root.is(Name::new(CALDAV, "mkcalendar")));
            let prop = root.child(Name::new(DAV, "set")).unwrap().child(Name::new(DAV, "prop")).unwrap();
            prop_assert_eq!(&prop.child(DISPLAY_NAME).unwrap().text, &name);
            prop_assert_eq!(&prop.child(COLOR).unwrap().text, &color);
            prop_assert_eq!(components(prop.child(COMPONENTS).unwrap()), vec![Component::Todo]);
        }
    }
}
