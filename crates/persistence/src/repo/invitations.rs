//! Memberships that wait for their holder's answer.

use bheem_domain::{AccountId, MemberId, TenantId, TenantRole};
use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{
    exactly_one,
    members::{Consent, Members, NewMember},
    parse,
};
use crate::{
    Result,
    schema::{tenant_users, tenants},
};

/// An invitation, as its holder sees it.
#[derive(Debug, Clone)]
pub struct InvitationRecord {
    /// To which tenant.
    pub tenant_id: TenantId,
    /// Its name.
    pub tenant_name: String,
    /// Its short name.
    pub tenant_slug: String,
    /// The role that is offered.
    pub role: TenantRole,
    /// Who invites, if that person still has an account.
    pub invited_by: Option<String>,
    /// When.
    pub invited_at: Option<DateTime<Utc>>,
}

/// A membership whose services are to be given.
#[derive(Debug, Clone, Copy)]
pub struct DueMember {
    /// Of which tenant.
    pub tenant_id: TenantId,
    /// Which membership.
    pub member_id: MemberId,
}

impl Members<'_> {
    /// Invites somebody: the membership holds a seat and opens nothing until its holder accepts. The
    /// caller holds the tenant's row and has found a seat.
    ///
    /// # Errors
    /// As [`Members::insert`].
    pub async fn invite(&mut self, new: &NewMember) -> Result<()> {
        self.insert_with(new, Consent::Pending).await
    }

    /// Asks somebody again whose membership ended. The caller has found a seat.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
    pub async fn invite_again(&mut self, id: MemberId, now: DateTime<Utc>) -> Result<()> {
        let rows = diesel::update(self.one(id))
            .set((
                tenant_users::consent.eq(Consent::Pending.as_str()),
                tenant_users::is_active.eq(false),
                tenant_users::invited_at.eq(now),
                tenant_users::generation.eq(tenant_users::generation + 1),
            ))
            .execute(self.connection())
            .await?;
        exactly_one("member", rows)
    }

    /// Ends a membership by its holder's will, or because it was removed: it is asked for again before
    /// it opens anything.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
    pub async fn end_consent(&mut self, id: MemberId) -> Result<()> {
        let rows = diesel::update(self.one(id))
            .set((
                tenant_users::consent.eq(Consent::Ended.as_str()),
                tenant_users::is_active.eq(false),
                tenant_users::services_due_at.eq(None::<DateTime<Utc>>),
                tenant_users::generation.eq(tenant_users::generation + 1),
            ))
            .execute(self.connection())
            .await?;
        exactly_one("member", rows)
    }

    /// Notes that the holder accepts; their services are due. `None` when nobody is asking, or the tenant is
    /// closed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accept(
        &mut self,
        account_id: AccountId,
        now: DateTime<Utc>,
    ) -> Result<Option<MemberId>> {
        let tenant_id = self.tenant();
        let accepted = diesel::update(
            tenant_users::table
                .filter(tenant_users::tenant_id.eq(tenant_id))
                .filter(tenant_users::user_id.eq(account_id.as_uuid()))
                .filter(tenant_users::consent.eq(Consent::Pending.as_str()))
                .filter(diesel::dsl::exists(
                    tenants::table
                        .find(tenant_id)
                        .filter(tenants::deleted_at.is_null())
                        .filter(tenants::is_active)
                        .filter(diesel::dsl::not(tenants::is_suspended)),
                )),
        )
        .set((
            tenant_users::consent.eq(Consent::Given.as_str()),
            tenant_users::is_active.eq(true),
            tenant_users::joined_at.eq(now),
            tenant_users::services_due_at.eq(now),
            tenant_users::generation.eq(tenant_users::generation + 1),
        ))
        .returning(tenant_users::id)
        .get_result::<Uuid>(self.connection())
        .await
        .optional()?;
        Ok(accepted.map(Into::into))
    }

    /// Notes that the holder declines. `None` when nobody is asking.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decline(&mut self, account_id: AccountId) -> Result<Option<MemberId>> {
        let declined = diesel::update(
            tenant_users::table
                .filter(tenant_users::tenant_id.eq(self.tenant()))
                .filter(tenant_users::user_id.eq(account_id.as_uuid()))
                .filter(tenant_users::consent.eq(Consent::Pending.as_str())),
        )
        .set(tenant_users::consent.eq(Consent::Ended.as_str()))
        .returning(tenant_users::id)
        .get_result::<Uuid>(self.connection())
        .await
        .optional()?;
        Ok(declined.map(Into::into))
    }
}

