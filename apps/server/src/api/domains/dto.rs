//! What is sent and answered about domains.

use bheem_persistence::repo::{DnsRecord, Purpose, VerificationStatus};
use bheem_services::domains::{DomainView, Verified};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::api::{members::dto::OperationLink, operations::dto::ServiceResponse};

/// Claims a domain.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AddDomainRequest {
    /// Its name, with Unicode or ASCII labels.
    pub domain: String,
    /// `email` (the default), `workspace` or `custom`.
    pub domain_type: Option<String>,
    /// Whether new people get addresses on it.
    pub is_primary: Option<bool>,
    /// The tenant, by id or slug; for paths that do not name one.
    pub tenant_id: Option<String>,
}

/// Changes a domain; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
pub struct UpdateDomainRequest {
    /// True makes it the primary one.
    pub is_primary: Option<bool>,
}

/// Which tenant is meant.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TenantQuery {
    /// By id or slug; may be left out by somebody who administers just one.
    pub tenant_id: Option<String>,
}

/// A DNS record that a domain is expected to carry.
#[derive(Debug, Serialize, ToSchema)]
pub struct DnsRecordResponse {
    /// The record.
    pub id: Uuid,
    /// `TXT`, `MX` or `CNAME`.
    #[serde(rename = "type")]
    pub record_type: String,
    /// Its full name.
    pub name: String,
    /// Its content.
    pub value: String,
    /// Preference, of an MX record.
    pub priority: Option<i32>,
    /// Seconds.
    pub ttl: i32,
    /// `ownership`, `mx`, `spf` or `dkim`.
    pub purpose: &'static str,
    /// The purpose in words.
    pub description: &'static str,
    /// It was there at the last look.
    pub verified: bool,
    /// When that was.
    pub last_checked_at: Option<DateTime<Utc>>,
}

/// A domain of a tenant.
#[derive(Debug, Serialize, ToSchema)]
pub struct DomainResponse {
    /// The domain.
    pub id: Uuid,
    /// The tenant.
    pub tenant_id: Uuid,
    /// Its name, with ASCII labels.
    pub domain: String,
    /// Its name as people read it.
    pub unicode_domain: String,
    /// `email`, `workspace` or `custom`.
    pub domain_type: &'static str,
    /// `pending`, `partial`, `verified`, or `removing` while its mail is being closed.
    pub status: &'static str,
    /// How far it is proven: `pending`, `partial` or `verified`.
    pub verification_status: &'static str,
    /// Everything is there.
    pub verified: bool,
    /// The tenant owns it.
    pub ownership_verified: bool,
    /// MX holds.
    pub mx_verified: bool,
    /// SPF holds.
    pub spf_verified: bool,
    /// DKIM holds.
    pub dkim_verified: bool,
    /// New people get addresses on it.
    pub is_primary: bool,
    /// In use.
    pub is_active: bool,
    /// The mail server has it, active and as this tenant's: people may have mailboxes on it.
    pub mail_enabled: bool,
    /// What stood against mail when the mail server was last asked: `absent`, `inactive` or `foreign`. Verifying the
    /// domain repairs the first two.
    pub mail_problem: Option<String>,
    /// When the mail server was last asked about it.
    pub mail_checked_at: Option<DateTime<Utc>>,
    /// Since when the proof of ownership is missing from the DNS. After 30 days whoever proves the domain has it.
    pub ownership_missing_since: Option<DateTime<Utc>>,
    /// When the name servers last answered about the proof.
    pub ownership_checked_at: Option<DateTime<Utc>>,
    /// Meetings may be held under it.
    pub meet_enabled: bool,
    /// Id at Mailgun.
    pub mailgun_domain_id: Option<String>,
    /// Id of its zone at Cloudflare.
    pub cloudflare_zone_id: Option<String>,
    /// The records it is expected to carry.
    pub dns_records: Vec<DnsRecordResponse>,
    /// When the claim lapses if it is not proven.
    pub claim_expires_at: Option<DateTime<Utc>>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When everything was first there.
    pub verified_at: Option<DateTime<Utc>>,
    /// The operation that sets up mail.
    pub operation: Option<OperationLink>,
}

