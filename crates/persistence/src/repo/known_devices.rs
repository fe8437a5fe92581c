//! Devices that people sign in from: hashes of a cookie, or of what the client calls itself.

use bheem_domain::AccountId;
use chrono::{DateTime, Utc};
use diesel::{prelude::*, upsert::excluded};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::{Result, schema::known_devices};

/// Devices, on an open connection.
pub struct KnownDevices<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> KnownDevices<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Whether the account has any device, and whether one of these is among them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn knows(
        &mut self,
        account_id: AccountId,
        devices: &[Vec<u8>],
    ) -> Result<(bool, bool)> {
        let mine =
            || known_devices::table.filter(known_devices::account_id.eq(account_id.as_uuid()));
        Ok(diesel::select((
            diesel::dsl::exists(mine()),
            diesel::dsl::exists(mine().filter(known_devices::device_hash.eq_any(devices))),
        ))
        .get_result(self.connection)
        .await?)
    }

    /// Notes that these devices were used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note(
        &mut self,
        account_id: AccountId,
        devices: &[Vec<u8>],
        now: DateTime<Utc>,
    ) -> Result<()> {
        let rows: Vec<_> = devices
            .iter()
            .map(|device| {
                (
                    known_devices::account_id.eq(account_id.as_uuid()),
                    known_devices::device_hash.eq(device),
                    known_devices::first_seen_at.eq(now),
                    known_devices::last_seen_at.eq(now),
                )
            })
            .collect();
        diesel::insert_into(known_devices::table)
            .values(&rows)
            .on_conflict((known_devices::account_id, known_devices::device_hash))
            .do_update()
            .set(known_devices::last_seen_at.eq(excluded(known_devices::last_seen_at)))
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// Deletes up to `limit` devices that were last seen before `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(&mut self, before: DateTime<Utc>, limit: i64) -> Result<usize> {
        Ok(diesel::sql_query(
            "DELETE FROM auth.known_devices WHERE (account_id, device_hash) IN \
             (SELECT account_id, device_hash FROM auth.known_devices WHERE last_seen_at < $1 \
              ORDER BY last_seen_at LIMIT $2)",
        )
        .bind::<diesel::sql_types::Timestamptz, _>(before)
        .bind::<diesel::sql_types::BigInt, _>(limit)
        .execute(self.connection)
        .await?)
    }
}
