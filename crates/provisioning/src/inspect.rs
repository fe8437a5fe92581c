//! Looking at how domains stand at the mail server, for whoever compares it with what is wanted. Changes nothing.

use std::collections::HashMap;

use bheem_domain::{DomainName, TenantId};
use bheem_mailcow::Client;

use crate::connector::mailcow::tenant_tag;

/// How a domain stands at the mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailDomainState {
    /// It is there, active and the tenant's. The DKIM record that the mail server signs with is
    /// `(name, value)`; `None` when it has no key.
    Ready {
        /// The record to be published.
        dkim: Option<(String, String)>,
    },
    /// It is not there.
    Absent,
    /// It is there and takes no mail.
    Inactive,
    /// It is there and bears no tag of the tenant.
    Foreign,
}

impl MailDomainState {
    /// What stands against mail, as it is stored and told.
    #[must_use]
    pub const fn problem(&self) -> Option<&'static str> {
        match self {
            Self::Ready { .. } => None,
            Self::Absent => Some("absent"),
            Self::Inactive => Some("inactive"),
            Self::Foreign => Some("foreign"),
        }
    }
}

/// The mail server did not answer, so nothing is known.
#[derive(Debug, thiserror::Error)]
#[error("the mail server cannot be asked")]
pub struct InspectError(#[source] bheem_mailcow::Error);

/// Looks at the mail server; cheap to clone.
#[derive(Debug, Clone)]
pub struct MailInspector(Client);

impl MailInspector {
    /// Looks at this Mailcow.
    #[must_use]
    pub fn new(mailcow: Client) -> Self {
        Self(mailcow)
    }

    /// How these domains stand. The list of domains is read once; DKIM keys are asked for one after the
    /// other, and a key that cannot be asked for leaves its domain out of the answer.
    ///
    /// # Errors
    /// [`InspectError`] when the list of domains cannot be read.
    pub async fn inspect(
        &self,
        wanted: &[(TenantId, DomainName)],
    ) -> Result<HashMap<DomainName, MailDomainState>, InspectError> {
        let listed = self.0.domains().list().await.map_err(InspectError)?;
        let is_complete = listed.is_complete();
        let listed: HashMap<String, bheem_mailcow::Domain> = listed
            .into_iter()
            .map(|domain| (domain.name.to_ascii_lowercase(), domain))
            .collect();
        let mut states = HashMap::new();
        for (tenant_id, name) in wanted {
            let state = match listed.get(name.as_str()) {
                // It may be the one that cannot be read.
                None if !is_complete => continue,
                None => MailDomainState::Absent,
                Some(domain) if !domain.tags.contains(&tenant_tag(*tenant_id)) => {
                    MailDomainState::Foreign
                }
                Some(domain) if !domain.is_active => MailDomainState::Inactive,
                Some(_) => match self.0.find_dkim(name.as_str()).await {
                    Ok(key) => MailDomainState::Ready {
                        dkim: key
                            .map(|key| (format!("{}._domainkey.{name}", key.selector), key.txt)),
                    },
                    Err(error) => {
                        tracing::warn!(%error, domain = %name, "the DKIM key of a domain cannot be asked for");
                        continue;
                    }
                },
            };
            states.insert(name.clone(), state);
        }
        Ok(states)
    }
}