/// What a look at the DNS found.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerifyResponse {
    /// Its name.
    pub domain: String,
    /// The domain.
    pub domain_id: Uuid,
    /// `pending`, `partial` or `verified`.
    pub status: &'static str,
    /// By purpose.
    pub results: VerifyResults,
    /// The tenant owns it.
    pub ownership_verified: bool,
    /// MX holds.
    pub mx_verified: bool,
    /// SPF holds.
    pub spf_verified: bool,
    /// DKIM holds.
    pub dkim_verified: bool,
    /// Everything is there.
    pub fully_verified: bool,
    /// The mail server has it, active and as this tenant's.
    pub mail_enabled: bool,
    /// The records it is expected to carry; once mail is set up, DKIM is among them.
    pub dns_records: Vec<DnsRecordResponse>,
    /// How setting up mail stands.
    pub services: Vec<ServiceResponse>,
    /// The operation that sets up mail.
    pub operation: Option<OperationLink>,
}

/// What holds, by purpose.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerifyResults {
    /// The tenant owns the domain.
    pub ownership: bool,
    /// Mail comes here.
    pub mx: bool,
    /// Our senders are allowed.
    pub spf: bool,
    /// Our key is published.
    pub dkim: bool,
}

impl From<DnsRecord> for DnsRecordResponse {
    fn from(record: DnsRecord) -> Self {
        Self {
            id: record.id.as_uuid(),
            record_type: record.record_type,
            name: record.name,
            value: record.value,
            priority: record.priority,
            ttl: record.ttl,
            purpose: record.purpose.as_str(),
            description: match record.purpose {
                Purpose::Ownership => "Domain ownership verification",
                Purpose::Mx => "Email routing",
                Purpose::Spf => "SPF: allows our senders",
                Purpose::Dkim => "DKIM: the key that mail is signed with",
            },
            verified: record.is_verified,
            last_checked_at: record.last_checked_at,
        }
    }
}

impl From<DomainView> for DomainResponse {
    fn from(view: DomainView) -> Self {
        let domain = view.domain;
        let status = domain.verification_status;
        Self {
            id: domain.id.as_uuid(),
            tenant_id: domain.tenant_id.as_uuid(),
            unicode_domain: domain.domain.to_unicode(),
            domain: domain.domain.into(),
            domain_type: domain.domain_type.as_str(),
            status: if domain.closing_at.is_some() {
                "removing"
            } else {
                status.as_str()
            },
            verification_status: status.as_str(),
            verified: status == VerificationStatus::Verified,
            claim_expires_at: (!domain.ownership_verified).then_some(domain.claim_expires_at),
            ownership_verified: domain.ownership_verified,
            mx_verified: domain.mx_verified,
            spf_verified: domain.spf_verified,
            dkim_verified: domain.dkim_verified,
            is_primary: domain.is_primary,
            is_active: domain.is_active,
            mail_enabled: domain.mail_enabled,
            mail_problem: domain.mail_problem,
            mail_checked_at: domain.mail_checked_at,
            ownership_missing_since: domain.ownership_missing_since,
            ownership_checked_at: domain.ownership_checked_at,
            meet_enabled: domain.meet_enabled,
            mailgun_domain_id: domain.mailgun_domain_id,
            cloudflare_zone_id: domain.cloudflare_zone_id,
            dns_records: view.records.into_iter().map(Into::into).collect(),
            created_at: domain.created_at,
            verified_at: domain.verified_at,
            operation: domain.run_id.map(|id| OperationLink::new(id.as_uuid())),
        }
    }
}

impl From<Verified> for VerifyResponse {
    fn from(verified: Verified) -> Self {
        let domain = DomainResponse::from(verified.view);
        let outcome = verified.run.as_ref().map(bheem_provisioning::outcome);
        Self {
            domain: domain.domain,
            domain_id: domain.id,
            status: domain.verification_status,
            results: VerifyResults {
                ownership: domain.ownership_verified,
                mx: domain.mx_verified,
                spf: domain.spf_verified,
                dkim: domain.dkim_verified,
            },
            ownership_verified: domain.ownership_verified,
            mx_verified: domain.mx_verified,
            spf_verified: domain.spf_verified,
            dkim_verified: domain.dkim_verified,
            fully_verified: domain.verified,
            mail_enabled: domain.mail_enabled,
            dns_records: domain.dns_records,
            services: outcome
                .map(|outcome| outcome.services.into_iter().map(Into::into).collect())
                .unwrap_or_default(),
            operation: domain.operation,
        }
    }
}
