//! How much a mailbox or a domain may send.

use serde::Serialize;

use crate::domains::Edit;
use crate::{Client, Error, address};

/// In which time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Frame {
    /// In each second.
    #[serde(rename = "s")]
    Second,
    /// In each minute.
    #[serde(rename = "m")]
    Minute,
    /// In each hour.
    #[serde(rename = "h")]
    Hour,
    /// In each day.
    #[serde(rename = "d")]
    Day,
}

/// So many messages in such a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// How many.
    pub messages: u32,
    /// In which time.
    pub frame: Frame,
}

#[derive(Serialize)]
struct Attributes {
    /// Empty or 0 takes the limit away.
    rl_value: u32,
    rl_frame: Frame,
}

impl Client {
    /// Limits what a mailbox may send; `None` leaves it to its domain's limit.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none of that address.
    pub async fn limit_mailbox(
        &self,
        address: &str,
        limit: Option<RateLimit>,
    ) -> Result<(), Error> {
        const OPERATION: &str = "limit_mailbox";
        let address = address::address(address);
        let work = async {
            let _turn = self.locks.hold(&address::domain_of(&address)).await;
            let result = self.limit(OPERATION, "rl-mbox", &address, limit).await;
            match result {
                Err(Error::Denied {
                    operation,
                    code,
                    is_partial: false,
                }) if self
                    .mailboxes()
                    .look_up(OPERATION, &address)
                    .await?
                    .is_none() =>
                {
                    Err(Error::NotFound { operation, code })
                }
                other => other,
            }
        };
        self.http.observe(OPERATION, work).await
    }

    /// Limits what all mailboxes of a domain together may send; `None` takes the limit away.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such domain.
    pub async fn limit_domain(&self, domain: &str, limit: Option<RateLimit>) -> Result<(), Error> {
        const OPERATION: &str = "limit_domain";
        let domain = address::domain(domain);
        let work = async {
            let _turn = self.locks.hold(&domain).await;
            match self.limit(OPERATION, "rl-domain", &domain, limit).await {
                Err(Error::Denied {
                    operation,
                    code,
                    is_partial: false,
                }) if self.domains().find(&domain).await?.is_none() => {
                    Err(Error::NotFound { operation, code })
                }
                other => other,
            }
        };
        self.http.observe(OPERATION, work).await
    }

    async fn limit(
        &self,
        operation: &'static str,
        object: &str,
        item: &str,
        limit: Option<RateLimit>,
    ) -> Result<(), Error> {
        let attr = Attributes {
            rl_value: limit.map_or(0, |limit| limit.messages),
            rl_frame: limit.map_or(Frame::Second, |limit| limit.frame),
        };
        let edit = Edit {
            items: [item],
            attr: &attr,
        };
        self.write(operation, &["edit", object], &edit).await
    }
}
