//! How a domain stands at the name servers and at the mail server, and its removal.

use bheem_domain::{DomainId, DomainName, RunId};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{domains::Domains, exactly_one};
use crate::{
    Result,
    schema::{domain_dns_records as records, domains},
};

impl Domains<'_> {
    /// Notes whether the proof of ownership is there; an unanswered look changes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn note_proof(
        &mut self,
        id: DomainId,
        seen: Option<bool>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let one = domains::table.find((self.tenant(), id.as_uuid()));
        let Some(seen) = seen else {
            return Ok(());
        };
        diesel::update(one)
            .set(domains::ownership_checked_at.eq(now))
            .execute(self.connection())
            .await?;
        let missing_since = domains::ownership_missing_since;
        if seen {
            let cleared = (
                missing_since.eq(None::<DateTime<Utc>>),
                domains::ownership_warned_at.eq(None::<DateTime<Utc>>),
            );
            diesel::update(one)
                .set(cleared)
                .execute(self.connection())
                .await?;
        } else {
            // The first look that found nothing counts, not the latest.
            diesel::update(one.filter(missing_since.is_null()))
                .set(missing_since.eq(now))
                .execute(self.connection())
                .await?;
        }
        Ok(())
    }

    /// Notes what the mail server says: whether people may have mailboxes on the domain, and what stands
    /// against it.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
    pub async fn note_mail(
        &mut self,
        id: DomainId,
        is_enabled: bool,
        problem: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let rows = diesel::update(domains::table.find((self.tenant(), id.as_uuid())))
            .set((
                domains::mail_enabled.eq(is_enabled),
                domains::mail_problem.eq(problem),
                domains::mail_checked_at.eq(now),
            ))
            .execute(self.connection())
            .await?;
        exactly_one("domain", rows)
    }

    /// Begins to remove a domain: nothing new is made on it, and the name stays taken until the mail on
    /// it is closed.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
    pub async fn begin_closing(
        &mut self,
        id: DomainId,
        run_id: RunId,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let rows = diesel::update(domains::table.find((self.tenant(), id.as_uuid())))
            .set((
                domains::closing_at.eq(now),
                domains::is_active.eq(false),
                domains::is_primary.eq(false),
                domains::mail_enabled.eq(false),
                domains::mail_allowed.eq(false),
                domains::run_id.eq(run_id.as_uuid()),
            ))
            .execute(self.connection())
            .await?;
        exactly_one("domain", rows)
    }

    /// The tenant's domain of this name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_by_name(&mut self, name: &DomainName) -> Result<Option<DomainId>> {
        Ok(domains::table
            .filter(domains::tenant_id.eq(self.tenant()))
            .filter(domains::domain.eq(name.as_str()))
            .select(domains::id)
            .first::<uuid::Uuid>(self.connection())
            .await
            .optional()?
            .map(Into::into))
    }

    /// Whether the record for `purpose` is still one of this name and value.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expects(
        &mut self,
        id: DomainId,
        purpose: super::Purpose,
        name: &str,
        value: &str,
    ) -> Result<bool> {
        let found = records::table
            .filter(records::tenant_id.eq(self.tenant()))
            .filter(records::domain_id.eq(id.as_uuid()))
            .filter(records::purpose.eq(purpose.as_str()))
            .filter(records::name.eq(name))
            .filter(records::value.eq(value));
        Ok(diesel::select(diesel::dsl::exists(found))
            .get_result(self.connection())
            .await?)
    }
}
