//! Aliases: addresses whose mail goes to others.

use bheem_http_kit::{Deleted, Listed, lenient};
use serde::{Deserialize, Serialize, Serializer};

use crate::domains::Edit;
use crate::{Client, Error, address};

/// An alias.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Alias {
    /// Its id.
    #[serde(deserialize_with = "address::id")]
    pub id: i64,
    /// Its address; `@domain` takes whatever nobody else takes.
    pub address: String,
    /// Its domain.
    #[serde(default)]
    pub domain: String,
    /// Where its mail goes.
    #[serde(default, rename = "goto", deserialize_with = "targets")]
    pub targets: Vec<String>,
    /// It can be used.
    #[serde(default, rename = "active", deserialize_with = "lenient::flag")]
    pub is_active: bool,
}

fn targets<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let text = lenient::text(deserializer)?.unwrap_or_default();
    let parts = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    Ok(parts.map(str::to_owned).collect())
}

/// An alias to create, or what an alias is to be.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct NewAlias {
    address: String,
    #[serde(rename = "goto", serialize_with = "joined")]
    targets: Vec<String>,
    #[serde(serialize_with = "as_number")]
    active: bool,
}

fn joined<S: Serializer>(targets: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&targets.join(","))
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference to the field"
)]
fn as_number<S: Serializer>(flag: &bool, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8(u8::from(*flag))
}

impl NewAlias {
    /// An active alias. A comma in an address would make it two, so such addresses are left out.
    pub fn new<T: AsRef<str>>(address: &str, targets: impl IntoIterator<Item = T>) -> Self {
        let targets = targets
            .into_iter()
            .map(|target| address::address(target.as_ref()))
            .filter(|target| !target.contains(','))
            .collect();
        Self {
            address: address::address(address),
            targets,
            active: true,
        }
    }

    /// Whether it can be used.
    #[must_use]
    pub fn active(mut self, is_active: bool) -> Self {
        self.active = is_active;
        self
    }
}

/// Operations on aliases; from [`Client::aliases`].
#[derive(Clone, Copy, Debug)]
pub struct Aliases<'a>(pub(crate) &'a Client);

impl Aliases<'_> {
    /// The aliases of a domain. Mailcow answers all it has, so this is as slow as it has many.
    ///
    /// # Errors
    /// If Mailcow refuses or cannot be understood.
    pub async fn list(&self, domain: &str) -> Result<Listed<Alias>, Error> {
        const OPERATION: &str = "list_aliases";
        let domain = address::domain(domain);
        let work = async {
            let found = self.all(OPERATION).await?;
            Ok(found.only(|alias| address::domain_of(&alias.address) == domain))
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// The alias of this address, the natural key.
    ///
    /// # Errors
    /// If Mailcow refuses or cannot be understood.
    pub async fn find_by_address(&self, address: &str) -> Result<Option<Alias>, Error> {
        const OPERATION: &str = "find_alias";
        let work = self.look_up(OPERATION, address);
        self.0.http.observe(OPERATION, work).await
    }

    /// Creates an alias.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the address is taken by an alias or a mailbox, [`Error::NotFound`] if the domain is missing,
    /// [`Error::LimitReached`] if the domain has as many as it may, which is told before the conflict.
    /// [`Error::NothingDone`] if it leads to nothing but itself.
    pub async fn create(&self, alias: &NewAlias) -> Result<(), Error> {
        const OPERATION: &str = "create_alias";
        let work = async {
            let domain = address::domain_of(&alias.address);
            let _turn = self.0.locks.hold(&domain).await;
            match self.0.write(OPERATION, &["add", "alias"], alias).await {
                Err(Error::Denied {
                    operation,
                    code,
                    is_partial: false,
                }) if self.0.domains().find(&domain).await?.is_none() => {
                    Err(Error::NotFound { operation, code })
                }
                result => result,
            }
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Makes the alias of this address what is said.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none of that address.
    pub async fn update(&self, alias: &NewAlias) -> Result<(), Error> {
        const OPERATION: &str = "update_alias";
        let work = async {
            let domain = address::domain_of(&alias.address);
            let _turn = self.0.locks.hold(&domain).await;
            let found = self.look_up(OPERATION, &alias.address).await?;
            let id = found.map(|alias| alias.id.to_string());
            let edit = Edit {
                items: [id.as_deref().ok_or_else(|| Error::absent(OPERATION))?],
                attr: alias,
            };
            self.0.write(OPERATION, &["edit", "alias"], &edit).await
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Deletes the alias of this address.
    ///
    /// # Errors
    /// If Mailcow refuses or cannot be understood.
    pub async fn delete(&self, address: &str) -> Result<Deleted, Error> {
        const OPERATION: &str = "delete_alias";
        let address = address::address(address);
        let work = async {
            let _turn = self.0.locks.hold(&address::domain_of(&address)).await;
            let Some(alias) = self.look_up(OPERATION, &address).await? else {
                return Ok(Deleted::Absent);
            };
            let id = alias.id.to_string();
            match self.0.write(OPERATION, &["delete", "alias"], &[id]).await {
                Ok(()) => Ok(Deleted::Removed),
                // What is gone meanwhile is nobody's, and nobody's is denied.
                Err(Error::Denied {
                    is_partial: false, ..
                }) if self.look_up(OPERATION, &address).await?.is_none() => Ok(Deleted::Absent),
                Err(error) => Err(error),
            }
        };
        self.0.http.observe(OPERATION, work).await
    }

    async fn look_up(&self, operation: &'static str, wanted: &str) -> Result<Option<Alias>, Error> {
        let wanted = address::address(wanted);
        let found = self.all(operation).await?;
        let is_it = |alias: &Alias| address::address(&alias.address) == wanted;
        Ok(found.into_iter().find(is_it))
    }

    async fn all(&self, operation: &'static str) -> Result<Listed<Alias>, Error> {
        self.0.list(operation, &["alias", "all"]).await
    }
}
