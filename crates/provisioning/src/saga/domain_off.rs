//! Closes mail on a domain at the mail server. One that does not bear the tenant's tag is left alone.

use bheem_domain::TenantId;
use bheem_http_kit::ErrorKind;
use bheem_mailcow::{Error, UpdateDomain};
use bheem_saga::Failure;
use serde::{Deserialize, Serialize};

use super::Deps;
use crate::connector::{
    mailcow::{refused, tenant_tag},
    unanswered,
};

/// What was found at the mail server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DomainOff {
    /// It is closed.
    Closed,
    /// The mail server does not have it.
    Absent,
    /// It bears another tag than the tenant's, or the name serves another domain; it was left alone.
    Foreign,
}

/// Closing twice is closing once.
pub(super) async fn close_domain(
    deps: &Deps,
    tenant_id: TenantId,
    name: &str,
) -> Result<DomainOff, Failure> {
    let domains = deps.mailcow()?.domains();
    let found = match domains.find(name).await {
        Ok(Some(found)) => found,
        Ok(None) => return Ok(DomainOff::Absent),
        Err(Error::AliasDomain { .. }) => return Ok(DomainOff::Foreign),
        Err(error) => return Err(unanswered(&error).into()),
    };
    if !found.tags.contains(&tenant_tag(tenant_id)) {
        return Ok(DomainOff::Foreign);
    }
    if !found.is_active {
        return Ok(DomainOff::Closed);
    }
    let closed = UpdateDomain::new().active(false);
    match domains.update(name, &closed).await {
        Ok(()) => Ok(DomainOff::Closed),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(DomainOff::Absent),
        Err(error) => Err(refused(&error)),
    }
}
