//! A file or folder, as PROPFIND describes it.

use chrono::{DateTime, Utc};

use crate::multistatus::PropertyResponse;
use crate::xml::{Element, Name};
use crate::{DAV, DavPath, NEXTCLOUD, OWNCLOUD};

const RESOURCE_TYPE: Name = Name::new(DAV, "resourcetype");
const ETAG: Name = Name::new(DAV, "getetag");
const LENGTH: Name = Name::new(DAV, "getcontentlength");
const CONTENT_TYPE: Name = Name::new(DAV, "getcontenttype");
const LAST_MODIFIED: Name = Name::new(DAV, "getlastmodified");
const FILE_ID: Name = Name::new(OWNCLOUD, "fileid");
const PERMISSIONS: Name = Name::new(OWNCLOUD, "permissions");
const SIZE: Name = Name::new(OWNCLOUD, "size");
const OWNER_ID: Name = Name::new(OWNCLOUD, "owner-id");
const OWNER_NAME: Name = Name::new(OWNCLOUD, "owner-display-name");
const CHECKSUMS: Name = Name::new(OWNCLOUD, "checksums");
const SHARE_TYPES: Name = Name::new(OWNCLOUD, "share-types");
const HAS_PREVIEW: Name = Name::new(NEXTCLOUD, "has-preview");
const MOUNT_TYPE: Name = Name::new(NEXTCLOUD, "mount-type");
const CREATED: Name = Name::new(NEXTCLOUD, "creation_time");
/// Whether a user has marked a file; 0 or 1.
pub(crate) const FAVORITE: Name = Name::new(OWNCLOUD, "favorite");

pub(crate) const PROPERTIES: [Name; 16] = [
    RESOURCE_TYPE,
    ETAG,
    LENGTH,
    CONTENT_TYPE,
    LAST_MODIFIED,
    FILE_ID,
    PERMISSIONS,
    SIZE,
    FAVORITE,
    OWNER_ID,
    OWNER_NAME,
    CHECKSUMS,
    SHARE_TYPES,
    HAS_PREVIEW,
    MOUNT_TYPE,
    CREATED,
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
    /// Nextcloud's permission letters: `S` shared with me, `R` may be shared, `M` mounted, `G` readable, `D` deletable,
    /// `N` renamable, `V` movable, `W` writable, `C` files and `K` folders can be made in it.
    pub permissions: Option<String>,
    /// The user has marked it.
    pub is_favorite: bool,
    /// Whose it is: the user's id.
    pub owner_id: Option<String>,
    /// Whose it is, by the name others see.
    pub owner_display_name: Option<String>,
    /// What the uploader said of the content, such as `SHA256:9f86d0...`.
    pub checksums: Vec<String>,
    /// How it is shared: the numbers of the share types (0 user, 1 group, 3 link, 4 mail).
    pub share_types: Vec<u16>,
    /// A picture of it can be had.
    pub has_preview: bool,
    /// How it came here, such as `shared`, `group` or `external`; `None` for the user's own.
    pub mount_type: Option<String>,
    /// When it was made, if whoever made it said so.
    pub created_at: Option<DateTime<Utc>>,
}

impl From<PropertyResponse> for Resource {
    fn from(response: PropertyResponse) -> Self {
        let text = |name| response.text(name).map(str::to_owned);
        let number = |name| {
            response
                .text(name)
                .and_then(|text| text.parse::<u64>().ok())
        };
        let modified_at = response.text(LAST_MODIFIED).and_then(crate::dates::parse);
        Self {
            name: response.path.name().unwrap_or_default(),
            is_collection: is_collection(response.property(RESOURCE_TYPE)),
            etag: text(ETAG),
            size_bytes: number(LENGTH).or_else(|| number(SIZE)),
            content_type: text(CONTENT_TYPE),
            modified_at,
            file_id: text(FILE_ID),
            permissions: text(PERMISSIONS),
            is_favorite: response.text(FAVORITE).is_some_and(|text| text == "1"),
            owner_id: text(OWNER_ID),
            owner_display_name: text(OWNER_NAME),
            checksums: inner(&response, CHECKSUMS)
                .flat_map(|text| text.split_ascii_whitespace().map(str::to_owned))
                .collect(),
            share_types: inner(&response, SHARE_TYPES)
                .filter_map(|text| text.parse().ok())
                .collect(),
            has_preview: response.text(HAS_PREVIEW) == Some("true"),
            mount_type: text(MOUNT_TYPE),
            created_at: number(CREATED)
                .and_then(|seconds| i64::try_from(seconds).ok())
                .filter(|seconds| *seconds > 0)
                .and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
            path: response.path,
        }
    }
}

/// The texts of a property's children.
fn inner(response: &PropertyResponse, name: Name) -> impl Iterator<Item = &str> {
    let children = response
        .property(name)
        .map(|found| found.children.as_slice());
    children
        .unwrap_or_default()
        .iter()
        .filter_map(Element::trimmed_text)
}

fn is_collection(resource_type: Option<&Element>) -> bool {
    resource_type.is_some_and(|kind| kind.child(Name::new(DAV, "collection")).is_some())
}
