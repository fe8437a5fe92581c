//! Scheduling on a server (RFC 6638), and who is free (RFC 4791, section 7.10).

use bheem_webdav::{DAV, DavPath, Deleted, Element, Listing, Name};
use chrono::{DateTime, Utc};
use futures::TryStreamExt as _;

use crate::client::method;
use crate::event::{Busy, read_free_busy};
use crate::format::{Property, RawComponent, utc_text};
use crate::{Attendee, CALDAV, Client, Error, ICalendar, StoredObject, Window};

/// When somebody is busy, as a server tells.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttendeeBusy {
    /// The address that was asked about.
    pub address: String,
    /// The status (RFC 5546, section 3.6): `2.x` is a success, `3.7` an address the server does not know.
    pub status: String,
    /// The busy times, in order and without overlaps; none if the server does not tell.
    pub busy: Option<Vec<Busy>>,
}

impl Client {
    /// Asks a calendar when its owner is busy (free-busy-query). Servers without it answer
    /// [`Error::Unsupported`]: then compute it with [`crate::busy_periods`].
    ///
    /// # Errors
    /// If the server refuses or cannot be understood.
    pub async fn free_busy(&self, calendar: &DavPath, window: Window) -> Result<Vec<Busy>, Error> {
        const OPERATION: &str = "free_busy";
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><c:free-busy-query xmlns:c=\"{CALDAV}\"><c:time-range start=\"{}\" end=\"{}\"/>\
             </c:free-busy-query>",
            utc_text(window.start),
            utc_text(window.end)
        );
        let work = async {
            let request = self
                .dav
                .request(OPERATION, method("REPORT"), &calendar.as_collection());
            let request = request.header(bheem_http_kit::HeaderName::from_static("depth"), "1");
            let request = request.bytes("application/xml; charset=utf-8", body);
            let answer = bheem_webdav::Client::exchange(request).await;
            let answer = answer.map_err(|error| Error::of_report(OPERATION, error.into()))?;
            let calendar = ICalendar::parse(answer.body()).map_err(|source| Error::Format {
                operation: OPERATION,
                source,
            })?;
            Ok(read_free_busy(calendar.raw(), window))
        };
        self.http().observe(OPERATION, work).await
    }

    /// Asks by way of our outbox when others are busy (RFC 6638, section 5). One answer for each address the server
    /// says something about.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if the server does not offer it.
    pub async fn free_busy_of(
        &self,
        outbox: &DavPath,
        organizer: &str,
        attendees: &[Attendee],
        window: Window,
        now: DateTime<Utc>,
    ) -> Result<Vec<AttendeeBusy>, Error> {
        const OPERATION: &str = "free_busy_of";
        let request = free_busy_request(organizer, attendees, window, now);
        let work = async {
            let request = self
                .dav
                .request(
                    OPERATION,
                    bheem_webdav::Method::POST,
                    &outbox.as_collection(),
                )
                .bytes("text/calendar; charset=utf-8", request);
            // It asks only, though by POST.
            let answer = bheem_webdav::Client::exchange(request.repeatable()).await;
            let answer = answer.map_err(|error| Error::of_report(OPERATION, error.into()))?;
            let protocol = |source| bheem_webdav::Error::Protocol {
                operation: OPERATION,
                source,
            };
            let root =
                bheem_webdav::parse(answer.body()).map_err(|error| protocol(Some(error.into())))?;
            if !root.is(Name::new(CALDAV, "schedule-response")) {
                return Err(protocol(None).into());
            }
            let answers = root.children_named(Name::new(CALDAV, "response"));
            Ok(answers
                .filter_map(|one| read_response(one, window))
                .collect())
        };
        self.http().observe(OPERATION, work).await
    }

    /// The messages that wait in our inbox: invitations, answers, cancellations ([`ICalendar::method`]). A server
    /// that knows scheduling has taken them into the calendars already.
    ///
    /// # Errors
    /// If the server refuses or cannot be understood.
    pub async fn list_inbox(&self, inbox: &DavPath) -> Result<Listing<StoredObject>, Error> {
        const OPERATION: &str = "list_inbox";
        let work = async {
            let versions = self.versions(OPERATION, inbox).await?;
            let mut listing = Listing::default();
            listing.left_out = versions.left_out;
            let paths: Vec<DavPath> = versions.items.into_iter().map(|one| one.path).collect();
            match self
                .fetch(OPERATION, crate::objects::EVENTS, inbox, &paths)
                .await
            {
                Ok(fetched) => {
                    listing.items = fetched.objects;
                    listing.left_out.extend(fetched.left_out);
                }
                // An inbox is no calendar: not all servers have reports there.
                Err(Error::Unsupported { .. }) => {
                    let objects = futures::stream::iter(paths.into_iter().map(Ok::<_, Error>));
                    listing.items = objects
                        .try_filter_map(|path| async move { self.find_object(&path).await })
                        .try_collect()
                        .await?;
                }
                Err(error) => return Err(error),
            }
            Ok(listing)
        };
        self.http().observe(OPERATION, Box::pin(work)).await
    }

    /// Removes a message from our inbox: it was seen.
    ///
    /// # Errors
    /// If the server refuses.
    pub async fn dismiss(&self, message: &DavPath) -> Result<Deleted, Error> {
        self.delete_object(message, None).await
    }
}

fn free_busy_request(
    organizer: &str,
    attendees: &[Attendee],
    window: Window,
    now: DateTime<Utc>,
) -> String {
    let mut component = RawComponent::new("VFREEBUSY");
    // Nothing is kept, so the time makes it unique enough.
    component.push(Property::text(
        "UID",
        &format!("{}-{organizer}", now.timestamp_micros()),
    ));
    component.push(Property::new("DTSTAMP", &utc_text(now)));
    component.push(Property::new("DTSTART", &utc_text(window.start)));
    component.push(Property::new("DTEND", &utc_text(window.end)));
    component.push(Property::new(
        "ORGANIZER",
        &Attendee::mail(organizer).address,
    ));
    for attendee in attendees {
        component.push(Property::new("ATTENDEE", &attendee.address));
    }
    let mut message = ICalendar::empty();
    message.raw_mut().push(Property::new("METHOD", "REQUEST"));
    message.raw_mut().children_mut().push(component);
    message.to_string()
}

fn read_response(response: &Element, window: Window) -> Option<AttendeeBusy> {
    let child = |local| response.child(Name::new(CALDAV, local));
    let recipient = child("recipient")?;
    let address = recipient
        .child(Name::new(DAV, "href"))
        .unwrap_or(recipient)
        .trimmed_text()?
        .to_owned();
    let status = child("request-status")
        .and_then(Element::trimmed_text)
        .unwrap_or_default()
        .to_owned();
    let data =
        child("calendar-data").and_then(|data| ICalendar::parse(data.text.trim().as_bytes()).ok());
    let busy = data
        .filter(|_| status.starts_with('2'))
        .map(|data| read_free_busy(data.raw(), window));
    Some(AttendeeBusy {
        address,
        status,
        busy,
    })
}
