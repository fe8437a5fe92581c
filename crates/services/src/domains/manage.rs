//! Adding, reading, changing and removing domains.

use std::collections::HashMap;

use bheem_domain::{DnsRecordId, DomainId, DomainName, Invalid};
use bheem_persistence::{
    SystemScope, TenantScope, TenantTx,
    repo::{DnsRecord, DomainRecord, DomainType, Entity, NewDnsRecord, NewDomain, Purpose},
};
use chrono::TimeDelta;

use super::handover::has_lapsed;
use crate::{Error, Result, Services};

/// An unproven claim lapses after this time.
const CLAIM_LIFE: TimeDelta = TimeDelta::days(7);

/// Unproven claims that a tenant may have.
const UNPROVEN_CLAIMS: usize = 50;

/// A domain that is to be added.
#[derive(Debug, Clone)]
pub struct AddDomain {
    /// Its name.
    pub domain: String,
    /// What it is used for.
    pub domain_type: DomainType,
    /// Whether it becomes the primary one; the first of a tenant always does.
    pub is_primary: bool,
}

/// What to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct UpdateDomain {
    /// Make it the primary one.
    pub is_primary: Option<bool>,
}

/// A domain with the records it is expected to carry.
#[derive(Debug, Clone)]
pub struct DomainView {
    /// The stored row.
    pub domain: DomainRecord,
    /// Its records.
    pub records: Vec<DnsRecord>,
}

impl Services {
    /// Claims a domain and says which records prove it. Nothing is sent to any peer.
    ///
    /// # Errors
    /// [`Error::Invalid`]; [`Error::Conflict`] when it is here already or somebody has proven it.
    pub async fn add_domain(&self, scope: &TenantScope, new: AddDomain) -> Result<DomainView> {
        let name = DomainName::parse(&new.domain)?;
        require_registrable(&name)?;
        self.require_unproven(&name, scope).await?;
        let now = self.clock.now();
        let id = DomainId::generate(&*self.clock);
        let token = format!("bheem-verify={}", bheem_vault::token::generate_hex32()?);
        let mut tx = self.database.tenant(scope).await?;
        // Held, so that of many at once no more pass than of those made in turn.
        tx.tenant().lock().await?;
        let known = tx.domains().list().await?;
        let unproven = known.iter().filter(|domain| !domain.ownership_verified);
        if unproven.count() >= UNPROVEN_CLAIMS {
            return Err(Error::QuotaExceeded(format!(
                "A workspace may have {UNPROVEN_CLAIMS} domains that are not proven yet"
            )));
        }
        let inserted = tx
            .domains()
            .insert(&NewDomain {
                id,
                domain: name.clone(),
                domain_type: new.domain_type,
                verification_token: token.clone(),
                claim_expires_at: now + CLAIM_LIFE,
                created_by: scope.actor().account_id,
                created_at: now,
            })
            .await;
        if let Err(bheem_persistence::Error::Duplicate { .. }) = inserted {
            return Err(already_registered());
        }
        inserted?;
        for record in self.records_of(&name, new.domain_type, token) {
            tx.domains().expect(id, &record).await?;
        }
        let has_primary = known.iter().any(|domain| domain.is_primary);
        if new.is_primary || !has_primary {
            tx.domains().make_primary(id).await?;
        }
        tx.activity()
            .record(
                "domain_added",
                Some(Entity::new("domain", id)),
                &format!("Domain {name} added"),
                None,
            )
            .await?;
        let view = view(&mut tx, id).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// The tenant's domains with their records.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_domains(&self, scope: &TenantScope) -> Result<Vec<DomainView>> {
        let mut tx = self.database.tenant(scope).await?;
        let domains = tx.domains().list().await?;
        let ids: Vec<_> = domains.iter().map(|domain| domain.id).collect();
        let mut records: HashMap<DomainId, Vec<DnsRecord>> = HashMap::new();
        for record in tx.domains().records(&ids).await? {
            records.entry(record.domain_id).or_default().push(record);
        }
        tx.commit().await?;
        Ok(domains
            .into_iter()
            .map(|domain| DomainView {
                records: records.remove(&domain.id).unwrap_or_default(),
                domain,
            })
            .collect())
    }

