//! Reminders (RFC 5545, section 3.6.6).

use chrono::{DateTime, Utc};

use crate::format::{Property, RawComponent, Span, When};

/// When a reminder comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Before the start if negative, else after it.
    FromStart(Span),
    /// Before the end if negative, else after it.
    FromEnd(Span),
    /// At a moment.
    At(DateTime<Utc>),
}

/// A reminder. On an edit, those that are kept survive with everything in them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Alarm {
    /// `DISPLAY`, `AUDIO`, `EMAIL` or another action, in upper case.
    pub action: String,
    /// When it comes; none if that is not understood.
    pub trigger: Option<Trigger>,
    /// What it says.
    pub description: Option<String>,
    source: Option<RawComponent>,
}

impl Alarm {
    /// A message so many minutes before the start.
    pub fn display(minutes_before: i64, description: impl Into<String>) -> Self {
        Self {
            action: "DISPLAY".to_owned(),
            trigger: Some(Trigger::FromStart(Span::minutes(
                minutes_before.saturating_neg(),
            ))),
            description: Some(description.into()),
            source: None,
        }
    }

    pub(crate) fn read(component: &RawComponent) -> Self {
        Self {
            action: component
                .value("ACTION")
                .unwrap_or("DISPLAY")
                .to_ascii_uppercase(),
            trigger: component.property("TRIGGER").and_then(trigger),
            description: component.text("DESCRIPTION"),
            source: Some(component.clone()),
        }
    }

    pub(crate) fn component(&self) -> RawComponent {
        if let Some(source) = &self.source
            && Self::read(source) == *self
        {
            return source.clone();
        }
        let mut component = self
            .source
            .clone()
            .unwrap_or_else(|| RawComponent::new("VALARM"));
        component.set(Property::text("ACTION", &self.action));
        match &self.trigger {
            Some(Trigger::FromStart(span)) => {
                component.set(Property::new("TRIGGER", &span.to_string()));
            }
            Some(Trigger::FromEnd(span)) => {
                component.set(Property::new("TRIGGER", &span.to_string()).with("RELATED", "END"));
            }
            Some(Trigger::At(at)) => component.set(
                When::Utc(*at)
                    .property("TRIGGER")
                    .with("VALUE", "DATE-TIME"),
            ),
            None => {}
        }
        if let Some(text) = &self.description {
            component.set(Property::text("DESCRIPTION", text));
        }
        component
    }
}

fn trigger(property: &Property) -> Option<Trigger> {
    if let Ok(span) = property.value().parse::<Span>() {
        let is_end = property
            .parameter("RELATED")
            .is_some_and(|related| related.eq_ignore_ascii_case("END"));
        return Some(if is_end {
            Trigger::FromEnd(span)
        } else {
            Trigger::FromStart(span)
        });
    }
    match When::of(property)? {
        When::Utc(at) => Some(Trigger::At(at)),
        _ => None,
    }
}
