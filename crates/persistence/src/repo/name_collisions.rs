//! People of a source and accounts of ours that have one name.

use bheem_domain::AccountId;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::{Cursor, PageRequest, Result, schema::name_collisions};

/// A name that two have.
#[derive(Debug, Clone)]
pub struct NameCollision {
    /// The source.
    pub source: String,
    /// The source's own id of its person.
    pub subject: String,
    /// The account that was here before.
    pub account_id: AccountId,
    /// The account that mirrors the person of the source.
    pub mirrored_id: AccountId,
    /// The name.
    pub name: String,
    /// When it was first noticed.
    pub created_at: DateTime<Utc>,
    /// When it was last noticed.
    pub seen_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = name_collisions, check_for_backend(diesel::pg::Pg))]
struct CollisionRow {
    source: String,
    subject: String,
    account_id: Uuid,
    mirrored_id: Uuid,
    name: String,
    created_at: DateTime<Utc>,
    seen_at: DateTime<Utc>,
}

impl From<CollisionRow> for NameCollision {
    fn from(row: CollisionRow) -> Self {
        Self {
            source: row.source,
            subject: row.subject,
            account_id: row.account_id.into(),
            mirrored_id: row.mirrored_id.into(),
            name: row.name,
            created_at: row.created_at,
            seen_at: row.seen_at,
        }
    }
}

/// Collisions, on an open connection.
pub struct NameCollisions<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> NameCollisions<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Notes a collision; `true` when it was not known.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note(&mut self, new: &NameCollision) -> Result<bool> {
        let key = (
            name_collisions::source.eq(&new.source),
            name_collisions::subject.eq(&new.subject),
            name_collisions::account_id.eq(new.account_id.as_uuid()),
        );
        let inserted = diesel::insert_into(name_collisions::table)
            .values((
                key,
                name_collisions::mirrored_id.eq(new.mirrored_id.as_uuid()),
                name_collisions::name.eq(&new.name),
                name_collisions::created_at.eq(new.created_at),
                name_collisions::seen_at.eq(new.seen_at),
            ))
            .on_conflict_do_nothing()
            .execute(self.connection)
            .await?;
        if inserted == 1 {
            return Ok(true);
        }
        let known = name_collisions::table.find((
            new.source.as_str(),
            new.subject.as_str(),
            new.account_id.as_uuid(),
        ));
        diesel::update(known)
            .set(name_collisions::seen_at.eq(new.seen_at))
            .execute(self.connection)
            .await?;
        Ok(false)
    }

    /// A page of collisions, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&mut self, page: &PageRequest) -> Result<Vec<NameCollision>> {
        let mut query = name_collisions::table
            .order((
                name_collisions::created_at.desc(),
                name_collisions::mirrored_id.desc(),
            ))
            .limit(page.limit)
            .select(CollisionRow::as_select())
            .into_boxed();
        query = match page.after {
            Some(Cursor { created_at, id }) => query.filter(
                name_collisions::created_at
                    .lt(created_at)
                    .or(name_collisions::created_at
                        .eq(created_at)
                        .and(name_collisions::mirrored_id.lt(id))),
            ),
            None => query.offset(page.skip),
        };
        let rows = query.load(self.connection).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}
