//! MOVE and COPY (RFC 4918, sections 9.8 and 9.9).

use bheem_http_kit::HeaderName;

use crate::client::method;
use crate::{Client, DavPath, Error};

pub(crate) const DESTINATION: HeaderName = HeaderName::from_static("destination");
const OVERWRITE: HeaderName = HeaderName::from_static("overwrite");

/// What to do if the destination exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// Replace it.
    Replace,
    /// Fail with [`Error::Precondition`].
    Refuse,
}

impl Overwrite {
    fn as_str(self) -> &'static str {
        match self {
            Self::Replace => "T",
            Self::Refuse => "F",
        }
    }
}

/// What a MOVE or COPY did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transferred {
    /// Nothing was at the destination.
    Created,
    /// Something was, and is replaced.
    Replaced,
}

impl Client {
    /// Moves a resource. A server may go on after the time limit: on a timeout look at both ends.
    ///
    /// # Errors
    /// [`Error::Precondition`] if the destination exists and must not be replaced, [`Error::Conflict`] if its parent
    /// is missing, [`Error::Incomplete`] if a part of it could not be moved.
    pub async fn move_to(
        &self,
        from: &DavPath,
        to: &DavPath,
        overwrite: Overwrite,
    ) -> Result<Transferred, Error> {
        self.transfer("move", "MOVE", from, to, overwrite).await
    }

    /// Copies a resource and all in it.
    ///
    /// # Errors
    /// As for [`Client::move_to`].
    pub async fn copy_to(
        &self,
        from: &DavPath,
        to: &DavPath,
        overwrite: Overwrite,
    ) -> Result<Transferred, Error> {
        self.transfer("copy", "COPY", from, to, overwrite).await
    }

    pub(crate) async fn transfer(
        &self,
        operation: &'static str,
        verb: &'static str,
        from: &DavPath,
        to: &DavPath,
        overwrite: Overwrite,
    ) -> Result<Transferred, Error> {
        let request = self
            .request(operation, method(verb), from)
            .header(DESTINATION, self.http.url(to.encoded()).as_str())
            .header(OVERWRITE, overwrite.as_str());
        let work = async {
            let answer = Self::exchange(request).await?;
            match answer.status().as_u16() {
                201 => Ok(Transferred::Created),
                207 => Err(Error::of_parts(&answer)),
                _ => Ok(Transferred::Replaced),
            }
        };
        self.http.observe(operation, work).await
    }
}
