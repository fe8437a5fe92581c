//! Older versions of a file: `dav/versions/{user}/versions/{file id}`.

use chrono::{DateTime, Utc};

use super::NextcloudFiles;
use crate::client::members;
use crate::resource::PROPERTIES;
use crate::{DavPath, Depth, Error, Listing, Overwrite, Resource};

/// An older version of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Version {
    /// Where it is; it can be read there.
    pub path: DavPath,
    /// Its name: the time it was made, in seconds since 1970.
    pub id: String,
    /// Its size.
    pub size_bytes: Option<u64>,
    /// When it was made.
    pub modified_at: Option<DateTime<Utc>>,
}

impl NextcloudFiles {
    /// The older versions of a file, by the id that [`crate::Resource::file_id`] tells.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such file.
    pub async fn list_versions(&self, file_id: &str) -> Result<Listing<Version>, Error> {
        const OPERATION: &str = "propfind";
        let place = self.place(OPERATION, "versions", &["versions", file_id])?;
        let place = place.as_collection();
        let own = place.encoded().as_str();
        let answer = self
            .client
            .propfind(&place, Depth::One, &PROPERTIES)
            .await?;
        let found = members::<Resource>(OPERATION, own, answer)?;
        Ok(found.map(|found| Version {
            id: found.name,
            size_bytes: found.size_bytes,
            modified_at: found.modified_at,
            path: found.path,
        }))
    }

    /// Makes a version the present one; the present one becomes a version.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such version.
    pub async fn restore_version(&self, file_id: &str, version: &str) -> Result<(), Error> {
        const OPERATION: &str = "restore_version";
        let from = self.place(OPERATION, "versions", &["versions", file_id, version])?;
        let to = self.place(OPERATION, "versions", &["restore", "target"])?;
        let done = self
            .client
            .transfer(OPERATION, "MOVE", &from, &to, Overwrite::Replace);
        done.await.map(drop)
    }
}
