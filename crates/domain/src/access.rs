//! Who may do what in a tenant: one pure decision, used by every guarded route.

use crate::{PlatformRole, TenantRole};

/// How a person stands to one tenant, as the database says at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The role on the platform.
    pub platform_role: PlatformRole,
    /// The active membership's role in that tenant, if there is one.
    pub tenant_role: Option<TenantRole>,
    /// Whether the tenant is active and not suspended.
    pub is_tenant_open: bool,
}

/// What the standing opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantAccess {
    /// Platform administrator: everything, written to the audit.
    SuperAdmin,
    /// Owner or admin of this tenant.
    Admin(TenantRole),
    /// Member of this tenant.
    Member(TenantRole),
    /// A member of a tenant that is suspended or inactive: known, and told no.
    Suspended,
    /// Not a member: the tenant does not exist for this person.
    Stranger,
}

/// Decides. A platform role below `SuperAdmin` opens nothing.
#[must_use]
pub fn tenant_access(standing: Standing) -> TenantAccess {
    match standing {
        Standing {
            platform_role: PlatformRole::SuperAdmin,
            ..
        } => TenantAccess::SuperAdmin,
        Standing {
            tenant_role: None, ..
        } => TenantAccess::Stranger,
        Standing {
            is_tenant_open: false,
            ..
        } => TenantAccess::Suspended,
        Standing {
            tenant_role: Some(role),
            ..
        } if role.is_admin() => TenantAccess::Admin(role),
        Standing {
            tenant_role: Some(role),
            ..
        } => TenantAccess::Member(role),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_super_admin_passes_without_membership() {
        for platform_role in PlatformRole::ALL {
            let access = tenant_access(Standing {
                platform_role: *platform_role,
                tenant_role: None,
                is_tenant_open: true,
            });
            let expected = if *platform_role == PlatformRole::SuperAdmin {
                TenantAccess::SuperAdmin
            } else {
                TenantAccess::Stranger
            };
            assert_eq!(access, expected);
        }
    }

    #[test]
    fn a_suspended_tenant_is_closed_to_its_own_people() {
        for role in TenantRole::ALL {
            let access = tenant_access(Standing {
                platform_role: PlatformRole::Customer,
                tenant_role: Some(*role),
                is_tenant_open: false,
            });
            assert_eq!(access, TenantAccess::Suspended);
        }
    }

    #[test]
    fn owner_and_admin_administer_and_nobody_else() {
        for role in TenantRole::ALL {
            let access = tenant_access(Standing {
                platform_role: PlatformRole::Admin,
                tenant_role: Some(*role),
                is_tenant_open: true,
            });
            let is_admin = matches!(role, TenantRole::Owner | TenantRole::Admin);
            assert_eq!(matches!(access, TenantAccess::Admin(_)), is_admin);
            assert_eq!(matches!(access, TenantAccess::Member(_)), !is_admin);
        }
    }
}
