//! Invitations (iTIP: RFC 5546; on a server that knows scheduling: RFC 6638).
//!
//! A server that knows scheduling sends messages itself when an object with an organizer and attendees is written,
//! unless [`ScheduleAgent::Client`](super::ScheduleAgent::Client) says otherwise. The messages made here are for mail.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::attendee::same_address;
use super::details::number;
use super::patch::{count_up, stamp};
use super::{Attendee, EditError, ICalendar, Participation};
use crate::format::{Property, RawComponent, When};

super::known_values! {
    /// What a message wants.
    Method {
        /// It tells only.
        Publish = "PUBLISH",
        /// It invites.
        Request = "REQUEST",
        /// It answers an invitation.
        Reply = "REPLY",
        /// It adds an instance.
        Add = "ADD",
        /// It takes an invitation back.
        Cancel = "CANCEL",
        /// It asks for the invitation again.
        Refresh = "REFRESH",
        /// It proposes something else.
        Counter = "COUNTER",
        /// It turns down a proposal.
        DeclineCounter = "DECLINECOUNTER",
    }
}

/// Parameters between a client and its server, which no message carries (RFC 6638, section 7).
const SCHEDULING: [&str; 3] = ["SCHEDULE-AGENT", "SCHEDULE-STATUS", "SCHEDULE-FORCE-SEND"];
/// What an answer repeats of the invitation (RFC 5546, section 3.2.3).
const REPLY: [&str; 10] = [
    "UID",
    "DTSTAMP",
    "ORGANIZER",
    "RECURRENCE-ID",
    "SEQUENCE",
    "DTSTART",
    "DTEND",
    "DURATION",
    "SUMMARY",
    "COMMENT",
];

impl ICalendar {
    /// What a message wants; none for an object in a calendar.
    #[must_use]
    pub fn method(&self) -> Option<Method> {
        self.root.value("METHOD").map(Method::parse)
    }

    /// The object of a message, as it goes into a calendar.
    #[must_use]
    pub fn without_method(&self) -> Self {
        let mut object = self.clone();
        object.root.remove("METHOD");
        object
    }

    /// The invitation to all attendees.
    #[must_use]
    pub fn request(&self, now: DateTime<Utc>) -> Self {
        self.message(&Method::Request, now)
    }

    /// Takes the whole invitation back.
    #[must_use]
    pub fn cancellation(&self, now: DateTime<Utc>) -> Self {
        let mut message = self.message(&Method::Cancel, now);
        for object in message.objects_mut() {
            object.set(Property::new("STATUS", "CANCELLED"));
            count_up(object);
        }
        message
    }

    /// Takes the invitation to one instance back.
    ///
    /// # Errors
    /// [`EditError::NoSuchInstance`] if the series has none there.
    pub fn instance_cancellation(
        &self,
        id: &When,
        floating: Tz,
        now: DateTime<Utc>,
    ) -> Result<Self, EditError> {
        let mut source = self.clone();
        let instance = source.instance_mut(id, floating)?.clone();
        source.root.children_mut().retain(|one| one.is("VTIMEZONE"));
        source.root.children_mut().push(instance);
        Ok(source.cancellation(now))
    }

    /// Records the answer of an attendee in their own copy: of one instance, or of everything. A server that knows
    /// scheduling tells the organizer; otherwise see [`ICalendar::reply`].
    ///
    /// # Errors
    /// [`EditError::NotInvited`] if the address is not among the attendees.
    pub fn respond(
        &mut self,
        address: &str,
        answer: &Participation,
        id: Option<&When>,
        floating: Tz,
        now: DateTime<Utc>,
    ) -> Result<(), EditError> {
        let is_known = |object: &RawComponent| {
            object
                .properties_named("ATTENDEE")
                .any(|one| same_address(one.value(), address))
        };
        if !self.objects().any(is_known) {
            return Err(EditError::NotInvited);
        }
        let answer_in = |object: &mut RawComponent| {
            for property in object
                .properties_mut()
                .filter(|one| one.name() == "ATTENDEE" && same_address(one.value(), address))
            {
                property.set_parameter("PARTSTAT", Some(answer.as_str().to_owned()));
                property.set_parameter("RSVP", None);
            }
            stamp(object, now);
        };
        match id {
            Some(id) => answer_in(self.instance_mut(id, floating)?),
            None => self.objects_mut().for_each(answer_in),
        }
        Ok(())
    }

    /// The answer of an attendee to the organizer, from their copy.
    ///
    /// # Errors
    /// [`EditError::NotInvited`] if the address is not among the attendees.
    pub fn reply(&self, address: &str, now: DateTime<Utc>) -> Result<Self, EditError> {
        let mut message = self.message(&Method::Reply, now);
        message.root.children_mut().retain(|one| {
            one.is("VTIMEZONE")
                || one
                    .properties_named("ATTENDEE")
                    .any(|who| same_address(who.value(), address))
        });
        if message.objects().next().is_none() {
            return Err(EditError::NotInvited);
        }
        for object in message.objects_mut() {
            object.retain(|property| match property.name() {
                "ATTENDEE" => same_address(property.value(), address),
                name => REPLY.contains(&name),
            });
            object.push(Property::new("REQUEST-STATUS", "2.0;Success"));
        }
        Ok(message)
    }

    /// Takes an answer into the organizer's object: who answered, and what, for each instance. Answers to an older
    /// version do not count (RFC 5546, section 2.1.5). Tells whether something changed.
    ///
    /// # Errors
    /// If the message is no answer to this object.
    pub fn apply_reply(&mut self, message: &Self, floating: Tz) -> Result<bool, EditError> {
        if message.method() != Some(Method::Reply) || message.uid() != self.uid() {
            return Err(EditError::Missing);
        }
        let mut is_changed = false;
        for answer in message.objects() {
            let id = answer.property("RECURRENCE-ID").and_then(When::of);
            let Some(who) = answer.property("ATTENDEE").map(Attendee::read) else {
                continue;
            };
            let object = match &id {
                Some(id) => self.instance_mut(id, floating)?,
                None => self
                    .objects_mut()
                    .find(|one| one.property("RECURRENCE-ID").is_none())
                    .ok_or(EditError::Missing)?,
            };
            let (ours, theirs): (u32, u32) = (
                number(object, "SEQUENCE").unwrap_or(0),
                number(answer, "SEQUENCE").unwrap_or(0),
            );
            if theirs < ours {
                continue;
            }
            let named = object
                .properties_mut()
                .filter(|one| one.name() == "ATTENDEE" && who.is(one.value()));
            for property in named {
                is_changed |= property.parameter("PARTSTAT") != Some(who.participation.as_str());
                property.set_parameter("PARTSTAT", Some(who.participation.as_str().to_owned()));
            }
        }
        Ok(is_changed)
    }

    fn message(&self, method: &Method, now: DateTime<Utc>) -> Self {
        let mut message = self.clone();
        message.root.set(Property::new("METHOD", method.as_str()));
        message.stamp(now);
        for object in message.objects_mut() {
            // What reminds me is nobody else's concern.
            object.children_mut().retain(|child| !child.is("VALARM"));
            for property in object
                .properties_mut()
                .filter(|one| matches!(one.name(), "ATTENDEE" | "ORGANIZER"))
            {
                for name in SCHEDULING {
                    if property.parameter(name).is_some() {
                        property.set_parameter(name, None);
                    }
                }
            }
        }
        message
    }
}
