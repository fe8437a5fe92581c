//! PROPPATCH (RFC 4918, section 9.2), and the properties about room.

use std::fmt::Write as _;

use crate::client::method;
use crate::multistatus::status_code;
use crate::resource::FAVORITE;
use crate::xml::{Name, escape, parse};
use crate::{Client, DAV, DavPath, Depth, Error, MultistatusError};

const USED: Name = Name::new(DAV, "quota-used-bytes");
const AVAILABLE: Name = Name::new(DAV, "quota-available-bytes");

/// A change of one property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PropertyChange {
    /// Gives it this text.
    Set(Name, String),
    /// Takes it away. That it is not there is a success, too.
    Remove(Name),
}

/// How much room there is (RFC 4331).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quota {
    /// What is used.
    pub used_bytes: Option<u64>,
    /// What is left; `None` if there is no limit, or the server does not know.
    pub available_bytes: Option<u64>,
}

impl Client {
    /// Changes properties: all of them, or none.
    ///
    /// # Errors
    /// [`Error::Property`] if one of them is refused, [`Error::NotFound`] if nothing is there.
    pub async fn patch_properties(
        &self,
        path: &DavPath,
        changes: &[PropertyChange],
    ) -> Result<(), Error> {
        const OPERATION: &str = "proppatch";
        let request = self
            .request(OPERATION, method("PROPPATCH"), path)
            .bytes("application/xml; charset=utf-8", body(changes));
        let work = async {
            let answer = Self::exchange(request).await?;
            verdict(OPERATION, answer.body())
        };
        self.http.observe(OPERATION, work).await
    }

    /// Marks a file as the user's favourite, or takes the mark away (ownCloud and Nextcloud).
    ///
    /// # Errors
    /// As for [`Client::patch_properties`].
    pub async fn set_favorite(&self, path: &DavPath, is_favorite: bool) -> Result<(), Error> {
        let value = u8::from(is_favorite).to_string();
        self.patch_properties(path, &[PropertyChange::Set(FAVORITE, value)])
            .await
    }

    /// How much room there is in a collection.
    ///
    /// # Errors
    /// [`Error::NotFound`] if nothing is there.
    pub async fn quota(&self, path: &DavPath) -> Result<Quota, Error> {
        let answer = self
            .propfind(&path.as_collection(), Depth::Zero, &[USED, AVAILABLE])
            .await?;
        let Some(found) = answer.responses.first() else {
            return Err(Error::Protocol {
                operation: "propfind",
                source: None,
            });
        };
        // Negative numbers are Nextcloud's "unlimited" (-3), "unknown" (-2) and "not computed" (-1).
        let number = |name| found.text(name).and_then(|text| text.parse().ok());
        Ok(Quota {
            used_bytes: number(USED),
            available_bytes: number(AVAILABLE),
        })
    }
}

fn body(changes: &[PropertyChange]) -> String {
    let mut body = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><d:propertyupdate xmlns:d=\"DAV:\">",
    );
    for change in changes {
        // Writing to a string cannot fail.
        let _infallible = match change {
            PropertyChange::Set(name, text) => write!(
                body,
                "<d:set><d:prop><x:{0} xmlns:x=\"{1}\">{2}</x:{0}></d:prop></d:set>",
                name.local,
                escape(name.namespace),
                escape(text)
            ),
            PropertyChange::Remove(name) => write!(
                body,
                "<d:remove><d:prop><x:{} xmlns:x=\"{}\"/></d:prop></d:remove>",
                name.local,
                escape(name.namespace)
            ),
        };
    }
    body.push_str("</d:propertyupdate>");
    body
}

/// The worst status in the answer: 424 only says that another property was the reason.
fn verdict(operation: &'static str, document: &[u8]) -> Result<(), Error> {
    let protocol = |source| Error::Protocol {
        operation,
        source: Some(source),
    };
    let root = parse(document).map_err(|error| protocol(error.into()))?;
    if !root.is(Name::new(DAV, "multistatus")) {
        return Err(protocol(MultistatusError::Root));
    }
    let statuses: Vec<u16> = root
        .children_named(Name::new(DAV, "response"))
        .flat_map(|response| {
            let parts = response.children_named(Name::new(DAV, "propstat"));
            parts.chain(std::iter::once(response))
        })
        .filter_map(|part| status_code(part.child(Name::new(DAV, "status"))?))
        .collect();
    if statuses.is_empty() {
        return Err(Error::Protocol {
            operation,
            source: None,
        });
    }
    let refused = statuses
        .iter()
        .filter(|status| !(200..300).contains(*status));
    match refused.copied().min_by_key(|status| *status == 424) {
        None => Ok(()),
        Some(404) => Err(Error::NotFound { operation }),
        Some(423) => Err(Error::Locked {
            operation,
            condition: None,
        }),
        Some(507) => Err(Error::InsufficientStorage {
            operation,
            condition: None,
        }),
        Some(status) => Err(Error::Property { operation, status }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_counts_and_not_what_failed_with_it() {
        let answer = |statuses: &[u16]| {
            let part = |status: &u16| {
                format!(
                    "<d:propstat><d:prop/><d:status>HTTP/1.1 {status} X</d:status></d:propstat>"
                )
            };
            let parts = statuses.iter().map(part).collect::<Vec<_>>().concat();
            let text = format!(
                "<d:multistatus xmlns:d='DAV:'><d:response><d:href>/a</d:href>{parts}</d:response></d:multistatus>"
            );
            verdict("test", text.as_bytes())
        };
        assert!(answer(&[200]).is_ok());
        assert!(answer(&[200, 204]).is_ok());
        for statuses in [[424, 403], [403, 424], [403, 200]] {
            let error = answer(&statuses).unwrap_err();
            assert!(
                matches!(error, Error::Property { status: 403, .. }),
                "{error:?}"
            );
        }
        assert!(matches!(answer(&[404]), Err(Error::NotFound { .. })));
        assert!(matches!(answer(&[]), Err(Error::Protocol { .. })));
    }
}
