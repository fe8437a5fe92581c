//! Identifiers: a newtype over UUIDv7 (RFC 9562) for each kind of thing, so that one cannot be
//! passed for another.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Clock, Invalid};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident => $field:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id; ids made later sort later.
            pub fn generate(clock: &dyn Clock) -> Self {
                Self(clock.new_uuid())
            }

            /// The id inside.
            #[must_use]
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(value: Uuid) -> Self {
                Self(value)
            }
        }

        impl From<$name> for Uuid {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(value: &str) -> Result<Self, Invalid> {
                value
                    .parse()
                    .map(Self)
                    .map_err(|_error: uuid::Error| Invalid::new($field, "is not a UUID"))
            }
        }
    )*};
}

ids! {
    /// An organisation.
    TenantId => "tenant_id";
    /// A person who can sign in, in whichever tenants.
    AccountId => "user_id";
    /// A person's place in one tenant.
    MemberId => "member_id";
    /// A DNS domain of a tenant.
    DomainId => "domain_id";
    /// A DNS record that a domain is expected to carry.
    DnsRecordId => "record_id";
    /// A signed-in session.
    SessionId => "session_id";
    /// An entry of the activity log.
    ActivityId => "activity_id";
    /// A sealed credential for a peer.
    CredentialId => "credential_id";
    /// A single-use link, such as one that sets a password.
    LinkTokenId => "token_id";
    /// A key that signs access tokens.
    SigningKeyId => "key_id";
    /// A passkey.
    PasskeyId => "passkey_id";
    /// A code sent to a telephone.
    VerificationCodeId => "code_id";
    /// A sign-in that was tried.
    LoginEventId => "event_id";
    /// A durable run; the API calls it an operation.
    RunId => "operation_id";
}
