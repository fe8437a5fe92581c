//! The activity log: who did what, from where. Written in the transaction of what was done.

use std::sync::Arc;

use bheem_domain::{AccountId, ActivityId, Clock, TenantId};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use ipnet::IpNet;
use serde_json::Value;
use uuid::Uuid;

use crate::{Actor, Cursor, PageRequest, Result, effect::Noted, schema::activity_log};

/// What an entry is about.
#[derive(Debug, Clone, Copy)]
pub struct Entity {
    /// Its kind, such as `tenant_user`.
    pub kind: &'static str,
    /// Its id.
    pub id: Uuid,
}

impl Entity {
    /// Names a thing.
    pub fn new(kind: &'static str, id: impl Into<Uuid>) -> Self {
        Self {
            kind,
            id: id.into(),
        }
    }
}

/// An entry.
#[derive(Debug, Clone)]
pub struct ActivityRecord {
    /// Its id.
    pub id: ActivityId,
    /// The tenant it belongs to.
    pub tenant_id: Option<TenantId>,
    /// Who acted.
    pub user_id: Option<AccountId>,
    /// What was done, such as `tenant.created`.
    pub action: String,
    /// Kind of what it was done to.
    pub entity_type: Option<String>,
    /// Id of what it was done to.
    pub entity_id: Option<Uuid>,
    /// A sentence for people.
    pub description: Option<String>,
    /// Where from.
    pub ip_address: Option<IpNet>,
    /// With which client.
    pub user_agent: Option<String>,
    /// More of it.
    pub metadata: Option<Value>,
    /// When.
    pub created_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = activity_log, check_for_backend(diesel::pg::Pg))]
struct ActivityRow {
    id: Uuid,
    tenant_id: Option<Uuid>,
    user_id: Option<Uuid>,
    action: String,
    entity_type: Option<String>,
    entity_id: Option<Uuid>,
    description: Option<String>,
    ip_address: Option<IpNet>,
    user_agent: Option<String>,
    metadata: Option<Value>,
    created_at: DateTime<Utc>,
}

impl From<ActivityRow> for ActivityRecord {
    fn from(row: ActivityRow) -> Self {
        Self {
            id: row.id.into(),
            tenant_id: row.tenant_id.map(Into::into),
            user_id: row.user_id.map(Into::into),
            action: row.action,
            entity_type: row.entity_type,
            entity_id: row.entity_id,
            description: row.description,
            ip_address: row.ip_address,
            user_agent: row.user_agent,
            metadata: row.metadata,
            created_at: row.created_at,
        }
    }
}

/// The log, on an open connection.
pub struct Activity<'c> {
    connection: &'c mut AsyncPgConnection,
    tenant_id: Option<TenantId>,
    clock: Arc<dyn Clock>,
    actor: Actor,
    noted: Noted,
}

impl<'c> Activity<'c> {
    pub(crate) fn new(
        connection: &'c mut AsyncPgConnection,
        tenant_id: Option<TenantId>,
        clock: Arc<dyn Clock>,
        actor: Actor,
    ) -> Self {
        Self {
            connection,
            tenant_id,
            clock,
            actor,
            noted: Noted::default(),
        }
    }

    /// Says what is recorded to the transaction, too.
    pub(crate) fn noting(self, noted: Noted) -> Self {
        Self { noted, ..self }
    }

    /// Adds an entry about what the actor of this transaction did.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record(
        &mut self,
        action: &str,
        entity: Option<Entity>,
        description: &str,
        metadata: Option<Value>,
    ) -> Result<()> {
        self.noted
            .activity(action, entity, self.tenant_id, metadata.as_ref());
        diesel::insert_into(activity_log::table)
            .values((
                activity_log::id.eq(ActivityId::generate(&*self.clock).as_uuid()),
                activity_log::tenant_id.eq(self.tenant_id.map(TenantId::as_uuid)),
                activity_log::user_id.eq(self.actor.account_id.map(AccountId::as_uuid)),
                activity_log::action.eq(action),
                activity_log::entity_type.eq(entity.map(|entity| entity.kind)),
                activity_log::entity_id.eq(entity.map(|entity| entity.id)),
                activity_log::description.eq(description),
                activity_log::ip_address.eq(self.actor.ip_address),
                activity_log::user_agent.eq(&self.actor.user_agent),
                activity_log::metadata.eq(metadata),
                activity_log::created_at.eq(self.clock.now()),
            ))
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// Adds many entries at once, each with its own actor; for the audit of reads.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record_reads(&mut self, reads: &[(Actor, DateTime<Utc>, String)]) -> Result<()> {
        let rows: Vec<_> = reads
            .iter()
            .map(|(actor, at, description)| {
                (
                    activity_log::id.eq(ActivityId::generate(&*self.clock).as_uuid()),
                    activity_log::user_id.eq(actor.account_id.map(AccountId::as_uuid)),
                    activity_log::action.eq("platform.read"),
                    activity_log::description.eq(description),
                    activity_log::ip_address.eq(actor.ip_address),
                    activity_log::user_agent.eq(&actor.user_agent),
                    activity_log::created_at.eq(*at),
                )
            })
            .collect();
        diesel::insert_into(activity_log::table)
            .values(&rows)
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// A page of the log, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&mut self, page: &PageRequest) -> Result<Vec<ActivityRecord>> {
        let mut query = activity_log::table
            .order((activity_log::created_at.desc(), activity_log::id.desc()))
            .limit(page.limit)
            .select(ActivityRow::as_select())
            .into_boxed();
        // Not `IS NOT DISTINCT FROM`, for which there is no index.
        query = match self.tenant_id {
            Some(id) => query.filter(activity_log::tenant_id.eq(id.as_uuid())),
            None => query.filter(activity_log::tenant_id.is_null()),
        };
        query = match page.after {
            Some(Cursor { created_at, id }) => query.filter(
                activity_log::created_at
                    .lt(created_at)
                    .or(activity_log::created_at
                        .eq(created_at)
                        .and(activity_log::id.lt(id))),
            ),
            None => query.offset(page.skip),
        };
        Ok(query
            .load(self.connection)
            .await?
            .into_iter()
            .map(Into::into)
            .collect())
    }
}
