//! Queries (RFC 4791, section 9.7; RFC 6352, section 10.5).

use std::fmt::Write as _;

use bheem_webdav::{DAV, escape};

use crate::format::utc_text;
use crate::{CALDAV, CARDDAV, Component, Window};

/// Which objects of a calendar to find.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CalendarQuery {
    component: Component,
    window: Option<Window>,
    uid: Option<String>,
    text: Option<(String, String)>,
}

impl CalendarQuery {
    /// All of a kind.
    #[must_use]
    pub fn new(component: Component) -> Self {
        Self {
            component,
            window: None,
            uid: None,
            text: None,
        }
    }

    /// Only what happens within a window.
    #[must_use]
    pub fn between(mut self, window: Window) -> Self {
        self.window = Some(window);
        self
    }

    /// Only what has this UID.
    #[must_use]
    pub fn uid(mut self, uid: impl Into<String>) -> Self {
        self.uid = Some(uid.into());
        self
    }

    /// Only where a property, such as `SUMMARY`, has this text in it, in letters of either case.
    #[must_use]
    pub fn text(mut self, property: impl Into<String>, text: impl Into<String>) -> Self {
        self.text = Some((property.into(), text.into()));
        self
    }

    pub(crate) fn body(&self) -> String {
        let mut filter = String::new();
        // Writing to a string cannot fail.
        if let Some(window) = self.window {
            let (start, end) = (utc_text(window.start), utc_text(window.end));
            let _infallible = write!(filter, "<c:time-range start=\"{start}\" end=\"{end}\"/>");
        }
        let matches = self.uid.iter().map(|uid| ("UID", uid, "i;octet"));
        let matches = matches.chain(
            self.text
                .iter()
                .map(|(name, text)| (name.as_str(), text, "i;ascii-casemap")),
        );
        for (name, text, collation) in matches {
            let _infallible = write!(
                filter,
                "<c:prop-filter name=\"{}\"><c:text-match collation=\"{collation}\">{}</c:text-match></c:prop-filter>",
                escape(name),
                escape(text)
            );
        }
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><c:calendar-query xmlns:c=\"{CALDAV}\" xmlns:d=\"{DAV}\"><d:prop><d:getetag/>\
             <c:calendar-data/></d:prop><c:filter><c:comp-filter name=\"VCALENDAR\"><c:comp-filter name=\"{}\">{filter}\
             </c:comp-filter></c:comp-filter></c:filter></c:calendar-query>",
            escape(self.component.as_str())
        )
    }
}

/// Which contacts to find: where any of the properties has the text in it.
pub(crate) fn card_query(
    properties: &[&str],
    text: Option<&str>,
    collation: &str,
    limit: Option<usize>,
) -> String {
    let filters = properties.iter().map(|name| match text {
        Some(text) => format!(
            "<c:prop-filter name=\"{}\"><c:text-match collation=\"{collation}\" match-type=\"contains\">{}</c:text-match></c:prop-filter>",
            escape(name),
            escape(text)
        ),
        None => format!("<c:prop-filter name=\"{}\"/>", escape(name)),
    });
    let filters: String = filters.collect();
    let limit = limit
        .map(|limit| format!("<c:limit><c:nresults>{limit}</c:nresults></c:limit>"))
        .unwrap_or_default();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><c:addressbook-query xmlns:c=\"{CARDDAV}\" xmlns:d=\"{DAV}\"><d:prop><d:getetag/>\
         <c:address-data/></d:prop><c:filter test=\"anyof\">{filters}</c:filter>{limit}</c:addressbook-query>"
    )
}
