//! Accounts that were registered with an address which was somebody's already. They have it as a name beside
//! whoever has it, and are told apart by their passwords.

use bheem_domain::EmailAddress;
use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{Bool, Text},
};
use diesel_async::RunQueryDsl;

use super::accounts::{AccountRecord, AccountRow, Accounts, NewAccount};
use crate::{Result, schema::users};

impl Accounts<'_> {
    /// Adds an account whose name is, or may become, somebody else's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_beside(&mut self, new: &NewAccount) -> Result<AccountRecord> {
        self.insert_as(new, true).await
    }

    /// The accounts that have the name beside whoever has it, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_beside(&mut self, name: &str) -> Result<Vec<AccountRecord>> {
        if name.contains('\0') {
            return Ok(Vec::new());
        }
        users::table
            .filter(
                sql::<Bool>("lower(username) = lower(")
                    .bind::<Text, _>(name)
                    .sql(") AND shares_name"),
            )
            .order(users::id.desc())
            .select(AccountRow::as_select())
            .load(self.connection())
            .await?
            .into_iter()
            .map(AccountRecord::try_from)
            .collect()
    }

    /// How many accounts have the address as their name without having proven it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_unproven_names(&mut self, email: &EmailAddress) -> Result<i64> {
        let text = email.to_string();
        Ok(users::table
            .filter(
                sql::<Bool>("lower(username) = ")
                    .bind::<Text, _>(&text)
                    .sql(
                        " AND NOT (email_verified_at IS NOT NULL AND lower(coalesce(email, '')) = ",
                    )
                    .bind::<Text, _>(&text)
                    .sql(")"),
            )
            .count()
            .get_result(self.connection())
            .await?)
    }
}
