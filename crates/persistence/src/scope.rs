//! Who works, and where. A scope is the proof that somebody checked.

use std::net::IpAddr;

use bheem_domain::{AccountId, TenantId, TenantRole};
use ipnet::IpNet;

/// Who acts; written to the activity log beside what was done.
#[derive(Debug, Clone, Default)]
pub struct Actor {
    /// The signed-in person; `None` for the server itself.
    pub account_id: Option<AccountId>,
    /// The address the request came from.
    pub ip_address: Option<IpNet>,
    /// What the client calls itself.
    pub user_agent: Option<String>,
}

impl Actor {
    /// The server itself.
    #[must_use]
    pub fn server() -> Self {
        Self::default()
    }

    /// A person behind a request.
    #[must_use]
    pub fn person(account_id: AccountId, ip: Option<IpAddr>, user_agent: Option<&str>) -> Self {
        Self {
            account_id: Some(account_id),
            ip_address: ip.map(IpNet::from),
            user_agent: user_agent.map(|text| text.chars().take(500).collect()),
        }
    }
}

/// The right to work in one tenant.
///
/// Made only where the right was checked: by [`crate::repo::TenantEntry`], which read the membership
/// from the database, and by [`TenantScope::for_run`] for a run that was enqueued under such a scope.
#[derive(Debug, Clone)]
pub struct TenantScope {
    tenant_id: TenantId,
    actor: Actor,
    role: Option<TenantRole>,
}

impl TenantScope {
    pub(crate) fn checked(tenant_id: TenantId, actor: Actor, role: Option<TenantRole>) -> Self {
        Self {
            tenant_id,
            actor,
            role,
        }
    }

    /// For the steps of a run; the run's tenant was checked when it was enqueued.
    #[must_use]
    pub fn for_run(tenant_id: TenantId) -> Self {
        Self::checked(tenant_id, Actor::server(), None)
    }

    /// The tenant.
    #[must_use]
    pub fn tenant_id(&self) -> TenantId {
        self.tenant_id
    }

    /// Who acts.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The role in the tenant; `None` for a platform administrator and for the server.
    #[must_use]
    pub fn role(&self) -> Option<TenantRole> {
        self.role
    }
}

/// The right to work across tenants, with the reason why.
#[derive(Debug, Clone)]
pub struct SystemScope {
    reason: &'static str,
    actor: Actor,
}

impl SystemScope {
    /// Work of the server itself, such as signing somebody in.
    #[must_use]
    pub fn server(reason: &'static str) -> Self {
        Self {
            reason,
            actor: Actor::server(),
        }
    }

    /// Work of a platform administrator, or of a person on what is theirs in several tenants.
    #[must_use]
    pub fn person(reason: &'static str, actor: Actor) -> Self {
        Self { reason, actor }
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.reason
    }

    /// Who.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
}
