//! App passwords: passwords of a mailbox that open chosen protocols only.

use bheem_http_kit::{Deleted, ExposeSecret as _, Listed, SecretString, lenient};
use serde::{Deserialize, Serialize, Serializer};

use crate::domains::Edit;
use crate::{Client, Error, address, names};

/// A protocol an app password opens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protocol {
    /// IMAP.
    Imap,
    /// SMTP submission.
    Smtp,
    /// `CalDAV` and `CardDAV`.
    Dav,
    /// Exchange `ActiveSync`.
    Eas,
    /// POP3.
    Pop3,
    /// `ManageSieve`.
    Sieve,
    /// Another one, by Mailcow's name for it.
    Other(String),
}

impl Serialize for Protocol {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Imap => "imap_access",
            Self::Smtp => "smtp_access",
            Self::Dav => "dav_access",
            Self::Eas => "eas_access",
            Self::Pop3 => "pop3_access",
            Self::Sieve => "sieve_access",
            Self::Other(name) => name,
        })
    }
}

/// An app password, without the password.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct AppPassword {
    /// Its id.
    #[serde(deserialize_with = "address::id")]
    pub id: i64,
    /// Its name. Mailcow escapes it for HTML once when it is made and once when it is listed; here it is as it was.
    #[serde(default, deserialize_with = "name")]
    pub name: String,
    /// Whose it is.
    #[serde(default, deserialize_with = "lenient::text")]
    pub mailbox: Option<String>,
    /// It can be used.
    #[serde(default, rename = "active", deserialize_with = "lenient::flag")]
    pub is_active: bool,
}

fn name<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = lenient::text(deserializer)?.unwrap_or_default();
    Ok(names::unescaped(&text))
}

impl AppPassword {
    fn is_of(&self, address: &str) -> bool {
        let of = self.mailbox.as_deref();
        of.is_none_or(|of| address::address(&names::unescaped(of)) == address)
    }
}

/// An app password to create. Its `Debug` does not show the password.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CreateAppPassword {
    address: String,
    name: String,
    password: SecretString,
    protocols: Vec<Protocol>,
}

impl CreateAppPassword {
    /// An active app password for IMAP and SMTP.
    pub fn new(address: &str, name: impl Into<String>, password: SecretString) -> Self {
        let protocols = vec![Protocol::Imap, Protocol::Smtp];
        Self {
            address: address::address(address),
            name: name.into(),
            password,
            protocols,
        }
    }

    /// What it opens instead of IMAP and SMTP.
    #[must_use]
    pub fn protocols(mut self, protocols: impl IntoIterator<Item = Protocol>) -> Self {
        self.protocols = protocols.into_iter().collect();
        self
    }
}

#[derive(Serialize)]
struct AddAppPassword<'a> {
    username: &'a str,
    app_name: &'a str,
    app_passwd: &'a str,
    app_passwd2: &'a str,
    active: u8,
    protocols: &'a [Protocol],
}

/// Without the mailbox Mailcow looks for the password among those of nobody, fails inside and answers nothing (2026-08).
#[derive(Serialize)]
struct Switch<'a> {
    username: &'a str,
    active: u8,
}

/// Operations on app passwords; from [`Client::app_passwords`].
#[derive(Clone, Copy, Debug)]
pub struct AppPasswords<'a>(pub(crate) &'a Client);

impl AppPasswords<'_> {
    /// All app passwords of a mailbox. A mailbox that does not exist has none.
    ///
    /// # Errors
    /// If Mailcow refuses or cannot be understood.
    pub async fn list(&self, address: &str) -> Result<Listed<AppPassword>, Error> {
        const OPERATION: &str = "list_app_passwords";
        let address = address::address(address);
        let work = self.all(OPERATION, &address);
        self.0.http.observe(OPERATION, work).await
    }

    async fn all(
        &self,
        operation: &'static str,
        address: &str,
    ) -> Result<Listed<AppPassword>, Error> {
        let path = ["app-passwd", "all", address];
        let found: Listed<AppPassword> = self.0.list(operation, &path).await?;
        Ok(found.only(|password| password.is_of(address)))
    }

    /// The app passwords of a mailbox that bear a name. Mailcow does not keep names unique: after an answer that
    /// was lost there may be several, of which the caller knows no password. Delete them and create one.
    ///
    /// # Errors
    /// If Mailcow refuses or cannot be understood.
    pub async fn find_by_name(
        &self,
        address: &str,
        name: &str,
    ) -> Result<Listed<AppPassword>, Error> {
        let name = names::unescaped(name);
        let found = self.list(address).await?;
        Ok(found.only(|password| password.name == name))
    }

    /// Creates an app password. Mailcow does not answer its id; see [`AppPasswords::find_by_name`].
    ///
    /// # Errors
    /// [`Error::NotFound`] if the mailbox is missing, [`Error::Invalid`] if the password is too simple.
    pub async fn create(&self, password: &CreateAppPassword) -> Result<(), Error> {
        const OPERATION: &str = "create_app_password";
        let body = AddAppPassword {
            username: &password.address,
            app_name: &password.name,
            app_passwd: password.password.expose_secret(),
            app_passwd2: password.password.expose_secret(),
            active: 1,
            protocols: &password.protocols,
        };
        let work = async {
            // They count towards no quota, so those of one mailbox take turns, not those of a domain.
            let _turn = self.0.locks.hold(&password.address).await;
            match self.0.write(OPERATION, &["add", "app-passwd"], &body).await {
                Err(Error::Denied {
                    operation,
                    code,
                    is_partial: false,
                }) if self
                    .0
                    .mailboxes()
                    .look_up(OPERATION, &password.address)
                    .await?
                    .is_none() =>
                {
                    Err(Error::NotFound { operation, code })
                }
                result => result,
            }
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Switches an app password of a mailbox on or off.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the mailbox has none of this id.
    pub async fn set_active(&self, address: &str, id: i64, is_active: bool) -> Result<(), Error> {
        const OPERATION: &str = "set_app_password_active";
        let address = address::address(address);
        let work = async {
            let _turn = self.0.locks.hold(&address).await;
            let known = self.all(OPERATION, &address).await?;
            if !known.iter().any(|password| password.id == id) {
                return Err(Error::absent(OPERATION));
            }
            let (id, attr) = (
                id.to_string(),
                Switch {
                    username: &address,
                    active: u8::from(is_active),
                },
            );
            let edit = Edit {
                items: [&id],
                attr: &attr,
            };
            self.0
                .write(OPERATION, &["edit", "app-passwd"], &edit)
                .await
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Deletes an app password of a mailbox by its id. Mailcow reports success for an id that never existed and
    /// does not check whose it is, so this looks first.
    ///
    /// # Errors
    /// If Mailcow refuses or cannot be understood.
    pub async fn delete(&self, address: &str, id: i64) -> Result<Deleted, Error> {
        const OPERATION: &str = "delete_app_password";
        let address = address::address(address);
        let work = async {
            let _turn = self.0.locks.hold(&address).await;
            let known = self.all(OPERATION, &address).await?;
            if !known.iter().any(|password| password.id == id) {
                return Ok(Deleted::Absent);
            }
            self.0
                .write(OPERATION, &["delete", "app-passwd"], &[id.to_string()])
                .await?;
            Ok(Deleted::Removed)
        };
        self.0.http.observe(OPERATION, work).await
    }
}
