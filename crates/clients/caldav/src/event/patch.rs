//! Changes to an event.

use chrono::{DateTime, Utc};

use super::{Alarm, Attendee, Class, Conference, EventStatus, Relation, Transparency};
use crate::format::{Property, RawComponent, Span, When, utc_text};
use crate::recurrence::RecurrenceRule;

/// Changes to make to an event: what is not named stays as it is, unknown properties included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventPatch {
    pub(crate) changes: Vec<(&'static str, Vec<Property>)>,
    alarms: Option<Vec<Alarm>>,
    is_significant: bool,
}

impl EventPatch {
    /// No changes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn set(mut self, name: &'static str, properties: Vec<Property>) -> Self {
        self.changes.retain(|(other, _)| *other != name);
        self.changes.push((name, properties));
        self
    }

    fn text(self, name: &'static str, text: Option<&str>) -> Self {
        let property = text
            .filter(|text| !text.is_empty())
            .map(|text| Property::text(name, text));
        self.set(name, property.into_iter().collect())
    }

    /// Changes that those invited must agree to again count up `SEQUENCE` (RFC 5546, section 2.1.4).
    fn significant(mut self) -> Self {
        self.is_significant = true;
        self
    }

    /// When it begins.
    #[must_use]
    pub fn start(self, start: &When) -> Self {
        self.significant()
            .set("DTSTART", vec![start.property("DTSTART")])
    }

    /// When it ends.
    #[must_use]
    pub fn end(self, end: &When) -> Self {
        self.significant()
            .set("DTEND", vec![end.property("DTEND")])
            .set("DURATION", Vec::new())
    }

    /// How long it lasts.
    #[must_use]
    pub fn duration(self, span: Span) -> Self {
        let duration = Property::new("DURATION", &span.to_string());
        self.significant()
            .set("DURATION", vec![duration])
            .set("DTEND", Vec::new())
    }

    /// What it is called; empty removes it, as everywhere here.
    #[must_use]
    pub fn summary(self, text: impl AsRef<str>) -> Self {
        self.text("SUMMARY", Some(text.as_ref()))
    }

    /// What it is about.
    #[must_use]
    pub fn description(self, text: impl AsRef<str>) -> Self {
        self.text("DESCRIPTION", Some(text.as_ref()))
    }

    /// Where it is.
    #[must_use]
    pub fn location(self, text: impl AsRef<str>) -> Self {
        self.text("LOCATION", Some(text.as_ref()))
    }

    /// A page about it.
    #[must_use]
    pub fn url(self, url: Option<&str>) -> Self {
        self.set(
            "URL",
            url.map(|url| Property::new("URL", url))
                .into_iter()
                .collect(),
        )
    }

    /// Whether it takes place.
    #[must_use]
    pub fn status(self, status: &EventStatus) -> Self {
        self.text("STATUS", Some(status.as_str()))
    }

    /// Whether it takes up time.
    #[must_use]
    pub fn transparency(self, transparency: &Transparency) -> Self {
        self.text("TRANSP", Some(transparency.as_str()))
    }

    /// Who may see it.
    #[must_use]
    pub fn class(self, class: &Class) -> Self {
        self.text("CLASS", Some(class.as_str()))
    }

    /// 1 is the highest, 9 the lowest, 0 none.
    #[must_use]
    pub fn priority(self, priority: u8) -> Self {
        let property = Property::new("PRIORITY", &priority.min(9).to_string());
        self.set(
            "PRIORITY",
            if priority == 0 {
                Vec::new()
            } else {
                vec![property]
            },
        )
    }

    /// What it belongs to.
    #[must_use]
    pub fn categories<T: AsRef<str>>(self, names: &[T]) -> Self {
        self.set("CATEGORIES", categories(names))
    }

    /// Who invites.
    #[must_use]
    pub fn organizer(self, organizer: Option<&Attendee>) -> Self {
        self.set(
            "ORGANIZER",
            organizer.map(Attendee::organizer).into_iter().collect(),
        )
    }

    /// Who is invited, all of them.
    #[must_use]
    pub fn attendees(self, attendees: &[Attendee]) -> Self {
        self.set(
            "ATTENDEE",
            attendees.iter().map(Attendee::attendee).collect(),
        )
    }

    /// How it recurs; none for once only.
    #[must_use]
    pub fn rule(self, rule: Option<&RecurrenceRule>) -> Self {
        let rule = rule.map(|rule| Property::new("RRULE", &rule.to_string()));
        self.significant().set("RRULE", rule.into_iter().collect())
    }

    /// Further dates of the series.
    #[must_use]
    pub fn recurrence_dates(self, dates: &[When]) -> Self {
        self.significant().set(
            "RDATE",
            dates.iter().map(|date| date.property("RDATE")).collect(),
        )
    }

    /// Dates that are not in the series.
    #[must_use]
    pub fn excluded_dates(self, dates: &[When]) -> Self {
        self.significant().set(
            "EXDATE",
            dates.iter().map(|date| date.property("EXDATE")).collect(),
        )
    }

    /// Where to meet by wire.
    #[must_use]
    pub fn conferences(self, conferences: &[Conference]) -> Self {
        self.set(
            "CONFERENCE",
            conferences.iter().map(Conference::property).collect(),
        )
    }

    /// Other objects it has to do with.
    #[must_use]
    pub fn related_to(self, relations: &[Relation]) -> Self {
        self.set(
            "RELATED-TO",
            relations.iter().map(Relation::property).collect(),
        )
    }

    /// Links to what is attached, all of them. Content within the calendar is removed.
    #[must_use]
    pub fn attachments<T: AsRef<str>>(self, uris: &[T]) -> Self {
        self.set(
            "ATTACH",
            uris.iter()
                .map(|uri| Property::new("ATTACH", uri.as_ref()))
                .collect(),
        )
    }

    /// What reminds of it, all of it.
    #[must_use]
    pub fn alarms(mut self, alarms: &[Alarm]) -> Self {
        self.alarms = Some(alarms.to_vec());
        self
    }

    /// Makes the changes.
    pub(crate) fn apply(&self, component: &mut RawComponent, now: DateTime<Utc>) {
        for (name, properties) in &self.changes {
            component.replace(name, properties.iter().cloned());
        }
        if let Some(alarms) = &self.alarms {
            component.children_mut().retain(|child| !child.is("VALARM"));
            component
                .children_mut()
                .extend(alarms.iter().map(Alarm::component));
        }
        stamp(component, now);
        if self.is_significant {
            count_up(component);
        }
    }

    /// The zones its times name.
    pub(crate) fn zones(&self) -> impl Iterator<Item = &str> {
        let properties = self.changes.iter().flat_map(|(_, properties)| properties);
        properties.filter_map(|property| property.parameter("TZID"))
    }
}

pub(crate) fn categories<T: AsRef<str>>(names: &[T]) -> Vec<Property> {
    let escaped: Vec<String> = names
        .iter()
        .map(|name| crate::format::escape_text(name.as_ref()))
        .collect();
    if escaped.is_empty() {
        Vec::new()
    } else {
        vec![Property::new("CATEGORIES", &escaped.join(","))]
    }
}

/// Says when this version was written.
pub(crate) fn stamp(component: &mut RawComponent, now: DateTime<Utc>) {
    component.set(Property::new("DTSTAMP", &utc_text(now)));
    component.set(Property::new("LAST-MODIFIED", &utc_text(now)));
}

pub(crate) fn count_up(component: &mut RawComponent) {
    let sequence: u32 = super::details::number(component, "SEQUENCE").unwrap_or(0);
    component.set(Property::new(
        "SEQUENCE",
        &sequence.saturating_add(1).to_string(),
    ));
}
