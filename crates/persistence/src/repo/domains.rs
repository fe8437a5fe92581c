//! Domains of a tenant and the DNS records they are expected to carry.

use bheem_domain::{AccountId, DnsRecordId, DomainId, DomainName, Invalid, RunId, TenantId};
use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{Bool, Nullable, Timestamptz},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{exactly_one, parse};
use crate::{
    Error, Result,
    schema::{domain_dns_records as records, domains},
};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $field:literal { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// The word in the database and in the API.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl std::str::FromStr for $name {
            type Err = Invalid;

            fn from_str(word: &str) -> std::result::Result<Self, Invalid> {
                match word {
                    $($text => Ok(Self::$variant),)*
                    _ => Err(Invalid::new($field, concat!("must be one of:" $(, " ", $text)*))),
                }
            }
        }
    };
}

words! {
    /// What a domain is used for.
    DomainType, "domain_type" {
        /// Mail.
        Email = "email",
        /// The workspace's pages.
        Workspace = "workspace",
        /// Something else.
        Custom = "custom",
    }
}

words! {
    /// How far a domain is proven.
    VerificationStatus, "verification_status" {
        /// Ownership is unproven.
        Pending = "pending",
        /// Ownership is proven, a mail record is missing.
        Partial = "partial",
        /// Everything is there.
        Verified = "verified",
    }
}

words! {
    /// What a record proves or does.
    Purpose, "purpose" {
        /// Proves who owns the domain.
        Ownership = "ownership",
        /// Brings mail here.
        Mx = "mx",
        /// Says who may send (RFC 7208).
        Spf = "spf",
        /// Carries the key that mail is signed with (RFC 6376).
        Dkim = "dkim",
    }
}

/// A domain of a tenant.
#[derive(Debug, Clone)]
pub struct DomainRecord {
    /// Which domain.
    pub id: DomainId,
    /// Whose.
    pub tenant_id: TenantId,
    /// The name.
    pub domain: DomainName,
    /// What it is used for.
    pub domain_type: DomainType,
    /// SPF holds.
    pub spf_verified: bool,
    /// DKIM holds.
    pub dkim_verified: bool,
    /// MX holds.
    pub mx_verified: bool,
    /// The tenant owns it.
    pub ownership_verified: bool,
    /// The text that proves ownership.
    pub verification_token: String,
    /// How far it is proven.
    pub verification_status: VerificationStatus,
    /// New people get addresses on it.
    pub is_primary: bool,
    /// In use.
    pub is_active: bool,
    /// The DNS lets mail be set up on it.
    pub mail_allowed: bool,
    /// The mail server has it, active and as this tenant's: people may have mailboxes on it.
    pub mail_enabled: bool,
    /// When the mail server was last asked about it.
    pub mail_checked_at: Option<DateTime<Utc>>,
    /// What stood against mail then.
    pub mail_problem: Option<String>,
    /// When the name servers last answered about the proof of ownership.
    pub ownership_checked_at: Option<DateTime<Utc>>,
    /// Since when they have answered that the proof is gone.
    pub ownership_missing_since: Option<DateTime<Utc>>,
    /// Since when it is being removed.
    pub closing_at: Option<DateTime<Utc>>,
    /// Meetings may be held under it.
    pub meet_enabled: bool,
    /// Id at Mailgun.
    pub mailgun_domain_id: Option<String>,
    /// Id of its zone at Cloudflare.
    pub cloudflare_zone_id: Option<String>,
    /// The latest run that sets up mail.
    pub run_id: Option<RunId>,
    /// When an unproven claim lapses.
    pub claim_expires_at: DateTime<Utc>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was first fully proven.
    pub verified_at: Option<DateTime<Utc>>,
}

/// A DNS record that a domain is expected to carry.
#[derive(Debug, Clone)]
pub struct DnsRecord {
    /// Which record.
    pub id: DnsRecordId,
    /// Of which domain.
    pub domain_id: DomainId,
    /// `TXT`, `MX` or `CNAME`.
    pub record_type: String,
    /// Full name.
    pub name: String,
    /// Content.
    pub value: String,
    /// Preference, of an MX record.
    pub priority: Option<i32>,
    /// Seconds.
    pub ttl: i32,
    /// What it is for.
    pub purpose: Purpose,
    /// It was there at the last look.
    pub is_verified: bool,
    /// When that was.
    pub last_checked_at: Option<DateTime<Utc>>,
}

