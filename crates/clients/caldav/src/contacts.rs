//! Contacts on a server. Reading by path, deleting and syncing are as for calendars: see [`Client::find_object`],
//! [`Client::delete_object`], [`Client::sync`].

use bheem_webdav::{DavPath, Depth, Listed, Listing, Precondition};
use futures::Stream;

use crate::objects::{CARDS, Fetched, Written, strong};
use crate::query::card_query;
use crate::{Client, Error, StoredObject, VCard};

/// Where a search looks unless told. Values in parts are left out: one server fails on them (Radicale 3.1, 2026-11).
const SEARCHED: [&str; 4] = ["FN", "NICKNAME", "EMAIL", "TEL"];

impl Client {
    /// Finds contacts whose name, nickname, mail address or phone number has a text in it, in letters of either
    /// case; at most so many.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if the server has no such report.
    pub async fn search_contacts(
        &self,
        book: &DavPath,
        text: &str,
        limit: usize,
    ) -> Result<Listing<StoredObject>, Error> {
        self.search_contacts_in(book, &SEARCHED, text, limit).await
    }

    /// The same, looking into any of these properties, such as `ORG`.
    ///
    /// # Errors
    /// As for [`Client::search_contacts`].
    pub async fn search_contacts_in(
        &self,
        book: &DavPath,
        properties: &[&str],
        text: &str,
        limit: usize,
    ) -> Result<Listing<StoredObject>, Error> {
        const OPERATION: &str = "search_contacts";
        let work = async {
            let body = card_query(properties, Some(text), "i;unicode-casemap", Some(limit));
            let mut found = self.ask_cards(OPERATION, book, body).await?;
            found.items.truncate(limit);
            Ok(found)
        };
        self.http().observe(OPERATION, work).await
    }

    /// All contacts of an address book, fetched in batches as the stream is read, and between them what cannot be
    /// used.
    pub fn stream_contacts(
        &self,
        book: &DavPath,
    ) -> impl Stream<Item = Result<Listed<StoredObject>, Error>> + use<> {
        self.stream_of(CARDS, book)
    }

    /// Reads several contacts (addressbook-multiget), however many, in bounded batches.
    ///
    /// # Errors
    /// If the server refuses or cannot be understood.
    pub async fn get_contacts(&self, book: &DavPath, paths: &[DavPath]) -> Result<Fetched, Error> {
        const OPERATION: &str = "get_contacts";
        self.http()
            .observe(OPERATION, self.fetch(OPERATION, CARDS, book, paths))
            .await
    }

    /// Finds the contact of this UID: its natural key within an address book.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if the server has no such report.
    pub async fn find_contact_by_uid(
        &self,
        book: &DavPath,
        uid: &str,
    ) -> Result<Option<StoredObject>, Error> {
        const OPERATION: &str = "find_contact_by_uid";
        let work = async {
            let found = self
                .ask_cards(
                    OPERATION,
                    book,
                    card_query(&["UID"], Some(uid), "i;octet", None),
                )
                .await?;
            // A text match is by substring, and some servers do not look at it at all.
            let is_it = |object: &StoredObject| {
                object
                    .card()
                    .is_ok_and(|card| card.uid().as_deref() == Some(uid))
            };
            Ok(found.into_iter().find(is_it))
        };
        self.http().observe(OPERATION, work).await
    }

    /// Creates a contact as `<name>.vcf`. Natural keys are the name, and within the address book the UID.
    ///
    /// # Errors
    /// [`Error::Exists`] if the name is taken, [`Error::UidConflict`] if the UID is, [`Error::InvalidData`] if the
    /// server does not accept it.
    pub async fn create_contact(
        &self,
        book: &DavPath,
        name: &str,
        card: &VCard,
    ) -> Result<Written, Error> {
        const OPERATION: &str = "create_contact";
        let path = CARDS.path(OPERATION, book, name)?;
        self.write(
            OPERATION,
            CARDS,
            path,
            card.to_string(),
            &Precondition::Absent,
        )
        .await
    }

    /// Changes a contact, if it still is the version that was read.
    ///
    /// # Errors
    /// [`Error::Changed`] if it is not: read it again and decide anew.
    pub async fn update_contact(
        &self,
        path: &DavPath,
        etag: &str,
        card: &VCard,
    ) -> Result<Written, Error> {
        const OPERATION: &str = "update_contact";
        let precondition = Precondition::Etag(strong(etag).to_owned());
        self.write(
            OPERATION,
            CARDS,
            path.clone(),
            card.to_string(),
            &precondition,
        )
        .await
    }

    async fn ask_cards(
        &self,
        operation: &'static str,
        book: &DavPath,
        body: String,
    ) -> Result<Listing<StoredObject>, Error> {
        let answer = self
            .report(operation, &book.as_collection(), Depth::One, body)
            .await;
        let answer = answer.map_err(|error| Error::of_report(operation, error))?;
        Ok(self.objects(CARDS, book, answer))
    }
}
