//! A file or folder, as PROPFIND describes it.

use chrono::{DateTime, Utc};

use crate::multistatus::PropertyResponse;
use crate::xml::{Element, Name};
use crate::{DAV, DavPath, OWNCLOUD};

const RESOURCE_TYPE: Name = Name::new(DAV, "resourcetype");
const ETAG: Name = Name::new(DAV, "getetag");
const LENGTH: Name = Name::new(DAV, "getcontentlength");
const CONTENT_TYPE: Name = Name::new(DAV, "getcontenttype");
const LAST_MODIFIED: Name = Name::new(DAV, "getlastmodified");
const FILE_ID: Name = Name::new(OWNCLOUD, "fileid");
const PERMISSIONS: Name = Name::new(OWNCLOUD, "permissions");
const SIZE: Name = Name::new(OWNCLOUD, "size");

pub(crate) const PROPERTIES: [Name; 8] = [
    RESOURCE_TYPE,
    ETAG,
    LENGTH,
    CONTENT_TYPE,
    LAST_MODIFIED,
    FILE_ID,
    PERMISSIONS,
    SIZE,
];

/// A file or folder.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resource {
    /// Where it is.
    pub path: DavPath,
    /// Its name, decoded.
    pub name: String,
    /// It is a folder.
    pub is_collection: bool,
    /// Its version, with the quotes, as preconditions want it.
    pub etag: Option<String>,
    /// Its size; of a folder, on Nextcloud, the size of all in it.
    pub size_bytes: Option<u64>,
    /// Its media type.
    pub content_type: Option<String>,
    /// When it was last changed.
    pub modified_at: Option<DateTime<Utc>>,
    /// Nextcloud's id of it, which survives a move.
    pub file_id: Option<String>,
    /// Nextcloud's permission letters.
    pub permissions: Option<String>,
}

impl From<PropertyResponse> for Resource {
    fn from(response: PropertyResponse) -> Self {
        let text = |name| response.text(name).map(str::to_owned);
        let number = |name| response.text(name).and_then(|text| text.parse().ok());
        let modified_at = response
            .text(LAST_MODIFIED)
            .and_then(|text| DateTime::parse_from_rfc2822(text).ok());
        Self {
            name: response.path.name().unwrap_or_default(),
            is_collection: is_collection(response.property(RESOURCE_TYPE)),
            etag: text(ETAG),
            size_bytes: number(LENGTH).or_else(|| number(SIZE)),
            content_type: text(CONTENT_TYPE),
            modified_at: modified_at.map(|time| time.with_timezone(&Utc)),
            file_id: text(FILE_ID),
            permissions: text(PERMISSIONS),
            path: response.path,
        }
    }
}

fn is_collection(resource_type: Option<&Element>) -> bool {
    resource_type.is_some_and(|kind| kind.child(Name::new(DAV, "collection")).is_some())
}
