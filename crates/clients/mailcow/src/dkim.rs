//! DKIM keys of domains. A new domain has one if Mailcow's template for domains says so.

use bheem_http_kit::{Deleted, lenient};
use serde::{Deserialize, Serialize};

use crate::{Client, Error, address};

/// A DKIM record to publish.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Dkim {
    /// The text of the record.
    #[serde(rename = "dkim_txt")]
    pub txt: String,
    /// The label before `._domainkey`.
    #[serde(rename = "dkim_selector")]
    pub selector: String,
    /// The size of the key in bits.
    #[serde(default, rename = "length", deserialize_with = "lenient::integer")]
    pub key_bits: Option<i64>,
}

#[derive(Serialize)]
struct AddDkim<'a> {
    domains: &'a str,
    dkim_selector: &'a str,
    key_size: u16,
}

impl Client {
    /// The DKIM record to publish for a domain, if it has a key.
    ///
    /// # Errors
    /// If Mailcow refuses or cannot be understood.
    pub async fn find_dkim(&self, domain: &str) -> Result<Option<Dkim>, Error> {
        const OPERATION: &str = "find_dkim";
        let domain = address::domain(domain);
        self.http
            .observe(OPERATION, self.find(OPERATION, &["dkim", &domain]))
            .await
    }

    /// Makes a key for a domain that has none. Mailcow says of one that has that its domain or selector is invalid, so
    /// this looks.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the domain has a key, [`Error::NotFound`] if there is no such domain.
    pub async fn create_dkim(
        &self,
        domain: &str,
        selector: &str,
        key_bits: u16,
    ) -> Result<(), Error> {
        const OPERATION: &str = "create_dkim";
        let domain = address::domain(domain);
        let work = async {
            let _turn = self.locks.hold(&domain).await;
            let body = AddDkim {
                domains: &domain,
                dkim_selector: selector,
                key_size: key_bits,
            };
            match self.write(OPERATION, &["add", "dkim"], &body).await {
                Err(Error::Invalid {
                    operation,
                    code,
                    is_partial: false,
                }) if code.name() == "dkim_domain_or_sel_invalid"
                    && self
                        .find::<Dkim>(OPERATION, &["dkim", &domain])
                        .await?
                        .is_some() =>
                {
                    Err(Error::Conflict {
                        operation,
                        code,
                        is_partial: false,
                    })
                }
                Err(Error::Denied {
                    operation,
                    code,
                    is_partial: false,
                }) if self.domains().find(&domain).await?.is_none() => {
                    Err(Error::NotFound { operation, code })
                }
                result => result,
            }
        };
        self.http.observe(OPERATION, work).await
    }

    /// Removes the key of a domain: what is sent from then on is not signed.
    ///
    /// # Errors
    /// If Mailcow refuses or cannot be understood.
    pub async fn delete_dkim(&self, domain: &str) -> Result<Deleted, Error> {
        const OPERATION: &str = "delete_dkim";
        let domain = address::domain(domain);
        let work = async {
            let _turn = self.locks.hold(&domain).await;
            let found: Option<Dkim> = self.find(OPERATION, &["dkim", &domain]).await?;
            if found.is_none() {
                return Ok(Deleted::Absent);
            }
            self.write(OPERATION, &["delete", "dkim"], &[&domain])
                .await?;
            Ok(Deleted::Removed)
        };
        self.http.observe(OPERATION, work).await
    }
}
