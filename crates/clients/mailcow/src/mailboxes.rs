//! Mailboxes.

use bheem_http_kit::{
    Deleted, ExposeSecret as _, Listed, SecretString, decode_value, lenient, throwaway_password,
};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::domains::Edit;
use crate::{Client, Error, address, names};

/// Whether a mailbox can be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MailboxState {
    /// Neither login nor mail.
    #[default]
    Inactive,
    /// In use.
    Active,
    /// Mail is accepted, login is not.
    LoginDisallowed,
    /// A number this crate does not know.
    Other(i64),
}

impl MailboxState {
    fn number(self) -> i64 {
        match self {
            Self::Inactive => 0,
            Self::Active => 1,
            Self::LoginDisallowed => 2,
            Self::Other(number) => number,
        }
    }
}

impl<'de> Deserialize<'de> for MailboxState {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match lenient::integer(deserializer)? {
            None | Some(0) => Self::Inactive,
            Some(1) => Self::Active,
            Some(2) => Self::LoginDisallowed,
            Some(other) => Self::Other(other),
        })
    }
}

impl Serialize for MailboxState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.number())
    }
}

/// A mailbox. Sizes are bytes, as Mailcow reports them.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Mailbox {
    /// Its address, lower case.
    #[serde(rename = "username")]
    pub address: String,
    /// Its domain.
    pub domain: String,
    /// The owner's name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// Whether it can be used.
    #[serde(default, rename = "active")]
    pub state: MailboxState,
    /// Its quota; 0 is unlimited.
    #[serde(default, rename = "quota", deserialize_with = "lenient::integer")]
    pub quota_bytes: Option<i64>,
    /// What of it is used.
    #[serde(default, rename = "quota_used", deserialize_with = "lenient::integer")]
    pub used_bytes: Option<i64>,
    /// Who checks its password, such as `mailcow`.
    #[serde(default, rename = "authsource", deserialize_with = "lenient::text")]
    pub auth_source: Option<String>,
    /// The last IMAP login, in seconds since 1970.
    #[serde(default, deserialize_with = "lenient::integer")]
    pub last_imap_login: Option<i64>,
    /// Labels.
    #[serde(default, deserialize_with = "lenient::list")]
    pub tags: Vec<String>,
}

/// A mailbox to create. Its `Debug` does not show the password.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CreateMailbox {
    local_part: String,
    domain: String,
    name: String,
    password: Option<SecretString>,
    quota_mib: u64,
    state: MailboxState,
    tags: Vec<String>,
}

impl CreateMailbox {
    /// An active mailbox of 1024 MiB with a random password that nobody ever learns: its owner logs in with an
    /// app password or a token.
    #[must_use]
    pub fn new(local_part: &str, domain: &str) -> Self {
        Self {
            local_part: local_part.to_lowercase(),
            domain: address::domain(domain),
            name: String::new(),
            password: None,
            quota_mib: 1024,
            state: MailboxState::Active,
            tags: Vec::new(),
        }
    }

    /// The owner's name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// A password of the caller's choice, in clear or hashed (`{BLF-CRYPT}$2y$…`).
    #[must_use]
    pub fn password(mut self, password: SecretString) -> Self {
        self.password = Some(password);
        self
    }

    /// The quota in MiB.
    #[must_use]
    pub fn quota_mib(mut self, quota: u64) -> Self {
        self.quota_mib = quota;
        self
    }

    /// Whether it can be used.
    #[must_use]
    pub fn state(mut self, state: MailboxState) -> Self {
        self.state = state;
        self
    }

    /// Adds a label, for example one that tells whose mailbox it is.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// The address it will have.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}@{}", self.local_part, self.domain)
    }
}

/// What `add/mailbox` wants. Without `password2` it fails with a misleading `password_complexity`.
#[derive(Serialize)]
struct AddMailbox<'a> {
    local_part: &'a str,
    domain: &'a str,
    name: &'a str,
    password: &'a str,
    password2: &'a str,
    quota: u64,
    active: MailboxState,
    force_pw_update: u8,
    authsource: &'static str,
    tags: &'a [String],
}

/// Changes to a mailbox; what is not named stays.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct UpdateMailbox {
    #[serde(skip_serializing_if = "Option::is_none")]
    active: Option<MailboxState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quota: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(flatten)]
    password: Option<Password>,
}

