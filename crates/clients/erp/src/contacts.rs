//! Contacts of the sales department.

use bheem_http_kit::{Error, Method, lenient};
use serde::{Deserialize, Deserializer, Serialize};

use crate::Client;

/// A contact that is to be made.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct NewContact {
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Address: the natural key.
    pub email: String,
    /// Company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_name: Option<String>,
    /// Phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// What they are; `CUSTOMER` unless set.
    pub contact_type: String,
    /// Where they came from; `WORKSPACE` unless set.
    pub source: String,
    /// The company whose contact it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_id: Option<String>,
}

impl NewContact {
    /// A customer.
    pub fn customer(
        first_name: impl Into<String>,
        last_name: impl Into<String>,
        email: impl Into<String>,
    ) -> Self {
        Self {
            first_name: first_name.into(),
            last_name: last_name.into(),
            email: email.into(),
            company_name: None,
            phone: None,
            contact_type: "CUSTOMER".to_owned(),
            source: "WORKSPACE".to_owned(),
            company_id: None,
        }
    }
}

/// A contact.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct Contact {
    /// Its id.
    #[serde(alias = "contact_id", deserialize_with = "id")]
    pub id: String,
    /// Address.
    #[serde(default, deserialize_with = "lenient::text")]
    pub email: Option<String>,
}

fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    lenient::text(deserializer)?.ok_or_else(|| serde::de::Error::missing_field("id"))
}

/// A list, bare or in an object.
#[derive(Deserialize)]
#[serde(untagged)]
enum Found {
    Bare(Vec<Contact>),
    Wrapped {
        #[serde(alias = "results", alias = "items")]
        contacts: Vec<Contact>,
    },
}

impl Client {
    /// Makes a contact; sent once.
    ///
    /// # Errors
    /// When the ERP refuses, cannot be reached or cannot be understood; a conflict when the address is taken.
    pub async fn create_contact(&self, new: &NewContact) -> Result<Contact, Error> {
        const OPERATION: &str = "create_contact";
        let path = ["sales", "crm", "contacts"];
        let request = self.request(OPERATION, Method::POST, &path);
        self.fetch(OPERATION, request.json(new)).await
    }

    /// The contact with this address.
    ///
    /// # Errors
    /// When the ERP refuses, cannot be reached or cannot be understood.
    pub async fn find_contact_by_email(&self, email: &str) -> Result<Option<Contact>, Error> {
        const OPERATION: &str = "find_contact";
        let path = ["sales", "crm", "contacts"];
        let request = self
            .request(OPERATION, Method::GET, &path)
            .query("email", email);
        let contacts = match self.fetch_one(OPERATION, request).await? {
            None => return Ok(None),
            Some(Found::Bare(contacts) | Found::Wrapped { contacts }) => contacts,
        };
        // A filter that the ERP does not know would answer everybody.
        let is_it = |contact: &Contact| {
            let found = contact.email.as_deref();
            found.is_some_and(|found| found.eq_ignore_ascii_case(email))
        };
        Ok(contacts.into_iter().find(is_it))
    }
}
