//! Writing objects: never over a version that nobody read.

use bheem_http_kit::header;
use bheem_webdav::{Bytes, DavPath, Deleted, Method, Precondition};

use super::{EVENTS, Kind, Written};
use crate::client::refusal_within;
use crate::{Client, Error, ICalendar, PutEvent};

/// A version as `If-Match` wants it. Proxies that compress weaken entity tags, and a weak one never matches (RFC 9110,
/// section 13.1.1), though the server behind knows it as strong.
pub(crate) fn strong(etag: &str) -> &str {
    etag.strip_prefix("W/").unwrap_or(etag)
}

impl Client {
    /// Creates an object of a calendar as `<name>.ics`. Natural keys are the name, and within the calendar the UID:
    /// see [`Client::find_by_uid`]. A server that knows scheduling tells the attendees.
    ///
    /// # Errors
    /// [`Error::Exists`] if the name is taken, [`Error::UidConflict`] if the UID is, [`Error::InvalidData`] if the
    /// server does not accept it.
    pub async fn create_object(
        &self,
        calendar: &DavPath,
        name: &str,
        object: &ICalendar,
    ) -> Result<Written, Error> {
        const OPERATION: &str = "create_object";
        let path = EVENTS.path(OPERATION, calendar, name)?;
        self.write(
            OPERATION,
            EVENTS,
            path,
            object.to_string(),
            &Precondition::Absent,
        )
        .await
    }

    /// Changes an object of a calendar, if it still is the version that was read.
    ///
    /// # Errors
    /// [`Error::Changed`] if it is not: read it again and decide anew.
    pub async fn update_object(
        &self,
        path: &DavPath,
        etag: &str,
        object: &ICalendar,
    ) -> Result<Written, Error> {
        const OPERATION: &str = "update_object";
        let precondition = Precondition::Etag(strong(etag).to_owned());
        self.write(
            OPERATION,
            EVENTS,
            path.clone(),
            object.to_string(),
            &precondition,
        )
        .await
    }

    /// Deletes an object of a calendar or address book; with a version, only that one.
    ///
    /// # Errors
    /// [`Error::Changed`] if it is another version.
    pub async fn delete_object(
        &self,
        path: &DavPath,
        etag: Option<&str>,
    ) -> Result<Deleted, Error> {
        const OPERATION: &str = "delete_object";
        match self.dav.delete(path, etag.map(strong)).await {
            Err(bheem_webdav::Error::Precondition { .. }) => {
                // Some servers say of what is gone that it has another version.
                match self.dav.get(path).await {
                    Err(bheem_webdav::Error::NotFound { .. }) => Ok(Deleted::Absent),
                    _ => Err(Error::Changed {
                        operation: OPERATION,
                    }),
                }
            }
            other => Ok(other?),
        }
    }

    pub(crate) async fn write(
        &self,
        operation: &'static str,
        kind: Kind,
        path: DavPath,
        text: String,
        precondition: &Precondition,
    ) -> Result<Written, Error> {
        let work = Box::pin(self.put(operation, kind, &path, text.into(), precondition));
        let put = self.http().observe(operation, work).await?;
        // Some servers answer 201 to every PUT; what had to be there is not new.
        let is_new = put.is_new && !matches!(precondition, Precondition::Etag(_));
        let is_kept = put
            .etag
            .as_deref()
            .is_some_and(|etag| !etag.starts_with("W/"));
        if is_kept {
            return Ok(Written {
                path,
                is_new,
                etag: put.etag,
                stored: None,
            });
        }
        // The server changed what it was given, or does not tell (RFC 4791, section 5.3.4): look.
        let stored = self.find_object(&path).await?;
        let etag = stored
            .as_ref()
            .and_then(|stored| stored.etag.clone())
            .or(put.etag);
        Ok(Written {
            path,
            is_new,
            etag,
            stored,
        })
    }

    pub(crate) async fn put(
        &self,
        operation: &'static str,
        kind: Kind,
        path: &DavPath,
        text: Bytes,
        precondition: &Precondition,
    ) -> Result<PutEvent, Error> {
        let uid = kind.uid(&text);
        let request = self.dav.request(operation, Method::PUT, path);
        let request = request.bytes(kind.media_type, text);
        let request = match precondition {
            Precondition::Absent => request.header(header::IF_NONE_MATCH, "*"),
            Precondition::Etag(etag) => request.header(header::IF_MATCH, strong(etag)),
            _ => request,
        };
        let answer = match bheem_webdav::Client::exchange(request).await {
            // One server puts the refusal of the whole into a multistatus (Xandikos 0.2, 2026-11).
            Ok(answer) if answer.status().as_u16() == 207 => {
                Err(refusal_within(operation, answer.body()))
            }
            other => other,
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                let error = refusal(operation, precondition, error);
                let explained = self.explain(operation, kind, path, uid.as_deref(), error);
                return Err(Box::pin(explained).await);
            }
        };
        let etag = answer.header("etag").or_else(|| answer.header("oc-etag"));
        Ok(PutEvent {
            is_new: answer.status().as_u16() == 201,
            etag: etag.map(str::to_owned),
        })
    }

    /// Nextcloud 32 refuses a UID that another object has with 400 and no condition: then it is looked for.
    async fn explain(
        &self,
        operation: &'static str,
        kind: Kind,
        path: &DavPath,
        uid: Option<&str>,
        error: Error,
    ) -> Error {
        let is_plain = matches!(
            &error,
            Error::Dav(bheem_webdav::Error::Invalid {
                condition: None,
                ..
            })
        );
        let (true, Some(uid), Some(collection)) = (is_plain, uid, path.parent()) else {
            return error;
        };
        let found = match kind.extension {
            "ics" => self.find_by_uid(&collection, uid).await,
            _ => self.find_contact_by_uid(&collection, uid).await,
        };
        match found {
            Ok(Some(other)) if self.absolute(&other.path) != self.absolute(path) => {
                Error::UidConflict { operation }
            }
            _ => error,
        }
    }
}

/// What a refusal to write means, given the condition it was written under.
fn refusal(
    operation: &'static str,
    precondition: &Precondition,
    error: bheem_webdav::Error,
) -> Error {
    match (&error, precondition) {
        (bheem_webdav::Error::Precondition { .. }, Precondition::Absent)
            if error.condition() != Some("no-uid-conflict") =>
        {
            Error::Exists { operation }
        }
        (bheem_webdav::Error::Precondition { .. }, Precondition::Etag(_)) => {
            Error::Changed { operation }
        }
        _ => Error::of_dav(operation, error),
    }
}
