//! The domain model: identifiers, parsed value types, roles, plans and policy decisions.
//!
//! Everything here is pure. Nothing reads a clock, a socket or the environment, apart from
//! [`clock::SystemClock`], the one place that does so for the whole workspace. A value that exists
//! has been validated: functions further up take these types, never strings.

pub mod access;
pub mod clock;
pub mod domain_name;
pub mod email_address;
pub mod id;
pub mod invalid;
pub mod password;
pub mod plan;
mod platform_name;
pub mod provisioning;
pub mod role;
pub mod slug;
pub mod text;
pub mod username;

pub use access::{TenantAccess, tenant_access};
pub use clock::{Clock, ManualClock, SystemClock};
pub use domain_name::DomainName;
pub use email_address::EmailAddress;
pub use id::{
    AccountId, ActivityId, CredentialId, DnsRecordId, DomainId, LinkTokenId, LoginEventId,
    MemberId, PasskeyId, RunId, SessionId, SigningKeyId, TenantId, VerificationCodeId,
};
pub use invalid::Invalid;
pub use plan::{Limit, PlanCode, Quotas, SeatDecision};
pub use platform_name::looks_like_platform;
pub use role::{PlatformRole, TenantRole};
pub use slug::Slug;
pub use username::Username;
