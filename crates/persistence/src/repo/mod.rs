//! Repositories: one file per resource, one statement per method.

mod accounts;
mod activity;
mod credentials;
mod domain_claims;
mod domains;
mod entry;
mod idempotency;
mod link_tokens;
mod login_throttle;
mod members;
mod plans;
mod runs;
mod sessions;
mod signing_keys;
mod tenants;

pub use accounts::{AccountRecord, Accounts, NewAccount, Origin};
pub use activity::{Activity, ActivityRecord, Entity};
pub use credentials::{Credentials, SealedCredential};
pub use domain_claims::DomainClaims;
pub use domains::{
    DnsRecord, DomainRecord, DomainType, Domains, NewDnsRecord, NewDomain, Purpose, Verdict,
    VerificationStatus,
};
pub use entry::{TenantEntry, TenantRef};
pub use idempotency::{IdempotencyKeys, KeptAnswer, KeyState};
pub use link_tokens::{LinkPurpose, LinkTokenRecord, LinkTokens, NewLinkToken};
pub use login_throttle::{LoginThrottle, ThrottleCount};
pub use members::{MemberChange, MemberRecord, Members, NewMember};
pub use plans::{PlanRecord, Plans};
pub use runs::Runs;
pub use sessions::{NewSession, SessionRecord, Sessions};
pub use signing_keys::{SigningKeyRecord, SigningKeys};
pub use tenants::{
    Membership, NewTenant, Tenant, TenantChange, TenantFilter, TenantRecord, Tenants,
};

use bheem_domain::Invalid;

use crate::{Error, Result};

/// Parses a stored word into its type.
fn parse<T>(table: &'static str, parsed: std::result::Result<T, Invalid>) -> Result<T> {
    parsed.map_err(|error| Error::inconsistent(table, error))
}

/// One row, no more, no less, was changed; none means it is not there.
fn exactly_one(what: &'static str, rows: usize) -> Result<()> {
    if rows == 0 {
        Err(Error::NotFound { what })
    } else {
        Ok(())
    }
}
