//! The trash bin: `dav/trashbin/{user}/trash`.

use bheem_http_kit::Deleted;
use chrono::{DateTime, Utc};

use super::NextcloudFiles;
use crate::client::members;
use crate::xml::Name;
use crate::{
    DAV, DavPath, Depth, Error, Listing, NEXTCLOUD, OWNCLOUD, Overwrite, PropertyResponse,
};

const FILE_NAME: Name = Name::new(NEXTCLOUD, "trashbin-filename");
const LOCATION: Name = Name::new(NEXTCLOUD, "trashbin-original-location");
const DELETED: Name = Name::new(NEXTCLOUD, "trashbin-deletion-time");
const SIZE: Name = Name::new(OWNCLOUD, "size");
const LENGTH: Name = Name::new(DAV, "getcontentlength");
const FILE_ID: Name = Name::new(OWNCLOUD, "fileid");
const TYPE: Name = Name::new(DAV, "resourcetype");

/// Something in the trash bin.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrashItem {
    /// Where it is now.
    pub path: DavPath,
    /// Its name in the trash bin, which tells things of one name apart: `a.txt.d1700000000`.
    pub id: String,
    /// The name it had.
    pub name: String,
    /// The path it had, below the user's files.
    pub original_path: String,
    /// When it was thrown away.
    pub deleted_at: Option<DateTime<Utc>>,
    /// Its size.
    pub size_bytes: Option<u64>,
    /// It is a folder.
    pub is_collection: bool,
    /// Nextcloud's id of it.
    pub file_id: Option<String>,
}

impl From<PropertyResponse> for TrashItem {
    fn from(found: PropertyResponse) -> Self {
        let number = |name| found.text(name).and_then(|text| text.parse::<u64>().ok());
        let text = |name| found.text(name).unwrap_or_default().to_owned();
        let deleted_at = number(DELETED)
            .and_then(|seconds| i64::try_from(seconds).ok())
            .and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let is_collection = found
            .property(TYPE)
            .is_some_and(|kind| kind.child(Name::new(DAV, "collection")).is_some());
        Self {
            id: found.path.name().unwrap_or_default(),
            name: text(FILE_NAME),
            original_path: text(LOCATION),
            deleted_at,
            size_bytes: number(LENGTH).or_else(|| number(SIZE)),
            is_collection,
            file_id: found.text(FILE_ID).map(str::to_owned),
            path: found.path,
        }
    }
}

/// What restoring did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restored {
    /// It is back. If its old path was taken, it has another name.
    Restored,
    /// It was not in the trash bin.
    Absent,
}

impl NextcloudFiles {
    /// What is in the trash bin, without what is in folders there.
    ///
    /// # Errors
    /// If the exchange or the server fails, or the answer cannot be understood.
    pub async fn list_trash(&self) -> Result<Listing<TrashItem>, Error> {
        const OPERATION: &str = "propfind";
        let trash = self
            .place(OPERATION, "trashbin", &["trash"])?
            .as_collection();
        let own = trash.encoded().as_str();
        let wanted = [FILE_NAME, LOCATION, DELETED, SIZE, LENGTH, FILE_ID, TYPE];
        let answer = self.client.propfind(&trash, Depth::One, &wanted).await?;
        members(OPERATION, own, answer)
    }

    /// Things that were at this path, below the user's files; the latest first.
    ///
    /// # Errors
    /// As for [`NextcloudFiles::list_trash`].
    pub async fn find_trash(&self, original_path: &str) -> Result<Listing<TrashItem>, Error> {
        let wanted = original_path.trim_matches('/');
        let mut found = self.list_trash().await?;
        let items = &mut found.items;
        items.retain(|item| item.original_path.trim_matches('/') == wanted);
        items.sort_by_key(|item| std::cmp::Reverse(item.deleted_at));
        Ok(found)
    }

    /// Puts something back where it was.
    ///
    /// # Errors
    /// [`Error::InsufficientStorage`] if there is no room.
    pub async fn restore_trash(&self, id: &str) -> Result<Restored, Error> {
        const OPERATION: &str = "restore_trash";
        let from = self.place(OPERATION, "trashbin", &["trash", id])?;
        let to = self.place(OPERATION, "trashbin", &["restore", id])?;
        let done = self
            .client
            .transfer(OPERATION, "MOVE", &from, &to, Overwrite::Replace)
            .await;
        match done {
            Ok(_) => Ok(Restored::Restored),
            Err(Error::NotFound { .. }) => Ok(Restored::Absent),
            Err(error) => Err(error),
        }
    }

    /// Removes something from the trash bin for good.
    ///
    /// # Errors
    /// If the exchange or the server fails.
    pub async fn delete_trash(&self, id: &str) -> Result<Deleted, Error> {
        let item = self.place("delete", "trashbin", &["trash", id])?;
        self.client.delete(&item, None).await
    }

    /// Removes everything in the trash bin for good.
    ///
    /// # Errors
    /// If the exchange or the server fails.
    pub async fn empty_trash(&self) -> Result<(), Error> {
        let trash = self.place("delete", "trashbin", &["trash"])?;
        self.client.delete(&trash, None).await.map(drop)
    }
}
