//! Repositories: one file per resource, one statement per method.

mod account_administration;
mod accounts;
mod activity;
mod addresses;
mod app_passwords;
mod authorization_codes;
mod authorization_requests;
mod claims;
mod client_secrets;
mod clients;
mod closing;
mod consents;
mod credentials;
mod device_codes;
mod domain_claims;
mod domain_state;
mod domains;
mod entry;
mod external_identities;
mod former_addresses;
mod grants;
mod idempotency;
mod initial_access_tokens;
mod invitations;
mod known_devices;
mod link_tokens;
mod login_events;
mod login_throttle;
mod managed_accounts;
mod members;
mod name_collisions;
mod passkeys;
mod plans;
mod recovery_codes;
mod resting_names;
mod revoked_tokens;
mod runs;
mod session_clients;
mod sessions;
mod shared_names;
mod signing_keys;
mod sweeps;
mod tenant_clients;
mod tenant_policy;
mod tenants;
mod totp;
mod used_assertions;
mod verification_codes;
mod webauthn_ceremonies;

pub use account_administration::AccountFilter;
pub use accounts::{AccountRecord, Accounts, NewAccount, Origin};
pub use activity::{Activity, ActivityRecord, Entity};
pub use addresses::Displaced;
pub use app_passwords::{AppPasswordRecord, AppPasswords, AppService, NewAppPassword};
pub use closing::Closing;
pub use credentials::{Credentials, SealedCredential};
pub use domain_claims::{DomainClaims, ProvenDomain};
pub use domains::{
    DnsRecord, DomainRecord, DomainType, Domains, NewDnsRecord, NewDomain, Purpose, Verdict,
    VerificationStatus,
};
pub use entry::{TenantEntry, TenantRef};
pub use idempotency::{IdempotencyKeys, KeptAnswer, KeyState, TakeKey};
pub use invitations::{DueMember, InvitationRecord, Invitations};
pub use link_tokens::{LinkPurpose, LinkTokenRecord, LinkTokens, NewLinkToken};
pub use login_throttle::{LoginThrottle, ThrottleCount};
pub use members::{Consent, MemberChange, MemberRecord, Members, NewMember};
pub use plans::{PlanRecord, Plans};
pub use resting_names::{NameKind, RestingNames};
pub use runs::Runs;
pub use sessions::{NewSession, SessionKind, SessionRecord, Sessions};
pub use signing_keys::{SigningKeyRecord, SigningKeys};
pub use sweeps::Sweeps;
pub use tenants::{
    Membership, NewTenant, Tenant, TenantChange, TenantFilter, TenantRecord, Tenants,
};

pub use authorization_codes::{AuthorizationCodeRecord, AuthorizationCodes, NewAuthorizationCode};
pub use authorization_requests::{
    AuthorizationRequestRecord, AuthorizationRequests, NewAuthorizationRequest,
};
pub use claims::{Claims, PersonClaims, Place};
pub use client_secrets::{ClientSecrets, NewClientSecret};
pub use clients::{
    ClientAuthMethod, ClientChange, ClientCursor, ClientRecord, ClientSecretRecord, ClientSettings,
    Clients, KnownClient, NewClient,
};
pub use consents::{ConsentRecord, Consents};
pub use device_codes::{
    DeviceApproval, DeviceCodeRecord, DeviceCodeStatus, DeviceCodes, NewDeviceCode,
};
pub use external_identities::ExternalIdentities;
pub use former_addresses::FormerAddresses;
pub use grants::{GrantRecord, Grants, NewGrant};
pub use initial_access_tokens::{InitialAccessTokens, NewInitialAccessToken};
pub use known_devices::KnownDevices;
pub use login_events::{DueAlert, LoginAlert, LoginEventRecord, LoginEvents, LoginHistory};
pub use name_collisions::{NameCollision, NameCollisions};
pub use passkeys::{PasskeyRecord, Passkeys};
pub use recovery_codes::RecoveryCodes;
pub use revoked_tokens::RevokedTokens;
pub use session_clients::{EndedSession, SessionClients};
pub use tenant_clients::TenantClients;
pub use totp::{TotpRecord, TotpSecrets};
pub use used_assertions::UsedAssertions;
pub use verification_codes::{VerificationCodeRecord, VerificationCodes};
pub use webauthn_ceremonies::{CeremonyPurpose, NewCeremony, WebauthnCeremonies};

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
