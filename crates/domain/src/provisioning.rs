//! What a person gets, and how it went: the pure part of provisioning.

use serde::{Deserialize, Serialize};

use crate::{DomainName, EmailAddress, Invalid, role::text_enum};
use std::{fmt, str::FromStr};

text_enum! {
    /// How an action as a whole stands.
    ProvisioningStatus, "provisioning_status" {
        /// Still at work, or waiting for a peer that is away.
        Running = "running",
        /// Everything that was asked for is there.
        Success = "success",
        /// The person is a member, and a service is missing until somebody acts.
        Partial = "partial",
        /// Nothing came of it, and nothing is left of it.
        Failed = "failed",
    }
}

/// Why a service was left out on purpose. A skip is not an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SkipReason {
    /// The caller or the configuration did not want it.
    NotRequested,
    /// The peer is not configured here.
    PeerNotConfigured,
    /// The name is not an address.
    InvalidEmail,
    /// The address lies on a domain which is not the tenant's.
    ForeignDomain {
        /// That domain.
        domain: DomainName,
    },
    /// An operator left the step out.
    Operator,
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRequested => f.write_str("not requested"),
            Self::PeerNotConfigured => f.write_str("peer_not_configured"),
            Self::InvalidEmail => f.write_str("Invalid email format"),
            Self::ForeignDomain { domain } => {
                write!(f, "Email domain {domain} not in tenant domains")
            }
            Self::Operator => f.write_str("skipped by an operator"),
        }
    }
}

/// Whether a mailbox is made for `address`: only on a domain of the tenant that may carry mail.
///
/// # Errors
/// The reason to skip it.
pub fn mailbox_for<'a>(
    address: &EmailAddress,
    mail_domains: impl IntoIterator<Item = &'a DomainName>,
) -> Result<(), SkipReason> {
    if mail_domains
        .into_iter()
        .any(|domain| domain == address.domain())
    {
        Ok(())
    } else {
        Err(SkipReason::ForeignDomain {
            domain: address.domain().clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_needs_a_domain_of_the_tenant() {
        let ours = [DomainName::parse("a.example").unwrap()];
        let inside = EmailAddress::parse("john@A.example").unwrap();
        let outside = EmailAddress::parse("john@evil-a.example").unwrap();
        assert_eq!(mailbox_for(&inside, &ours), Ok(()));
        assert_eq!(
            mailbox_for(&outside, &ours).unwrap_err().to_string(),
            "Email domain evil-a.example not in tenant domains"
        );
        assert!(mailbox_for(&inside, &[]).is_err());
    }
}