/// Mailcow wants it twice.
#[derive(Clone, Debug)]
struct Password(SecretString);

impl Serialize for Password {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        for name in ["password", "password2"] {
            map.serialize_entry(name, self.0.expose_secret())?;
        }
        map.end()
    }
}

impl UpdateMailbox {
    /// No change yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether it can be used.
    #[must_use]
    pub fn state(mut self, state: MailboxState) -> Self {
        self.active = Some(state);
        self
    }

    /// The quota in MiB.
    #[must_use]
    pub fn quota_mib(mut self, quota: u64) -> Self {
        self.quota = Some(quota);
        self
    }

    /// The owner's name. Mailcow keeps the old one instead of an empty one, and takes `<` and `>` from its ends.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Adds a label to those that are there.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Another password, clear or hashed with its scheme (`{BLF-CRYPT}$2y$…`); either must satisfy the policy.
    #[must_use]
    pub fn password(mut self, password: SecretString) -> Self {
        self.password = Some(Password(password));
        self
    }
}

/// Operations on mailboxes; from [`Client::mailboxes`].
#[derive(Clone, Copy, Debug)]
pub struct Mailboxes<'a>(pub(crate) &'a Client);

impl Mailboxes<'_> {
    /// Looks a mailbox up by its address. One whose name Mailcow's web server could garble is looked for among all of
    /// its domain before it is said to be absent.
    ///
    /// # Errors
    /// [`Error::HalfMade`] if it is there and its fields are empty.
    pub async fn find(&self, address: &str) -> Result<Option<Mailbox>, Error> {
        const OPERATION: &str = "find_mailbox";
        self.0
            .http
            .observe(
                OPERATION,
                self.look_up(OPERATION, &address::address(address)),
            )
            .await
    }

    /// All mailboxes of a domain; half-made ones are left out.
    ///
    /// # Errors
    /// If Mailcow refuses or cannot be understood.
    pub async fn list(&self, domain: &str) -> Result<Listed<Mailbox>, Error> {
        const OPERATION: &str = "list_mailboxes";
        let domain = address::domain(domain);
        let work = self.all(OPERATION, &domain);
        self.0.http.observe(OPERATION, work).await
    }

    async fn all(&self, operation: &'static str, domain: &str) -> Result<Listed<Mailbox>, Error> {
        let path = ["mailbox", "all", domain];
        let found: Listed<Mailbox> = self.0.list(operation, &path).await?;
        Ok(found.only(|mailbox| address::domain(&mailbox.domain) == domain))
    }

    /// Creates a mailbox. The natural key is its address.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the address is taken, [`Error::NotFound`] if the domain is missing,
    /// [`Error::LimitReached`] if there is no room for it.
    pub async fn create(&self, mailbox: &CreateMailbox) -> Result<(), Error> {
        const OPERATION: &str = "create_mailbox";
        let password = mailbox.password.clone().unwrap_or_else(throwaway_password);
        let body = AddMailbox {
            local_part: &mailbox.local_part,
            domain: &mailbox.domain,
            name: &mailbox.name,
            password: password.expose_secret(),
            password2: password.expose_secret(),
            quota: mailbox.quota_mib,
            active: mailbox.state,
            force_pw_update: 0,
            authsource: "mailcow",
            tags: &mailbox.tags,
        };
        let work = async {
            let _turn = self.0.locks.hold(&mailbox.domain).await;
            match self.0.write(OPERATION, &["add", "mailbox"], &body).await {
                // An unknown domain is usually met by the check of access before the check of existence.
                Err(Error::Denied {
                    operation,
                    code,
                    is_partial: false,
                }) if self.0.domains().find(&mailbox.domain).await?.is_none() => {
                    Err(Error::NotFound { operation, code })
                }
                result => result,
            }
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Changes a mailbox.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none of that address.
    pub async fn update(&self, address: &str, changes: &UpdateMailbox) -> Result<(), Error> {
        const OPERATION: &str = "update_mailbox";
        let address = address::address(address);
        let work = async {
            // What counts towards no quota of the domain does not wait for what does: a mailbox is closed at once.
            let lock = match changes.quota {
                Some(_) => address::domain_of(&address),
                None => address.clone(),
            };
            let _turn = self.0.locks.hold(&lock).await;
            let edit = Edit {
                items: [&address],
                attr: changes,
            };
            match self.0.write(OPERATION, &["edit", "mailbox"], &edit).await {
                Err(Error::Denied {
                    operation,
                    code,
                    is_partial: false,
                }) if self.look_up(OPERATION, &address).await?.is_none() => {
                    Err(Error::NotFound { operation, code })
                }
                result => result,
            }
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Gives a mailbox another local part on the same domain; its mail, tags and app passwords stay with it. With
    /// `keeps_alias` the old address goes on as an alias of the new one.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none of that address, [`Error::Conflict`] if the new address is taken.
    pub async fn rename(
        &self,
        address: &str,
        new_local_part: &str,
        keeps_alias: bool,
    ) -> Result<(), Error> {
        const OPERATION: &str = "rename_mailbox";
        #[derive(Serialize)]
        struct Rename<'a> {
            domain: &'a str,
            old_local_part: &'a str,
            new_local_part: &'a str,
            create_alias: u8,
        }
        let address = address::address(address);
        let domain = address::domain_of(&address);
        let old_local_part = address
            .strip_suffix(&domain)
            .and_then(|rest| rest.strip_suffix('@'))
            .unwrap_or(&address);
        let work = async {
            let _turn = self.0.locks.hold(&domain).await;
            let attr = Rename {
                domain: &domain,
                old_local_part,
                new_local_part,
                create_alias: u8::from(keeps_alias),
            };
            let edit = Edit {
                items: [&address],
                attr: &attr,
            };
            match self
                .0
                .write(OPERATION, &["edit", "rename-mbox"], &edit)
                .await
            {
                Err(Error::Denied {
                    operation,
                    code,
                    is_partial: false,
                }) if self.look_up(OPERATION, &address).await?.is_none() => {
                    Err(Error::NotFound { operation, code })
                }
                result => result,
            }
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Deletes a mailbox and the mail in it.
    ///
    /// # Errors
    /// [`Error::Denied`] if it exists and Mailcow does not let us.
    pub async fn delete(&self, address: &str) -> Result<Deleted, Error> {
        const OPERATION: &str = "delete_mailbox";
        let address = address::address(address);
        let work = async {
            let _turn = self.0.locks.hold(&address::domain_of(&address)).await;
            match self
                .0
                .write(OPERATION, &["delete", "mailbox"], &[&address])
                .await
            {
                Ok(()) => Ok(Deleted::Removed),
                // "Missing" and "not yours" are the same word here: only looking tells them apart.
                Err(Error::Denied {
                    is_partial: false, ..
                }) if self.look_up(OPERATION, &address).await?.is_none() => Ok(Deleted::Absent),
                Err(error) => Err(error),
            }
        };
        self.0.http.observe(OPERATION, work).await
    }

    pub(crate) async fn look_up(
        &self,
        operation: &'static str,
        address: &str,
    ) -> Result<Option<Mailbox>, Error> {
        if names::is_plain(address) {
            return match self.ask(operation, address).await? {
                Some(mailbox) if mailbox.is_at(address) => Ok(Some(mailbox)),
                Some(_other) => Err(Error::Protocol {
                    operation,
                    reason: "another mailbox was answered",
                }),
                None => Ok(None),
            };
        }
        // An answer about such a name may be about another, and an empty one proves nothing.
        if names::pasted(address).is_some()
            && let Ok(Some(mailbox)) = self.ask(operation, address).await
            && mailbox.is_at(address)
        {
            return Ok(Some(mailbox));
        }
        let all = self.all(operation, &address::domain_of(address)).await?;
        let is_complete = all.is_complete();
        match all.into_iter().find(|mailbox| mailbox.is_at(address)) {
            None if !is_complete => Err(Error::Protocol {
                operation,
                reason: "a mailbox of the domain cannot be read, and may be the one",
            }),
            found => Ok(found),
        }
    }

    async fn ask(&self, operation: &'static str, address: &str) -> Result<Option<Mailbox>, Error> {
        let found: Option<Value> = self.0.find(operation, &["mailbox", address]).await?;
        let Some(found) = found else {
            return Ok(None);
        };
        if found.get("username").is_some_and(Value::is_null) {
            return Err(Error::HalfMade { operation });
        }
        Ok(Some(decode_value(operation, found)?))
    }
}

impl Mailbox {
    fn is_at(&self, address: &str) -> bool {
        address::address(&self.address) == address
    }
}
