#![doc = include_str!("../README.md")]

mod acting;
mod app_passwords;
mod config;
mod connector;
pub mod credential;
mod error;
mod inspect;
mod outcome;
mod peers;
mod planner;
mod saga;

use std::sync::Arc;

use bheem_persistence::Database;
use bheem_vault::Vault;

pub use acting::ActingTokens;
pub use app_passwords::{AppPasswords, MadeAppPassword};
pub use config::ProvisioningConfig;
pub use error::{Error, Result};
pub use inspect::{InspectError, MailDomainState, MailInspector};
pub use outcome::{Outcome, ServiceOutcome, ServiceStatus, outcome, services_provisioned};
pub use peers::{NextcloudPeer, Peers};
pub use planner::{ConfiguredPeers, Planner, Wanted, domain_names, mail_domains};
pub use saga::{
    AccountMail, AccountMailParams, CloseTenant, DeleteTenant, DeprovisionMember,
    DeprovisionParams, DisableDomainMail, DisableDomainMailParams, EnableDomainMail,
    EnableDomainMailParams, InviteMember, InviteParams, MailKind, PhoneCode, PhoneCodeParams,
    ProvisionMember, ProvisionParams, RenameMember, RenameParams, ReopenTenant, TenantParams,
    step_names,
};

/// Registers every saga and gives the planner that makes runs of them. Its registry is what workers need.
///
/// # Errors
/// [`Error::Saga`] when the graph of a saga is not one, which is a fault of the code.
pub fn build(
    database: Database,
    vault: Vault,
    peers: Peers,
    config: ProvisioningConfig,
) -> Result<Planner> {
    let configured = peers.configured();
    let deps = Arc::new(saga::Deps {
        database,
        vault,
        peers,
        config: config.clone(),
    });
    Ok(Planner::new(saga::registry(&deps)?, config, configured))
}
