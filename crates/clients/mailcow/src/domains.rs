//! Mail domains.

use bheem_http_kit::{Deleted, Listed, lenient};
use serde::{Deserialize, Serialize};

use crate::{Client, Error, address};

/// A mail domain. Sizes are bytes, as Mailcow reports them.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Domain {
    /// Its name, in ASCII.
    #[serde(rename = "domain_name")]
    pub name: String,
    /// A free text.
    #[serde(default, deserialize_with = "lenient::text")]
    pub description: Option<String>,
    /// Mail is accepted.
    #[serde(default, rename = "active", deserialize_with = "lenient::flag")]
    pub is_active: bool,
    /// Mailboxes it has.
    #[serde(
        default,
        rename = "mboxes_in_domain",
        deserialize_with = "lenient::integer"
    )]
    pub mailboxes: Option<i64>,
    /// Mailboxes it may still get.
    #[serde(default, rename = "mboxes_left", deserialize_with = "lenient::integer")]
    pub mailboxes_left: Option<i64>,
    /// Mailboxes it may have.
    #[serde(
        default,
        rename = "max_num_mboxes_for_domain",
        deserialize_with = "lenient::integer"
    )]
    pub max_mailboxes: Option<i64>,
    /// The quota of the whole domain.
    #[serde(
        default,
        rename = "max_quota_for_domain",
        deserialize_with = "lenient::integer"
    )]
    pub quota_bytes: Option<i64>,
    /// The largest quota a mailbox may have.
    #[serde(
        default,
        rename = "max_quota_for_mbox",
        deserialize_with = "lenient::integer"
    )]
    pub max_mailbox_quota_bytes: Option<i64>,
    /// Labels.
    #[serde(default, deserialize_with = "lenient::list")]
    pub tags: Vec<String>,
}

/// A domain to create. Sizes are MiB, as Mailcow wants them.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct CreateDomain {
    domain: String,
    description: String,
    mailboxes: u32,
    aliases: u32,
    defquota: u64,
    maxquota: u64,
    quota: u64,
    active: u8,
    tags: Vec<String>,
    restart_sogo: u8,
}

impl CreateDomain {
    /// An active domain with Mailcow's usual limits: 10 mailboxes, 400 aliases, 10 GiB in all and per mailbox.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            domain: address::domain(name),
            description: String::new(),
            mailboxes: 10,
            aliases: 400,
            defquota: 1024,
            maxquota: 10_240,
            quota: 10_240,
            active: 1,
            tags: Vec::new(),
            restart_sogo: 0,
        }
    }

    /// A free text.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = text.into();
        self
    }

    /// How many mailboxes it may have.
    #[must_use]
    pub fn max_mailboxes(mut self, count: u32) -> Self {
        self.mailboxes = count;
        self
    }

    /// How many aliases it may have.
    #[must_use]
    pub fn max_aliases(mut self, count: u32) -> Self {
        self.aliases = count;
        self
    }

    /// Quotas in MiB: of a mailbox unless told otherwise, of the largest mailbox, of all together.
    #[must_use]
    pub fn quotas_mib(mut self, default_mailbox: u64, max_mailbox: u64, total: u64) -> Self {
        (self.defquota, self.maxquota, self.quota) = (default_mailbox, max_mailbox, total);
        self
    }

    /// Adds a label.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Restarts the web mail so that it sees the domain at once. Slow, and it interrupts everybody's session.
    #[must_use]
    pub fn restart_web_mail(mut self) -> Self {
        self.restart_sogo = 1;
        self
    }
}

/// Changes to a domain; what is not named stays.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct UpdateDomain {
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    active: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mailboxes: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maxquota: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quota: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
}

impl UpdateDomain {
    /// No change yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A free text.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// Whether mail is accepted.
    #[must_use]
    pub fn active(mut self, is_active: bool) -> Self {
        self.active = Some(u8::from(is_active));
        self
    }

    /// How many mailboxes it may have.
    #[must_use]
    pub fn max_mailboxes(mut self, count: u32) -> Self {
        self.mailboxes = Some(count);
        self
    }

    /// Quotas in MiB: of the largest mailbox, of all together.
    #[must_use]
    pub fn quotas_mib(mut self, max_mailbox: u64, total: u64) -> Self {
        (self.maxquota, self.quota) = (Some(max_mailbox), Some(total));
        self
    }

    /// Adds a tag. Mailcow adds to the tags that are there; [`Domains::remove_tag`] takes one away.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }
}

