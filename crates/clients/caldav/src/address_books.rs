//! Address books (RFC 6352).

use bheem_webdav::{
    Created, DAV, DavPath, Deleted, Depth, Listing, Name, PropertyResponse, escape,
};

use crate::calendar::{CTAG, DISPLAY_NAME, Privileges, SYNC_TOKEN};
use crate::calendars::created;
use crate::client::{is_found, method};
use crate::{AddressBookHome, CARDDAV, Client, Error};

const RESOURCE_TYPE: Name = Name::new(DAV, "resourcetype");
const ADDRESS_BOOK: Name = Name::new(CARDDAV, "addressbook");
const DESCRIPTION: Name = Name::new(CARDDAV, "addressbook-description");
const PRIVILEGES: Name = Name::new(DAV, "current-user-privilege-set");
const MAX_SIZE: Name = Name::new(CARDDAV, "max-resource-size");
const PROPERTIES: [Name; 7] = [
    RESOURCE_TYPE,
    DISPLAY_NAME,
    DESCRIPTION,
    CTAG,
    SYNC_TOKEN,
    PRIVILEGES,
    MAX_SIZE,
];

/// An address book.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AddressBook {
    /// Where it is.
    pub path: DavPath,
    /// Its name in the home.
    pub slug: String,
    /// Its name for people.
    pub display_name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Changes when anything in it does.
    pub ctag: Option<String>,
    /// Where a sync can begin.
    pub sync_token: Option<String>,
    /// What we may do with it.
    pub privileges: Privileges,
    /// Larger cards are refused.
    pub max_object_bytes: Option<u64>,
}

impl AddressBook {
    fn read(response: PropertyResponse) -> Option<Self> {
        response.property(RESOURCE_TYPE)?.child(ADDRESS_BOOK)?;
        let text = |name| response.text(name).map(str::to_owned);
        Some(Self {
            slug: response.path.name()?,
            display_name: text(DISPLAY_NAME),
            description: text(DESCRIPTION),
            ctag: text(CTAG),
            sync_token: text(SYNC_TOKEN),
            privileges: Privileges::read(&response),
            max_object_bytes: response.text(MAX_SIZE).and_then(|text| text.parse().ok()),
            path: response.path,
        })
    }
}

impl Client {
    /// The address books in a home.
    ///
    /// # Errors
    /// If the server refuses or cannot be understood.
    pub async fn list_address_books(
        &self,
        home: &AddressBookHome,
    ) -> Result<Listing<AddressBook>, Error> {
        const OPERATION: &str = "list_address_books";
        let work = async {
            let answer = self
                .propfind(OPERATION, &home.0, Depth::One, &PROPERTIES)
                .await?;
            Ok(crate::calendars::read_all(
                self.members(&home.0, answer),
                AddressBook::read,
            ))
        };
        self.http().observe(OPERATION, work).await
    }

    /// Looks an address book up by its name in the home.
    ///
    /// # Errors
    /// If the server refuses or cannot be understood.
    pub async fn find_address_book(
        &self,
        home: &AddressBookHome,
        slug: &str,
    ) -> Result<Option<AddressBook>, Error> {
        const OPERATION: &str = "find_address_book";
        let path = home
            .address_book(slug)
            .map_err(|error| Error::path(OPERATION, error))?;
        let work = async {
            match self
                .propfind(OPERATION, &path, Depth::Zero, &PROPERTIES)
                .await
            {
                Ok(answer) => Ok(answer
                    .responses
                    .into_iter()
                    .filter(is_found)
                    .find_map(AddressBook::read)),
                Err(Error::Dav(bheem_webdav::Error::NotFound { .. })) => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.http().observe(OPERATION, work).await
    }

    /// Creates an address book (MKCOL with properties, RFC 5689). The natural key is its name in the home.
    ///
    /// # Errors
    /// [`Error::Limit`] if the user has as many as allowed, kind `RateLimited` if they come too fast.
    pub async fn create_address_book(
        &self,
        home: &AddressBookHome,
        slug: &str,
        display_name: &str,
    ) -> Result<Created, Error> {
        const OPERATION: &str = "create_address_book";
        let path = home
            .address_book(slug)
            .map_err(|error| Error::path(OPERATION, error))?;
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><d:mkcol xmlns:d=\"{DAV}\" xmlns:c=\"{CARDDAV}\"><d:set><d:prop>\
             <d:resourcetype><d:collection/><c:addressbook/></d:resourcetype><d:displayname>{}</d:displayname>\
             </d:prop></d:set></d:mkcol>",
            escape(display_name)
        );
        let work = async {
            let request = self.dav.request(OPERATION, method("MKCOL"), &path);
            let request = request.bytes("application/xml; charset=utf-8", body);
            created(OPERATION, bheem_webdav::Client::exchange(request).await)
        };
        self.http().observe(OPERATION, work).await
    }

    /// Creates an address book unless it is there, and tells what is there.
    ///
    /// # Errors
    /// As for [`Client::create_address_book`], and [`Error::NotACalendar`] if the name is taken by something else.
    pub async fn ensure_address_book(
        &self,
        home: &AddressBookHome,
        slug: &str,
        display_name: &str,
    ) -> Result<AddressBook, Error> {
        if let Some(found) = self.find_address_book(home, slug).await? {
            return Ok(found);
        }
        self.create_address_book(home, slug, display_name).await?;
        let found = self.find_address_book(home, slug).await?;
        found.ok_or(Error::NotACalendar {
            operation: "ensure_address_book",
        })
    }

    /// Changes the name and description of an address book.
    ///
    /// # Errors
    /// Kind `NotFound` if there is none, [`Error::InvalidData`] if the server refuses a property.
    pub async fn update_address_book(
        &self,
        path: &DavPath,
        display_name: &str,
        description: &str,
    ) -> Result<(), Error> {
        const OPERATION: &str = "update_address_book";
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><d:propertyupdate xmlns:d=\"{DAV}\" xmlns:c=\"{CARDDAV}\"><d:set><d:prop>\
             <d:displayname>{}</d:displayname><c:addressbook-description>{}</c:addressbook-description></d:prop></d:set>\
             </d:propertyupdate>",
            escape(display_name),
            escape(description)
        );
        self.http()
            .observe(OPERATION, self.patch(OPERATION, path, body))
            .await
    }

    /// Deletes an address book and all in it.
    ///
    /// # Errors
    /// If the server refuses or cannot be understood.
    pub async fn delete_address_book(&self, path: &DavPath) -> Result<Deleted, Error> {
        Ok(self.dav.delete(&path.as_collection(), None).await?)
    }
}
