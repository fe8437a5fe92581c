//! Limits on failed sign-ins, by name and by address.
//!
//! Names that do not exist are counted like those that do. A name's limit is counted together with
//! the network it is tried from, so that a stranger cannot lock its owner out.

use std::{net::IpAddr, time::Duration};

use bheem_domain::AccountId;
use bheem_persistence::repo::{LoginThrottle, ThrottleCount};
use bheem_vault::token;
use chrono::{DateTime, TimeDelta, Utc};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::{Error, IdentityConfig, Result};

/// What one attempt is counted under.
pub(crate) struct Keys {
    account: Vec<u8>,
    /// The account wherever it is tried from; only for what comes after a password.
    everywhere: Option<Vec<u8>>,
    address: Option<Vec<u8>>,
    network: String,
}

/// What is tried from anywhere may fail so many times more often than from one network.
const EVERYWHERE: i32 = 5;

impl Keys {
    pub(crate) fn new(name: &str, ip: Option<IpAddr>) -> Self {
        let network = ip.map_or_else(String::new, network);
        let name = name.trim().to_lowercase();
        Self {
            account: token::hash(format!("name\0{name}\0{network}").as_bytes()).to_vec(),
            everywhere: None,
            address: ip.map(|_| token::hash(format!("address\0{network}").as_bytes()).to_vec()),
            network,
        }
    }

    /// For a device that the account is known to sign in from: it is counted by itself, so what others do
    /// behind the same address does not keep its owner out.
    pub(crate) fn of_device(self, account: AccountId, device: &[u8]) -> Self {
        let mut text = format!("device\0{account}\0").into_bytes();
        text.extend_from_slice(device);
        Self {
            account: token::hash(&text).to_vec(),
            address: None,
            ..self
        }
    }

    /// Where it is tried from.
    pub(crate) fn network(&self) -> &str {
        &self.network
    }

    /// For what is asked after the password, such as a code of six digits. It is limited over all
    /// networks as well: only who knows the password can use that up.
    pub(crate) fn after_password(account: AccountId, ip: Option<IpAddr>) -> Self {
        let keys = Self::new(&format!("second\0{account}"), ip);
        Self {
            everywhere: Some(token::hash(format!("second\0{account}").as_bytes()).to_vec()),
            ..keys
        }
    }

    fn own(&self) -> Vec<Vec<u8>> {
        let mut keys = vec![self.account.clone()];
        keys.extend(self.everywhere.clone());
        keys
    }

    fn all(&self) -> Vec<Vec<u8>> {
        let mut keys = self.own();
        keys.extend(self.address.clone());
        keys
    }

    /// Refuses when either limit is reached. What is refused here is not counted, or an impatient
    /// person would use up the limit of everybody behind the same address.
    pub(crate) async fn check(
        &self,
        counts: &mut LoginThrottle<'_>,
        config: &IdentityConfig,
        now: DateTime<Utc>,
    ) -> Result<()> {
        for count in counts.counts(&self.all(), now - window(config)).await? {
            if count.failures >= self.limit(&count, config) {
                return Err(wait(&count, config, now));
            }
        }
        Ok(())
    }

    /// Counts something that is limited whether or not it succeeds, and refuses beyond the limit: of
    /// many at once no more pass than of those made in turn.
    pub(crate) async fn count(
        &self,
        counts: &mut LoginThrottle<'_>,
        config: &IdentityConfig,
        now: DateTime<Utc>,
    ) -> Result<()> {
        self.check(counts, config, now).await?;
        for count in self.failed(counts, config, now).await? {
            if count.failures > self.limit(&count, config) {
                return Err(wait(&count, config, now));
            }
        }
        Ok(())
    }

    /// Counts an attempt before it is looked at, under the account alone, and refuses beyond the limit;
    /// [`Self::succeeded`] takes it back, [`Self::attempt_failed`] completes it.
    pub(crate) async fn attempt(
        &self,
        counts: &mut LoginThrottle<'_>,
        config: &IdentityConfig,
        now: DateTime<Utc>,
    ) -> Result<()> {
        self.check(counts, config, now).await?;
        let since = now - window(config);
        for count in counts.add_failure(&self.own(), now, since).await? {
            if count.failures > self.limit(&count, config) {
                return Err(wait(&count, config, now));
            }
        }
        Ok(())
    }

    /// The attempt was a failure.
    pub(crate) async fn attempt_failed(
        &self,
        counts: &mut LoginThrottle<'_>,
        config: &IdentityConfig,
        now: DateTime<Utc>,
    ) -> Result<()> {
        if let Some(address) = &self.address {
            let since = now - window(config);
            counts
                .add_failure(std::slice::from_ref(address), now, since)
                .await?;
        }
        Ok(())
    }

    /// Counts a failure.
    pub(crate) async fn failed(
        &self,
        counts: &mut LoginThrottle<'_>,
        config: &IdentityConfig,
        now: DateTime<Utc>,
    ) -> Result<Vec<ThrottleCount>> {
        Ok(counts
            .add_failure(&self.all(), now, now - window(config))
            .await?)
    }

    /// The attempt was a success: the name's failures are forgotten.
    pub(crate) async fn succeeded(&self, counts: &mut LoginThrottle<'_>) -> Result<()> {
        for key in self.own() {
            counts.clear(&key).await?;
        }
        Ok(())
    }

    /// What was counted as a failure was none.
    pub(crate) async fn take_back(&self, counts: &mut LoginThrottle<'_>) -> Result<()> {
        Ok(counts.take_back(&self.all()).await?)
    }

    fn limit(&self, count: &ThrottleCount, config: &IdentityConfig) -> i32 {
        if count.key == self.account {
            config.failures_per_account
        } else if self.everywhere.as_ref() == Some(&count.key) {
            config.failures_per_account.saturating_mul(EVERYWHERE)
        } else {
            config.failures_per_address
        }
    }
}

fn wait(count: &ThrottleCount, config: &IdentityConfig, now: DateTime<Utc>) -> Error {
    let retry_after = count.window_started_at + window(config) - now;
    Error::TooMany {
        retry_after: retry_after.to_std().unwrap_or(Duration::ZERO),
    }
}

fn window(config: &IdentityConfig) -> TimeDelta {
    TimeDelta::from_std(config.failure_window).unwrap_or(TimeDelta::minutes(15))
}

/// One address of version 4; a /64 of version 6, which is what one customer has.
pub(crate) fn network(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => IpNet::from(Ipv4Net::from(ip)).to_string(),
        IpAddr::V6(ip) => {
            Ipv6Net::new(ip, 64).map_or_else(|_error| ip.to_string(), |net| net.trunc().to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_is_one_network() {
        let net = |ip: &str| network(ip.parse().unwrap());
        assert_eq!(net("2001:db8::1"), net("2001:db8::ffff"));
        assert_ne!(net("2001:db8::1"), net("2001:db8:0:1::1"));
        assert_eq!(net("::ffff:192.0.2.1"), net("192.0.2.1"));
        assert_ne!(net("192.0.2.1"), net("192.0.2.2"));
    }

    #[test]
    fn names_are_counted_without_regard_to_case() {
        let ip = Some("192.0.2.1".parse().unwrap());
        assert_eq!(
            Keys::new(" John ", ip).account,
            Keys::new("john", ip).account
        );
        assert_ne!(Keys::new("john", ip).account, Keys::new("jane", ip).account);
    }
}
