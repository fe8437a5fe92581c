//! Invitations to meetings.

use serde::Serialize;

/// An invitation to a meeting.
#[derive(Clone, Serialize)]
#[non_exhaustive]
pub struct MeetingInvite {
    to: String,
    meeting_title: String,
    meeting_time: String,
    meeting_url: String,
    host_name: String,
    attendees: Vec<String>,
}

impl MeetingInvite {
    /// An invitation; the time is text as the recipient shall read it.
    pub fn new(
        to: impl Into<String>,
        title: impl Into<String>,
        time: impl Into<String>,
        url: impl Into<String>,
        host_name: impl Into<String>,
    ) -> Self {
        Self {
            to: to.into(),
            meeting_title: title.into(),
            meeting_time: time.into(),
            meeting_url: url.into(),
            host_name: host_name.into(),
            attendees: Vec::new(),
        }
    }

    /// Names who else is invited.
    #[must_use]
    pub fn attendees<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.attendees = names.into_iter().map(Into::into).collect();
        self
    }
}

crate::opaque::opaque!(MeetingInvite);