    /// One domain with its records.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn domain(&self, scope: &TenantScope, id: DomainId) -> Result<DomainView> {
        let mut tx = self.database.tenant(scope).await?;
        let view = view(&mut tx, id).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// Changes a domain.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn update_domain(
        &self,
        scope: &TenantScope,
        id: DomainId,
        update: UpdateDomain,
    ) -> Result<DomainView> {
        let mut tx = self.database.tenant(scope).await?;
        if update.is_primary == Some(true) {
            tx.domains().make_primary(id).await?;
            tx.activity()
                .record(
                    "domain_updated",
                    Some(Entity::new("domain", id)),
                    "Made the primary domain",
                    None,
                )
                .await?;
        }
        let view = view(&mut tx, id).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// Who has proven a name has it alone; unproven claims bar nobody, and a proof that has lapsed can be
    /// taken over by whoever proves the name now.
    async fn require_unproven(&self, name: &DomainName, scope: &TenantScope) -> Result<()> {
        let system = SystemScope::person("look for a proven claim", scope.actor().clone());
        let mut read = self.database.system_read(&system).await?;
        match read.domain_claims().holder(name).await? {
            Some(holder) if holder.closing_at.is_some() => Err(being_removed()),
            Some(holder) if !has_lapsed(&holder, self.clock.now()) => Err(already_registered()),
            _ => Ok(()),
        }
    }

    fn records_of(
        &self,
        name: &DomainName,
        domain_type: DomainType,
        token: String,
    ) -> Vec<NewDnsRecord> {
        let record = |record_type, name: String, value, priority, purpose| NewDnsRecord {
            id: DnsRecordId::generate(&*self.clock),
            record_type,
            name,
            value,
            priority,
            purpose,
        };
        let mut records = vec![record(
            "TXT",
            name.to_string(),
            token,
            None,
            Purpose::Ownership,
        )];
        if domain_type == DomainType::Email {
            records.push(record(
                "MX",
                name.to_string(),
                self.config.mx_host.to_string(),
                Some(self.config.mx_priority.into()),
                Purpose::Mx,
            ));
            records.push(record(
                "TXT",
                name.to_string(),
                format!("v=spf1 include:{} ~all", self.config.spf_include),
                None,
                Purpose::Spf,
            ));
        }
        records
    }
}

/// Nobody owns what others register names below, nor the names of addresses.
fn require_registrable(name: &DomainName) -> Result<()> {
    let is_reverse = ["in-addr.arpa", "ip6.arpa"].iter().any(|zone| {
        name.as_str()
            .strip_suffix(zone)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    });
    if is_reverse {
        return Err(Invalid::new("domain", "is not a domain that somebody can own").into());
    }
    if psl::suffix_str(name.as_str()) == Some(name.as_str()) {
        let reason = "is a public suffix, below which others register their domains";
        return Err(Invalid::new("domain", reason).into());
    }
    Ok(())
}

pub(super) async fn view(tx: &mut TenantTx, id: DomainId) -> Result<DomainView> {
    let domain = tx
        .domains()
        .find(id)
        .await?
        .ok_or(Error::NotFound("Domain not found"))?;
    let records = tx.domains().records(&[id]).await?;
    Ok(DomainView { domain, records })
}

pub(super) fn already_registered() -> Error {
    Error::conflict("domain_registered", "Domain already registered")
}

/// The name is being given up, and its mail is not closed yet.
pub(super) fn being_removed() -> Error {
    Error::conflict(
        "domain_being_removed",
        "The domain is being removed; its mail is closed first",
    )
}