/// Invitations of all tenants, on an open system connection.
pub struct Invitations<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> Invitations<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Invitations that wait for this person's answer, newest first; tenants that are closed ask nobody.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&mut self, account_id: AccountId) -> Result<Vec<InvitationRecord>> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = SqlUuid)]
            tenant_id: Uuid,
            #[diesel(sql_type = Text)]
            name: String,
            #[diesel(sql_type = Text)]
            slug: String,
            #[diesel(sql_type = Text)]
            role: String,
            #[diesel(sql_type = Nullable<Text>)]
            invited_by: Option<String>,
            #[diesel(sql_type = Nullable<Timestamptz>)]
            invited_at: Option<DateTime<Utc>>,
        }
        diesel::sql_query(
            "SELECT m.tenant_id, t.name, t.slug, m.role, coalesce(i.full_name, i.username) AS invited_by, \
               m.invited_at \
             FROM workspace.tenant_users m JOIN workspace.tenants t ON t.id = m.tenant_id \
             LEFT JOIN auth.users i ON i.id = m.invited_by \
             WHERE m.user_id = $1 AND m.consent = 'pending' AND t.deleted_at IS NULL AND t.is_active \
             AND NOT t.is_suspended \
             ORDER BY m.invited_at DESC NULLS LAST, m.tenant_id LIMIT 100",
        )
        .bind::<SqlUuid, _>(account_id.as_uuid())
        .load::<Row>(self.connection)
        .await?
        .into_iter()
        .map(|row| {
            Ok(InvitationRecord {
                tenant_id: row.tenant_id.into(),
                tenant_name: row.name,
                tenant_slug: row.slug,
                role: parse("workspace.tenant_users", row.role.parse())?,
                invited_by: row.invited_by,
                invited_at: row.invited_at,
            })
        })
        .collect()
    }

    /// Takes the membership that was accepted longest ago and whose services are due; it is taken once.
    /// Whoever takes it enqueues its run in the same transaction.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_due(&mut self, now: DateTime<Utc>) -> Result<Option<DueMember>> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = SqlUuid)]
            tenant_id: Uuid,
            #[diesel(sql_type = SqlUuid)]
            id: Uuid,
        }
        let row = diesel::sql_query(
            "UPDATE workspace.tenant_users m SET services_due_at = NULL FROM ( \
               SELECT tenant_id, id FROM workspace.tenant_users WHERE services_due_at <= $1 \
               ORDER BY services_due_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED) due \
             WHERE m.tenant_id = due.tenant_id AND m.id = due.id RETURNING m.tenant_id, m.id",
        )
        .bind::<Timestamptz, _>(now)
        .get_result::<Row>(self.connection)
        .await
        .optional()?;
        Ok(row.map(|row| DueMember {
            tenant_id: row.tenant_id.into(),
            member_id: row.id.into(),
        }))
    }

    /// Leaves a membership's services for later, as something else is still at work on it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn postpone(&mut self, due: DueMember, until: DateTime<Utc>) -> Result<()> {
        diesel::update(
            tenant_users::table
                .find((due.tenant_id.as_uuid(), due.member_id.as_uuid()))
                .filter(tenant_users::services_due_at.is_not_null()),
        )
        .set(tenant_users::services_due_at.eq(until))
        .execute(self.connection)
        .await?;
        Ok(())
    }
}
