//! Roles: on the platform, and in a tenant.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Invalid;

macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident, $field:literal { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The word used in the API and in the database.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(value: &str) -> Result<Self, Invalid> {
                match value {
                    $($text => Ok(Self::$variant),)*
                    _ => Err(Invalid::new(
                        $field,
                        concat!("must be one of:" $(, " ", $text)*),
                    )),
                }
            }
        }
    };
}
pub(crate) use text_enum;

text_enum! {
    /// A role on the platform. Only [`PlatformRole::SuperAdmin`] opens anything inside a tenant, and
    /// is audited there; the others are labels that relying parties may read.
    PlatformRole, "role" {
        /// Passes everywhere, audited.
        SuperAdmin = "SuperAdmin",
        /// Platform staff.
        Admin = "Admin",
        /// Platform staff.
        Manager = "Manager",
        /// Sees and assigns developers.
        LeadDeveloper = "LeadDeveloper",
        /// Staff of the platform's owner.
        Employee = "Employee",
        /// A person added by a tenant.
        Member = "Member",
        /// A person who registered.
        Customer = "Customer",
    }
}

text_enum! {
    /// A role in one tenant.
    TenantRole, "role" {
        /// Holds the tenant; the last one cannot be removed.
        Owner = "owner",
        /// May do everything an owner may, except unseat the last owner.
        Admin = "admin",
        /// Leads a team; no administration.
        Manager = "manager",
        /// Uses the services.
        Member = "member",
    }
}

impl TenantRole {
    /// Whether the role administers its tenant.
    #[must_use]
    pub const fn is_admin(self) -> bool {
        matches!(self, Self::Owner | Self::Admin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip() {
        for role in TenantRole::ALL {
            assert_eq!(role.as_str().parse::<TenantRole>().unwrap(), *role);
        }
        for role in PlatformRole::ALL {
            assert_eq!(role.as_str().parse::<PlatformRole>().unwrap(), *role);
        }
        let error = "root".parse::<TenantRole>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "role: must be one of: owner admin manager member"
        );
    }
}
