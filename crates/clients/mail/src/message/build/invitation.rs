//! Invitations and answers to them, as parts of messages (iMIP, RFC 6047).

use mail_builder::{headers::content_type::ContentType, mime::MimePart};

use super::invalid;
use crate::Error;

/// What a calendar object is sent for (iTIP, RFC 5546, section 1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CalendarMethod {
    /// It is made known.
    Publish,
    /// Somebody is invited, or an invitation is changed.
    Request,
    /// An invitation is answered.
    Reply,
    /// Instances are added.
    Add,
    /// It does not take place.
    Cancel,
    /// The latest version is asked for.
    Refresh,
    /// Another time or place is proposed.
    Counter,
    /// Such a proposal is refused.
    DeclineCounter,
}

impl CalendarMethod {
    /// As iTIP writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "PUBLISH",
            Self::Request => "REQUEST",
            Self::Reply => "REPLY",
            Self::Add => "ADD",
            Self::Cancel => "CANCEL",
            Self::Refresh => "REFRESH",
            Self::Counter => "COUNTER",
            Self::DeclineCounter => "DECLINECOUNTER",
        }
    }
}

/// A calendar object and what it is sent for.
#[derive(Clone)]
pub(super) struct Invitation {
    pub(super) method: CalendarMethod,
    pub(super) object: String,
}

impl std::fmt::Debug for Invitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Invitation({}, {} bytes)",
            self.method.as_str(),
            self.object.len()
        )
    }
}

impl Invitation {
    /// The method of the part is that of the object (RFC 6047, section 2.4).
    pub(super) fn check(&self) -> Result<(), Error> {
        let mut lines = self.object.lines();
        let begins = lines
            .next()
            .is_some_and(|line| line.trim_end().eq_ignore_ascii_case("BEGIN:VCALENDAR"));
        if !begins || self.object.contains('\0') {
            return Err(invalid("that is not a calendar object"));
        }
        let method = lines.find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let name = name.split(';').next()?;
            name.eq_ignore_ascii_case("METHOD").then(|| value.trim())
        });
        if method.is_some_and(|method| method.eq_ignore_ascii_case(self.method.as_str())) {
            return Ok(());
        }
        Err(invalid("the calendar object has another method"))
    }

    /// Lines end as iCalendar has it (RFC 5545, section 3.1), whatever they ended with.
    pub(super) fn part(self) -> MimePart<'static> {
        let kind = ContentType::new("text/calendar")
            .attribute("charset", "utf-8")
            .attribute("method", self.method.as_str());
        let object: String = self
            .object
            .lines()
            .flat_map(|line| [line, "\r\n"])
            .collect();
        MimePart::new(kind, object)
    }
}
