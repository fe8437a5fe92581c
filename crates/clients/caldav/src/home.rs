//! Where a user's calendars are.

use bheem_webdav::{DavPath, PathError};

/// The collection that holds a user's calendars (RFC 4791, section 6.2.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CalendarHome(pub(crate) DavPath);

impl CalendarHome {
    /// The home at a known path.
    #[must_use]
    pub fn at(path: &DavPath) -> Self {
        Self(path.as_collection())
    }

    /// The home of a user on Nextcloud, below the base URL `…/remote.php/dav`. Saves the requests of discovery.
    ///
    /// # Errors
    /// If the id cannot be part of a path.
    pub fn nextcloud(user_id: &str) -> Result<Self, PathError> {
        DavPath::new(&["calendars", user_id]).map(|path| Self(path.as_collection()))
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &DavPath {
        &self.0
    }

    /// The path of a calendar in it.
    ///
    /// # Errors
    /// If the slug cannot be part of a path.
    pub fn calendar(&self, slug: &str) -> Result<DavPath, PathError> {
        self.0.child(slug).map(|path| path.as_collection())
    }
}

/// The collection that holds a user's address books (RFC 6352, section 7.1.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AddressBookHome(pub(crate) DavPath);

impl AddressBookHome {
    /// The home at a known path.
    #[must_use]
    pub fn at(path: &DavPath) -> Self {
        Self(path.as_collection())
    }

    /// The home of a user on Nextcloud, below the base URL `…/remote.php/dav`. Saves the requests of discovery.
    ///
    /// # Errors
    /// If the id cannot be part of a path.
    pub fn nextcloud(user_id: &str) -> Result<Self, PathError> {
        DavPath::new(&["addressbooks", "users", user_id]).map(|path| Self(path.as_collection()))
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &DavPath {
        &self.0
    }

    /// The path of an address book in it.
    ///
    /// # Errors
    /// If the slug cannot be part of a path.
    pub fn address_book(&self, slug: &str) -> Result<DavPath, PathError> {
        self.0.child(slug).map(|path| path.as_collection())
    }
}
