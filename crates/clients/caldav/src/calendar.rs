//! Calendars, as a server describes them.

use bheem_webdav::{DAV, DavPath, Element, Name, PropertyResponse};

use crate::client::hrefs;
use crate::{APPLE, CALDAV, CALENDAR_SERVER};

pub(crate) const RESOURCE_TYPE: Name = Name::new(DAV, "resourcetype");
pub(crate) const DISPLAY_NAME: Name = Name::new(DAV, "displayname");
pub(crate) const SYNC_TOKEN: Name = Name::new(DAV, "sync-token");
const OWNER: Name = Name::new(DAV, "owner");
const PRIVILEGES: Name = Name::new(DAV, "current-user-privilege-set");
const CURRENT_USER: Name = Name::new(DAV, "current-user-principal");
pub(crate) const CTAG: Name = Name::new(CALENDAR_SERVER, "getctag");
const SOURCE: Name = Name::new(CALENDAR_SERVER, "source");
pub(crate) const COLOR: Name = Name::new(APPLE, "calendar-color");
const ORDER: Name = Name::new(APPLE, "calendar-order");
pub(crate) const COMPONENTS: Name = Name::new(CALDAV, "supported-calendar-component-set");
const DESCRIPTION: Name = Name::new(CALDAV, "calendar-description");
const TIMEZONE: Name = Name::new(CALDAV, "calendar-timezone");
const MAX_SIZE: Name = Name::new(CALDAV, "max-resource-size");

pub(crate) const PROPERTIES: [Name; 14] = [
    RESOURCE_TYPE,
    DISPLAY_NAME,
    SYNC_TOKEN,
    OWNER,
    PRIVILEGES,
    CURRENT_USER,
    CTAG,
    SOURCE,
    COLOR,
    ORDER,
    COMPONENTS,
    DESCRIPTION,
    TIMEZONE,
    MAX_SIZE,
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
    /// The name of the standard.
    #[must_use]
    pub fn as_str(&self) -> &str {
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

/// What a user may do with a collection (RFC 3744, section 5.4), as far as the server tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Privileges(Vec<String>);

impl Privileges {
    /// The names of the privileges, without their namespaces.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// Whether one of these is granted. A server that tells nothing grants nothing away: then it must be tried.
    fn grants(&self, names: &[&str]) -> bool {
        self.0.is_empty() || self.0.iter().any(|name| names.contains(&name.as_str()))
    }

    /// May they change what is in it?
    #[must_use]
    pub fn can_write(&self) -> bool {
        self.grants(&["write", "write-content", "bind", "all"])
    }

    /// May they change its name and colour?
    #[must_use]
    pub fn can_write_properties(&self) -> bool {
        self.grants(&["write", "write-properties", "all"])
    }

    pub(crate) fn read(response: &PropertyResponse) -> Self {
        let set = response.property(PRIVILEGES).into_iter();
        let granted = set.flat_map(|set| set.children_named(Name::new(DAV, "privilege")));
        Self(
            granted
                .flat_map(|one| one.children.iter().map(|name| name.local.clone()))
                .collect(),
        )
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
    /// What it is for.
    pub description: Option<String>,
    /// Its colour, such as `#0082C9`.
    pub color: Option<String>,
    /// Its place among the others.
    pub order: Option<i64>,
    /// The name of its zone, if the server tells.
    pub timezone: Option<String>,
    /// What it can hold; empty if the server does not tell.
    pub components: Vec<Component>,
    /// Changes when anything in it does.
    pub ctag: Option<String>,
    /// Where a sync can begin (RFC 6578).
    pub sync_token: Option<String>,
    /// The path of its owner's principal.
    pub owner: Option<String>,
    /// It belongs to somebody else.
    pub is_shared: bool,
    /// Of a subscription, where it comes from.
    pub source: Option<String>,
    /// What we may do with it.
    pub privileges: Privileges,
    /// Larger objects are refused.
    pub max_object_bytes: Option<u64>,
}

/// What to look for in a home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Calendar,
    Subscription,
}

impl Wanted {
    fn name(self) -> Name {
        match self {
            Self::Calendar => Name::new(CALDAV, "calendar"),
            Self::Subscription => Name::new(CALENDAR_SERVER, "subscribed"),
        }
    }
}

impl Calendar {
    /// The calendar a response describes, if it describes one: inboxes, outboxes and trash bins have other types,
    /// and a subscription is `cs:subscribed`. What was deleted stays listed on Nextcloud for a while.
    pub(crate) fn read(response: PropertyResponse, wanted: Wanted) -> Option<Self> {
        let kind = response.property(RESOURCE_TYPE)?;
        kind.child(wanted.name())?;
        let is_trash_bin = kind.children.iter().any(|one| one.local == "trash-bin");
        if is_trash_bin || crate::trash::is_deleted(&response) {
            return None;
        }
        let text = |name| response.text(name).map(str::to_owned);
        let source = hrefs(response.property(SOURCE)).next().map(str::to_owned);
        let owner = response.href(OWNER).map(str::to_owned);
        let us = response.href(CURRENT_USER);
        let is_shared = matches!((&owner, us), (Some(owner), Some(us)) if owner.trim_end_matches('/') != us.trim_end_matches('/'));
        Some(Self {
            slug: response.path.name()?,
            display_name: text(DISPLAY_NAME),
            description: text(DESCRIPTION),
            color: text(COLOR),
            order: response.text(ORDER).and_then(|text| text.parse().ok()),
            timezone: response.text(TIMEZONE).and_then(zone_name),
            components: response
                .property(COMPONENTS)
                .map(components)
                .unwrap_or_default(),
            ctag: text(CTAG),
            sync_token: text(SYNC_TOKEN),
            owner,
            is_shared,
            source,
            privileges: Privileges::read(&response),
            max_object_bytes: response.text(MAX_SIZE).and_then(|text| text.parse().ok()),
            path: response.path,
        })
    }
}

/// The name in a calendar that defines a zone.
fn zone_name(text: &str) -> Option<String> {
    let calendar = crate::RawComponent::parse(text.as_bytes()).ok()?;
    calendar
        .children_named("VTIMEZONE")
        .find_map(|zone| zone.text("TZID"))
}

pub(crate) fn components(set: &Element) -> Vec<Component> {
    let entries = set.children_named(Name::new(CALDAV, "comp"));
    entries
        .filter_map(|entry| entry.attribute("name").map(Component::parse))
        .collect()
}
