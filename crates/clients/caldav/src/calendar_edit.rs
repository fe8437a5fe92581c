//! Making and changing calendars.

use std::fmt::Write as _;

use bheem_webdav::{DAV, escape};

use crate::event::ICalendar;
use crate::recurrence::vtimezone;
use crate::{APPLE, CALDAV, Component};

/// What can be said of a calendar when it is made, and be changed later.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CalendarProperties {
    display_name: Option<String>,
    description: Option<String>,
    color: Option<String>,
    order: Option<i64>,
    zone: Option<chrono_tz::Tz>,
}

impl CalendarProperties {
    /// Nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Its name for people.
    #[must_use]
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.display_name = Some(name.into());
        self
    }

    /// What it is for.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// Its colour, such as `#0082C9`.
    #[must_use]
    pub fn color(mut self, color: impl Into<String>) -> Self {
        self.color = Some(color.into());
        self
    }

    /// Its place among the others.
    #[must_use]
    pub fn order(mut self, order: i64) -> Self {
        self.order = Some(order);
        self
    }

    /// Its zone: floating times are meant there.
    #[must_use]
    pub fn timezone(mut self, zone: chrono_tz::Tz) -> Self {
        self.zone = Some(zone);
        self
    }

    fn xml(&self) -> String {
        let mut xml = String::new();
        let zone = self.zone.map(|zone| {
            let mut calendar = ICalendar::empty();
            calendar
                .raw_mut()
                .children_mut()
                .push(vtimezone(zone, chrono::NaiveDate::default()));
            calendar.to_string()
        });
        let order = self.order.map(|order| order.to_string());
        for (name, value) in [
            ("d:displayname", &self.display_name),
            ("c:calendar-description", &self.description),
            ("a:calendar-color", &self.color),
            ("a:calendar-order", &order),
            ("c:calendar-timezone", &zone),
        ] {
            if let Some(value) = value {
                // Writing to a string cannot fail.
                let _infallible = write!(xml, "<{name}>{}</{name}>", escape(value));
            }
        }
        xml
    }

    /// The body of PROPPATCH.
    pub(crate) fn patch_body(&self) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><d:propertyupdate xmlns:c=\"{CALDAV}\" xmlns:d=\"{DAV}\" xmlns:a=\"{APPLE}\">\
             <d:set><d:prop>{}</d:prop></d:set></d:propertyupdate>",
            self.xml()
        )
    }
}

/// A calendar to create.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreateCalendar {
    pub(crate) slug: String,
    properties: CalendarProperties,
    components: Vec<Component>,
}

impl CreateCalendar {
    /// A calendar for events, at this name in the home.
    pub fn new(slug: impl Into<String>) -> Self {
        Self {
            slug: slug.into(),
            properties: CalendarProperties::new(),
            components: vec![Component::Event],
        }
    }

    /// Its name for people.
    #[must_use]
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.properties.display_name = Some(name.into());
        self
    }

    /// Its colour, such as `#0082C9`.
    #[must_use]
    pub fn color(mut self, color: impl Into<String>) -> Self {
        self.properties.color = Some(color.into());
        self
    }

    /// All that can be said of it.
    #[must_use]
    pub fn properties(mut self, properties: CalendarProperties) -> Self {
        self.properties = properties;
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
             <c:mkcalendar xmlns:c=\"{CALDAV}\" xmlns:d=\"{DAV}\" xmlns:a=\"{APPLE}\"><d:set><d:prop>{}",
            self.properties.xml()
        );
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
    use bheem_webdav::Name;
    use proptest::prelude::*;

    use super::*;
    use crate::calendar::{COLOR, COMPONENTS, DISPLAY_NAME, components};

    proptest! {
        #[test]
        fn fuzz_any_name_and_colour_become_well_formed_xml(name in "\\PC{1,40}", color in "\\PC{1,10}") {
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