/// A domain that is to be added.
#[derive(Debug, Clone)]
pub struct NewDomain {
    /// Its id.
    pub id: DomainId,
    /// Its name.
    pub domain: DomainName,
    /// What it is used for.
    pub domain_type: DomainType,
    /// The text that proves ownership.
    pub verification_token: String,
    /// When an unproven claim lapses.
    pub claim_expires_at: DateTime<Utc>,
    /// Who adds it.
    pub created_by: Option<AccountId>,
    /// Now.
    pub created_at: DateTime<Utc>,
}

/// A record that is to be expected.
#[derive(Debug, Clone)]
pub struct NewDnsRecord {
    /// Its id.
    pub id: DnsRecordId,
    /// `TXT`, `MX` or `CNAME`.
    pub record_type: &'static str,
    /// Full name.
    pub name: String,
    /// Content.
    pub value: String,
    /// Preference, of an MX record.
    pub priority: Option<i32>,
    /// What it is for.
    pub purpose: Purpose,
}

/// What a look at the DNS found.
#[derive(Debug, Clone, Copy)]
pub struct Verdict {
    /// The tenant owns the domain.
    pub ownership: bool,
    /// Whether the proof is there at this moment; `None` when no name server answered.
    pub proof_seen: Option<bool>,
    /// MX holds.
    pub mx: bool,
    /// SPF holds.
    pub spf: bool,
    /// DKIM holds.
    pub dkim: bool,
    /// What that makes in all.
    pub status: VerificationStatus,
    /// Mail may be set up.
    pub mail_allowed: bool,
    /// Now.
    pub checked_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = domains, check_for_backend(diesel::pg::Pg))]
struct DomainRow {
    id: Uuid,
    tenant_id: Uuid,
    domain: String,
    domain_type: String,
    spf_verified: bool,
    dkim_verified: bool,
    mx_verified: bool,
    ownership_verified: bool,
    verification_token: String,
    verification_status: String,
    is_primary: bool,
    is_active: bool,
    mail_allowed: bool,
    mail_enabled: bool,
    mail_checked_at: Option<DateTime<Utc>>,
    mail_problem: Option<String>,
    ownership_checked_at: Option<DateTime<Utc>>,
    ownership_missing_since: Option<DateTime<Utc>>,
    closing_at: Option<DateTime<Utc>>,
    meet_enabled: bool,
    mailgun_domain_id: Option<String>,
    cloudflare_zone_id: Option<String>,
    run_id: Option<Uuid>,
    claim_expires_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
    verified_at: Option<DateTime<Utc>>,
}

impl TryFrom<DomainRow> for DomainRecord {
    type Error = Error;

    fn try_from(row: DomainRow) -> Result<Self> {
        const TABLE: &str = "workspace.domains";
        Ok(Self {
            id: row.id.into(),
            tenant_id: row.tenant_id.into(),
            domain: parse(TABLE, DomainName::parse(&row.domain))?,
            domain_type: parse(TABLE, row.domain_type.parse())?,
            spf_verified: row.spf_verified,
            dkim_verified: row.dkim_verified,
            mx_verified: row.mx_verified,
            ownership_verified: row.ownership_verified,
            verification_token: row.verification_token,
            verification_status: parse(TABLE, row.verification_status.parse())?,
            is_primary: row.is_primary,
            is_active: row.is_active,
            mail_allowed: row.mail_allowed,
            mail_enabled: row.mail_enabled,
            mail_checked_at: row.mail_checked_at,
            mail_problem: row.mail_problem,
            ownership_checked_at: row.ownership_checked_at,
            ownership_missing_since: row.ownership_missing_since,
            closing_at: row.closing_at,
            meet_enabled: row.meet_enabled,
            mailgun_domain_id: row.mailgun_domain_id,
            cloudflare_zone_id: row.cloudflare_zone_id,
            run_id: row.run_id.map(Into::into),
            claim_expires_at: row.claim_expires_at,
            created_at: row.created_at,
            verified_at: row.verified_at,
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = records, check_for_backend(diesel::pg::Pg))]
struct RecordRow {
    id: Uuid,
    domain_id: Uuid,
    record_type: String,
    name: String,
    value: String,
    priority: Option<i32>,
    ttl: i32,
    purpose: String,
    is_verified: bool,
    last_checked_at: Option<DateTime<Utc>>,
}

impl TryFrom<RecordRow> for DnsRecord {
    type Error = Error;

    fn try_from(row: RecordRow) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            domain_id: row.domain_id.into(),
            record_type: row.record_type,
            name: row.name,
            value: row.value,
            priority: row.priority,
            ttl: row.ttl,
            purpose: parse("workspace.domain_dns_records", row.purpose.parse())?,
            is_verified: row.is_verified,
            last_checked_at: row.last_checked_at,
        })
    }
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// The first of the two that is not NULL.
    fn coalesce(
        first: Nullable<Timestamptz>,
        second: Nullable<Timestamptz>,
    ) -> Nullable<Timestamptz>;
}