/// Body of Mailcow's edit calls.
#[derive(Serialize)]
pub(crate) struct Edit<'a, T> {
    pub(crate) items: [&'a str; 1],
    pub(crate) attr: &'a T,
}

/// Operations on domains; from [`Client::domains`].
#[derive(Clone, Copy, Debug)]
pub struct Domains<'a>(pub(crate) &'a Client);

impl Domains<'_> {
    /// Looks a domain up by its name.
    ///
    /// # Errors
    /// [`Error::AliasDomain`] if the name is an alias: Mailcow then answers with the target domain.
    pub async fn find(&self, name: &str) -> Result<Option<Domain>, Error> {
        const OPERATION: &str = "find_domain";
        self.0
            .http
            .observe(OPERATION, self.look_up(OPERATION, &address::domain(name)))
            .await
    }

    /// All domains of this Mailcow. Not those of one customer: never choose a customer's domain from here.
    ///
    /// # Errors
    /// If Mailcow refuses or cannot be understood.
    pub async fn list(&self) -> Result<Listed<Domain>, Error> {
        const OPERATION: &str = "list_domains";
        self.0
            .http
            .observe(OPERATION, self.0.list(OPERATION, &["domain", "all"]))
            .await
    }

    /// Creates a domain. Mailcow makes a DKIM key for it only if its template for domains has a selector and a size; else
    /// [`Client::create_dkim`] makes one. The natural key is its name.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the name is taken, also by an alias domain.
    pub async fn create(&self, domain: &CreateDomain) -> Result<(), Error> {
        const OPERATION: &str = "create_domain";
        let work = async {
            let _turn = self.0.locks.hold(&domain.domain).await;
            self.0.write(OPERATION, &["add", "domain"], domain).await
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Changes a domain.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none of that name.
    pub async fn update(&self, name: &str, changes: &UpdateDomain) -> Result<(), Error> {
        const OPERATION: &str = "update_domain";
        let name = address::domain(name);
        let work = async {
            let _turn = self.0.locks.hold(&name).await;
            let edit = Edit {
                items: [&name],
                attr: changes,
            };
            match self.0.write(OPERATION, &["edit", "domain"], &edit).await {
                Err(Error::Denied {
                    operation,
                    code,
                    is_partial: false,
                }) if self.look_up(OPERATION, &name).await?.is_none() => {
                    Err(Error::NotFound { operation, code })
                }
                // To an administrator's key an absent domain is an invalid one.
                Err(Error::Invalid {
                    operation,
                    code,
                    is_partial: false,
                }) if code.name() == "domain_invalid"
                    && self.look_up(OPERATION, &name).await?.is_none() =>
                {
                    Err(Error::NotFound { operation, code })
                }
                result => result,
            }
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Takes a tag from a domain. One that it does not bear is no failure.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no domain of that name.
    pub async fn remove_tag(&self, name: &str, tag: &str) -> Result<(), Error> {
        const OPERATION: &str = "remove_domain_tag";
        let name = address::domain(name);
        let work = async {
            let _turn = self.0.locks.hold(&name).await;
            match self.look_up(OPERATION, &name).await? {
                None => Err(Error::absent(OPERATION)),
                Some(domain) if !domain.tags.iter().any(|other| other == tag) => Ok(()),
                Some(_) => {
                    self.0
                        .write(OPERATION, &["delete", "domain", "tag", &name], &[tag])
                        .await
                }
            }
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Deletes an empty domain; its DKIM key stays. Mailcow reports success for a domain that never existed, so this
    /// looks first.
    ///
    /// # Errors
    /// [`Error::Conflict`] while it has mailboxes, [`Error::AliasDomain`] if the name is an alias.
    pub async fn delete(&self, name: &str) -> Result<Deleted, Error> {
        const OPERATION: &str = "delete_domain";
        let name = address::domain(name);
        let work = async {
            let _turn = self.0.locks.hold(&name).await;
            if self.look_up(OPERATION, &name).await?.is_none() {
                return Ok(Deleted::Absent);
            }
            self.0
                .write(OPERATION, &["delete", "domain"], &[&name])
                .await?;
            Ok(Deleted::Removed)
        };
        self.0.http.observe(OPERATION, work).await
    }

    async fn look_up(&self, operation: &'static str, name: &str) -> Result<Option<Domain>, Error> {
        let found: Option<Domain> = self.0.find(operation, &["domain", name]).await?;
        match found {
            Some(domain) if address::domain(&domain.name) != name => Err(Error::AliasDomain {
                operation,
                target: domain.name,
            }),
            found => Ok(found),
        }
    }
}
