//! Names that were given up, and are given to nobody before their time. Triggers refuse them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::{Result, schema::resting_names};

/// What is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameKind {
    /// A tenant, in URLs and in what its own relying parties are told.
    Slug,
    /// A relying party.
    Client,
}

impl NameKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Slug => "slug",
            Self::Client => "client",
        }
    }
}

/// Resting names, on an open system connection.
pub struct RestingNames<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> RestingNames<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Lets a name rest until `rests_until`; one that rests already rests until then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert(
        &mut self,
        kind: NameKind,
        name: &str,
        rests_until: DateTime<Utc>,
    ) -> Result<()> {
        diesel::insert_into(resting_names::table)
            .values((
                resting_names::kind.eq(kind.as_str()),
                resting_names::name.eq(name),
                resting_names::rests_until.eq(rests_until),
            ))
            .on_conflict((resting_names::kind, resting_names::name))
            .do_update()
            .set(resting_names::rests_until.eq(rests_until))
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// Deletes up to `limit` names that rested until `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(&mut self, before: DateTime<Utc>, limit: i64) -> Result<usize> {
        Ok(diesel::sql_query(
            "DELETE FROM workspace.resting_names WHERE ctid IN ( \
               SELECT ctid FROM workspace.resting_names WHERE rests_until < $1 LIMIT $2)",
        )
        .bind::<diesel::sql_types::Timestamptz, _>(before)
        .bind::<diesel::sql_types::BigInt, _>(limit)
        .execute(self.connection)
        .await?)
    }
}