/// The domains of one tenant, on an open connection.
pub struct Domains<'c> {
    connection: &'c mut AsyncPgConnection,
    tenant_id: TenantId,
}

impl<'c> Domains<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection, tenant_id: TenantId) -> Self {
        Self {
            connection,
            tenant_id,
        }
    }

    pub(super) fn connection(&mut self) -> &mut AsyncPgConnection {
        self.connection
    }

    pub(super) fn tenant(&self) -> Uuid {
        self.tenant_id.as_uuid()
    }

    /// The domains, in the order they were added. A tenant has few, so there are no pages.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&mut self) -> Result<Vec<DomainRecord>> {
        domains::table
            .filter(domains::tenant_id.eq(self.tenant_id.as_uuid()))
            .order((domains::created_at, domains::id))
            .limit(1_000)
            .select(DomainRow::as_select())
            .load(self.connection)
            .await?
            .into_iter()
            .map(DomainRecord::try_from)
            .collect()
    }

    /// The domain with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(&mut self, id: DomainId) -> Result<Option<DomainRecord>> {
        domains::table
            .find((self.tenant_id.as_uuid(), id.as_uuid()))
            .select(DomainRow::as_select())
            .first(self.connection)
            .await
            .optional()?
            .map(DomainRecord::try_from)
            .transpose()
    }

    /// The primary domain, if its ownership is proven.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_primary(&mut self) -> Result<Option<DomainRecord>> {
        domains::table
            .filter(domains::tenant_id.eq(self.tenant_id.as_uuid()))
            .filter(domains::is_primary)
            .filter(domains::ownership_verified)
            .select(DomainRow::as_select())
            .first(self.connection)
            .await
            .optional()?
            .map(DomainRecord::try_from)
            .transpose()
    }

    /// Adds a domain.
    ///
    /// # Errors
    /// [`Error::Duplicate`] of `domains_tenant_id_domain_key`.
    pub async fn insert(&mut self, new: &NewDomain) -> Result<DomainRecord> {
        diesel::insert_into(domains::table)
            .values((
                domains::tenant_id.eq(self.tenant_id.as_uuid()),
                domains::id.eq(new.id.as_uuid()),
                domains::domain.eq(new.domain.as_str()),
                domains::domain_type.eq(new.domain_type.as_str()),
                domains::verification_token.eq(&new.verification_token),
                domains::claim_expires_at.eq(new.claim_expires_at),
                domains::created_by.eq(new.created_by.map(AccountId::as_uuid)),
                domains::created_at.eq(new.created_at),
            ))
            .returning(DomainRow::as_returning())
            .get_result(self.connection)
            .await?
            .try_into()
    }

    /// Notes what a look at the DNS found. Once proven, ownership is not lost by a later look; since when
    /// the proof is gone is kept, and an unanswered look changes nothing about it.
    ///
    /// # Errors
    /// [`Error::Duplicate`] of `domains_proven` when another tenant has proven the domain.
    pub async fn note(&mut self, id: DomainId, verdict: &Verdict) -> Result<DomainRecord> {
        self.note_proof(id, verdict.proof_seen, verdict.checked_at)
            .await?;
        diesel::update(domains::table.find((self.tenant_id.as_uuid(), id.as_uuid())))
            .set((
                domains::ownership_verified
                    .eq(domains::ownership_verified.or(verdict.ownership.into_sql::<Bool>())),
                domains::mx_verified.eq(verdict.mx),
                domains::spf_verified.eq(verdict.spf),
                domains::dkim_verified.eq(verdict.dkim),
                domains::verification_status.eq(verdict.status.as_str()),
                domains::mail_allowed.eq(verdict.mail_allowed),
                domains::verified_at.eq(coalesce(
                    domains::verified_at,
                    (verdict.status == VerificationStatus::Verified).then_some(verdict.checked_at),
                )),
            ))
            .returning(DomainRow::as_returning())
            .get_result(self.connection)
            .await
            .optional()?
            .ok_or(Error::NotFound { what: "domain" })?
            .try_into()
    }

    /// Makes the domain the one on which new people get addresses, in place of any other.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn make_primary(&mut self, id: DomainId) -> Result<()> {
        diesel::update(
            domains::table
                .filter(domains::tenant_id.eq(self.tenant_id.as_uuid()))
                .filter(domains::is_primary),
        )
        .set(domains::is_primary.eq(false))
        .execute(self.connection)
        .await?;
        let rows = diesel::update(domains::table.find((self.tenant_id.as_uuid(), id.as_uuid())))
            .set(domains::is_primary.eq(true))
            .execute(self.connection)
            .await?;
        exactly_one("domain", rows)
    }

    /// Notes the run that sets up mail.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn set_run(&mut self, id: DomainId, run_id: RunId) -> Result<()> {
        let rows = diesel::update(domains::table.find((self.tenant_id.as_uuid(), id.as_uuid())))
            .set(domains::run_id.eq(run_id.as_uuid()))
            .execute(self.connection)
            .await?;
        exactly_one("domain", rows)
    }

    /// Removes a domain and its records; the name is free again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove(&mut self, id: DomainId) -> Result<bool> {
        let rows = diesel::delete(domains::table.find((self.tenant_id.as_uuid(), id.as_uuid())))
            .execute(self.connection)
            .await?;
        Ok(rows == 1)
    }

    /// The records of these domains, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn records(&mut self, ids: &[DomainId]) -> Result<Vec<DnsRecord>> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
        records::table
            .filter(records::tenant_id.eq(self.tenant_id.as_uuid()))
            .filter(records::domain_id.eq_any(ids))
            .order((records::created_at, records::id))
            .select(RecordRow::as_select())
            .load(self.connection)
            .await?
            .into_iter()
            .map(DnsRecord::try_from)
            .collect()
    }

    /// Expects a record; one for the same purpose is replaced.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expect(&mut self, domain_id: DomainId, new: &NewDnsRecord) -> Result<()> {
        diesel::insert_into(records::table)
            .values((
                records::tenant_id.eq(self.tenant_id.as_uuid()),
                records::id.eq(new.id.as_uuid()),
                records::domain_id.eq(domain_id.as_uuid()),
                records::record_type.eq(new.record_type),
                records::name.eq(&new.name),
                records::value.eq(&new.value),
                records::priority.eq(new.priority),
                records::purpose.eq(new.purpose.as_str()),
            ))
            .on_conflict((records::tenant_id, records::domain_id, records::purpose))
            .do_update()
            .set((
                records::record_type.eq(new.record_type),
                records::name.eq(&new.name),
                records::value.eq(&new.value),
                records::priority.eq(new.priority),
            ))
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// Notes whether the record for `purpose` was there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_record(
        &mut self,
        domain_id: DomainId,
        purpose: Purpose,
        is_verified: bool,
        now: DateTime<Utc>,
    ) -> Result<()> {
        diesel::update(
            records::table
                .filter(records::tenant_id.eq(self.tenant_id.as_uuid()))
                .filter(records::domain_id.eq(domain_id.as_uuid()))
                .filter(records::purpose.eq(purpose.as_str())),
        )
        .set((
            records::is_verified.eq(is_verified),
            records::last_checked_at.eq(now),
            records::verified_at.eq(is_verified.then_some(now)),
        ))
        .execute(self.connection)
        .await?;
        Ok(())
    }
}
