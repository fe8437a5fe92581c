//! What happened (<https://documentation.mailgun.com/docs/mailgun/user-manual/events/>). Mailgun keeps it for some days,
//! and it may come late: what is not there yet may be there in half an hour.

use bheem_http_kit::{Method, Page, stream_pages};
use futures::Stream;

use crate::cursor::{self, Paged};
use crate::{Client, Cursor, Error, Event, EventKind};

/// One message has few events; more pages than this are not looked at for it.
const MOST_PAGES: usize = 10;

/// Which events.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct EventFilter {
    /// From then on, in seconds since 1970.
    pub begin: Option<i64>,
    /// Until then, in seconds since 1970.
    pub end: Option<i64>,
    /// Oldest first; newest first otherwise.
    pub is_ascending: bool,
    /// Only of this kind.
    pub kind: Option<EventKind>,
    /// Only about this recipient.
    pub recipient: Option<String>,
    /// Only about the message with this id, without angle brackets.
    pub message_id: Option<String>,
    /// How many at once, 1 to 300; 300 unless set.
    pub limit: Option<u16>,
}

impl EventFilter {
    /// All, newest first.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From then on, in seconds since 1970, oldest first.
    #[must_use]
    pub fn since(begin: i64) -> Self {
        Self {
            begin: Some(begin),
            is_ascending: true,
            ..Self::default()
        }
    }

    /// Only of this kind.
    #[must_use]
    pub fn kind(mut self, kind: EventKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// So many at once.
    #[must_use]
    pub fn limit(mut self, limit: u16) -> Self {
        self.limit = Some(limit);
        self
    }
}

/// Events of one domain.
#[derive(Debug, Clone, Copy)]
pub struct Events<'a> {
    pub(crate) client: &'a Client,
    pub(crate) domain: &'a str,
}

/// How a message is named in its head.
pub(crate) fn message_id(notification_id: &str, domain: &str) -> String {
    format!("{notification_id}@{domain}")
}

impl Events<'_> {
    /// One page of events. The list ends with a page that is empty.
    ///
    /// # Errors
    /// [`Error::ForeignPage`] when the next page is said to be on another server, else as the client's.
    pub async fn page(
        &self,
        filter: &EventFilter,
        cursor: &Cursor,
    ) -> Result<Page<Event, Cursor>, Error> {
        self.page_of("list_events", filter, cursor).await
    }

    async fn page_of(
        &self,
        operation: &'static str,
        filter: &EventFilter,
        cursor: &Cursor,
    ) -> Result<Page<Event, Cursor>, Error> {
        let path = ["v3", self.domain, "events"];
        let limit = filter.limit.unwrap_or(300).clamp(1, 300);
        let order = if filter.is_ascending { "yes" } else { "no" };
        let mut first = self
            .client
            .request(operation, Method::GET, &path)
            .query("limit", &limit.to_string())
            .query("ascending", order);
        let parameters = [
            ("begin", filter.begin.map(|at| at.to_string())),
            ("end", filter.end.map(|at| at.to_string())),
            ("event", filter.kind.as_ref().map(ToString::to_string)),
            ("recipient", filter.recipient.clone()),
            ("message-id", filter.message_id.clone()),
        ];
        for (name, value) in parameters {
            if let Some(value) = value {
                first = first.query(name, &value);
            }
        }
        let request = cursor::request(self.client, operation, cursor, first);
        let found: Paged<Event> = self.client.fetch(operation, request).await?;
        cursor::page(self.client, operation, found)
    }

    /// All events, page by page.
    pub fn stream(&self, filter: EventFilter) -> impl Stream<Item = Result<Event, Error>> + use<> {
        let (client, domain) = (self.client.clone(), self.domain.to_owned());
        stream_pages(Cursor::start(), move |cursor| {
            let (client, domain, filter) = (client.clone(), domain.clone(), filter.clone());
            async move { client.events(&domain).page(&filter, &cursor).await }
        })
    }

    /// What happened to the message that was sent under your name, newest first. None yet does not prove that it was not
    /// taken: events may come late.
    ///
    /// # Errors
    /// As the client's.
    pub async fn find_by_notification_id(
        &self,
        notification_id: &str,
    ) -> Result<Vec<Event>, Error> {
        const OPERATION: &str = "find_message_events";
        let id = message_id(notification_id, self.domain);
        let is_it = |event: &Event| {
            event.notification_id() == Some(notification_id)
                || event.message_id() == Some(id.as_str())
        };
        let filter = EventFilter {
            message_id: Some(id.clone()),
            ..EventFilter::default()
        };
        let mut found = Vec::new();
        let mut next = Some(Cursor::start());
        for _ in 0..MOST_PAGES {
            let Some(cursor) = next.take() else {
                break;
            };
            let page = self.page_of(OPERATION, &filter, &cursor).await?;
            found.extend(page.items.into_iter().filter(is_it));
            next = page.next;
        }
        Ok(found)
    }
}
