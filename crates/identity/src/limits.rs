//! Limits on what is sent to people and made for them, whoever asks: by network, by recipient, by account and in all.
//!
//! What a stranger could use up for somebody else is not refused to that person: a mail beyond its
//! recipient's limit is only not sent once more, while those before it are good.

use std::time::Duration;

use bheem_persistence::repo::LoginThrottle;
use bheem_vault::token;
use chrono::{DateTime, TimeDelta, Utc};

use crate::{Client, Error, Identity, Result, throttle::network};

/// So many of one kind within a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Its name, as it is told to clients.
    pub name: &'static str,
    /// How many.
    pub quota: i32,
    /// Within how long.
    pub window: Duration,
}

/// A limit that is reached, and when it begins anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// Which.
    pub limit: Limit,
    /// When to come back.
    pub retry_after: Duration,
}

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Mails to one recipient whom nobody of the installation need know.
const GREETINGS: Limit = Limit {
    name: "greetings-per-recipient",
    quota: 3,
    window: DAY,
};
/// Links that set a password, to one recipient. Each is good for a day, so nobody is kept out.
const RESETS: Limit = Limit {
    name: "resets-per-recipient",
    quota: 6,
    window: HOUR,
};
/// Requests for such links from one network.
const RESET_REQUESTS: Limit = Limit {
    name: "resets-per-network",
    quota: 60,
    window: HOUR,
};
/// Links that prove an address, to one recipient from all accounts that name it.
const PROOFS: Limit = Limit {
    name: "proofs-per-recipient",
    quota: 30,
    window: DAY,
};
/// Codes to one telephone.
const CODES: Limit = Limit {
    name: "codes-per-number",
    quota: 5,
    window: DAY,
};
/// Codes that are asked for from one network.
const CODE_REQUESTS: Limit = Limit {
    name: "codes-per-network",
    quota: 20,
    window: HOUR,
};

/// Which mail is to go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// Greets somebody, or tells them that their address is in use.
    Greeting,
    /// Carries a link that sets a password.
    Reset,
    /// Carries a link that proves the address.
    Proof,
}

impl Limit {
    /// Counts one more, and refuses beyond the quota.
    pub(crate) async fn count(
        self,
        counts: &mut LoginThrottle<'_>,
        subject: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let key = token::hash(format!("limit\0{}\0{subject}", self.name).as_bytes()).to_vec();
        let window = TimeDelta::from_std(self.window).unwrap_or(TimeDelta::days(1));
        let counted = counts.add_failure(&[key], now, now - window).await?;
        for count in counted {
            if count.failures > self.quota {
                let retry_after = count.window_started_at + window - now;
                return Err(Error::LimitReached(Reached {
                    limit: self,
                    retry_after: retry_after.to_std().unwrap_or_default(),
                }));
            }
        }
        Ok(())
    }
}

impl Identity {
    /// Counts a registration.
    ///
    /// # Errors
    /// [`Error::LimitReached`] when too many came from the same network.
    pub async fn count_registration(&self, client: &Client) -> Result<()> {
        let limit = Limit {
            name: "registrations-per-network",
            quota: self.config.registrations_per_network,
            window: HOUR,
        };
        self.count_by_network(limit, client).await
    }

    /// Counts a request for a link that sets a password.
    pub(crate) async fn count_reset_request(&self, client: &Client) -> Result<()> {
        self.count_by_network(RESET_REQUESTS, client).await
    }

    async fn count_by_network(&self, limit: Limit, client: &Client) -> Result<()> {
        let Some(ip) = client.ip else {
            return Ok(());
        };
        let scope = Self::scope("count what one network asks for");
        let mut read = self.database.system_read(&scope).await?;
        let now = self.clock.now();
        limit
            .count(&mut read.login_throttle(), &network(ip), now)
            .await
    }

    /// Whether one more mail of the kind may go to the recipient; it counts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn may_write_to(&self, recipient: &str, occasion: Occasion) -> Result<bool> {
        let limit = match occasion {
            Occasion::Greeting => GREETINGS,
            Occasion::Reset => RESETS,
            Occasion::Proof => PROOFS,
        };
        let scope = Self::scope("count mails to a recipient");
        let mut read = self.database.system_read(&scope).await?;
        let now = self.clock.now();
        let recipient = recipient.to_lowercase();
        let counted = limit
            .count(&mut read.login_throttle(), &recipient, now)
            .await;
        match counted {
            Ok(()) => Ok(true),
            Err(Error::LimitReached(_)) => {
                metrics::counter!("mails_withheld_total", "limit" => limit.name).increment(1);
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Counts a code to a telephone, in the transaction that keeps it.
    pub(crate) async fn count_code(
        &self,
        counts: &mut LoginThrottle<'_>,
        number: &str,
        client: &Client,
        now: DateTime<Utc>,
    ) -> Result<()> {
        if let Some(ip) = client.ip {
            CODE_REQUESTS.count(counts, &network(ip), now).await?;
        }
        CODES.count(counts, number, now).await?;
        let all = Limit {
            name: "codes-per-day",
            quota: self.config.codes_per_day,
            window: DAY,
        };
        // The last one, as everybody waits for its row.
        all.count(counts, "", now).await
    }
}
