//! Events that stand for single instances of a series, or for one and all that follow.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::Zones;
use crate::event::Event;
use crate::format::When;

/// Of several versions of one thing those that count (RFC 5546, section 2.1.5): the newest, and what differs from it
/// though it is of the same version. In their order.
pub(super) fn newest(versions: Vec<&Event>) -> impl Iterator<Item = &Event> {
    let last = versions.iter().map(|one| one.revision()).max();
    let mut kept: Vec<&Event> = Vec::new();
    for one in versions {
        if Some(one.revision()) == last && !kept.contains(&one) {
            kept.push(one);
        }
    }
    kept.into_iter()
}

/// Overrides by the moment of the instance they replace.
pub(super) struct Overrides {
    by_key: BTreeMap<DateTime<Utc>, Arc<Event>>,
    following: BTreeMap<DateTime<Utc>, Following>,
}

/// An override that also stands for what follows.
pub(super) struct Following {
    pub(super) event: Arc<Event>,
    /// A time on the clock that the series goes by from there on.
    clock: When,
    /// How far instances are moved on that clock.
    shift: TimeDelta,
}

impl Following {
    fn new(event: &Arc<Event>, id: &When, master: Option<&Event>, zones: &Zones) -> Self {
        let start = event.begins().unwrap_or(id);
        // Where the override tells a moment only, the series keeps its own clock.
        let master = master.and_then(|master| master.start.as_ref());
        let clock = match (start, master) {
            (When::Utc(_), Some(master)) => master,
            (start, _) => start,
        };
        let local = |when| zones.on_clock_of(when, clock).local();
        Self {
            event: Arc::clone(event),
            shift: local(start) - local(id),
            clock: clock.clone(),
        }
    }

    /// When the instance begins that the series itself would have at `id`.
    pub(super) fn start(&self, id: &When, zones: &Zones) -> When {
        let local = zones.on_clock_of(id, &self.clock).local();
        let local = local.checked_add_signed(self.shift).unwrap_or(local);
        match self.event.begins() {
            Some(When::Utc(_)) if !matches!(self.clock, When::Utc(_)) => {
                When::Utc(zones.moment(&self.clock.at(local)))
            }
            Some(start) => start.at(local),
            None => id.clone(),
        }
    }
}

impl Overrides {
    pub(super) fn new(overrides: &[&Event], master: Option<&Event>, zones: &Zones) -> Self {
        let mut versions: BTreeMap<DateTime<Utc>, Vec<&Event>> = BTreeMap::new();
        for event in overrides {
            if let Some(id) = &event.recurrence_id {
                let key = super::occurrences::identified(id, master, zones);
                versions.entry(key).or_default().push(event);
            }
        }
        let (mut by_key, mut following) = (BTreeMap::new(), BTreeMap::new());
        for (key, versions) in versions {
            let Some(event) = newest(versions).last() else {
                continue;
            };
            let event = Arc::new(with_length(event, master, zones));
            if event.is_this_and_future
                && let Some(id) = &event.recurrence_id
            {
                following.insert(key, Following::new(&event, id, master, zones));
            }
            by_key.insert(key, event);
        }
        Self { by_key, following }
    }

    pub(super) fn has(&self, key: DateTime<Utc>) -> bool {
        self.by_key.contains_key(&key)
    }

    pub(super) fn singles(&self) -> impl Iterator<Item = (&DateTime<Utc>, &Arc<Event>)> {
        self.by_key.iter()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Event>> {
        self.by_key.values()
    }

    /// The override for a range that an instance is in.
    pub(super) fn following(&self, key: DateTime<Utc>) -> Option<&Following> {
        Some(self.following.range(..=key).next_back()?.1)
    }

    /// How far instances may be moved, and how long they may last.
    pub(super) fn reach(&self, zones: &Zones) -> TimeDelta {
        let reach = |one: &Following| one.shift.abs() + one.event.lasts(zones);
        self.following.values().map(reach).max().unwrap_or_default()
    }
}

/// What says nothing of its time is at the time of the instance, as long as that.
fn with_length(event: &Event, master: Option<&Event>, zones: &Zones) -> Event {
    let mut event = event.clone();
    if let (None, None, None, Some(master)) = (&event.start, &event.end, event.duration, master)
        && let Some(id) = event.recurrence_id.clone()
        && id.is_date() == master.start.as_ref().is_some_and(When::is_date)
    {
        event.end = Some(master.end_of(&id, zones).0);
    }
    event
}
