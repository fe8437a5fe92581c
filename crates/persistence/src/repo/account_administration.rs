//! What administration of the platform does with accounts.

use bheem_domain::{AccountId, PlatformRole};
use chrono::{DateTime, Utc};
use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{Bool, Text},
};
use diesel_async::RunQueryDsl;

use super::{
    accounts::{AccountRecord, AccountRow, Accounts},
    exactly_one,
};
use crate::{Cursor, PageRequest, Result, page::prefix_pattern, schema::users};

/// Which accounts are wanted.
#[derive(Debug, Clone, Default)]
pub struct AccountFilter {
    /// What the name, the address or the person's name begins with.
    pub search: Option<String>,
    /// The role on the platform.
    pub role: Option<PlatformRole>,
    /// Whether they may sign in.
    pub is_active: Option<bool>,
}

impl Accounts<'_> {
    /// A page of accounts, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(
        &mut self,
        filter: &AccountFilter,
        page: &PageRequest,
    ) -> Result<Vec<AccountRecord>> {
        let mut query = users::table
            .order((users::created_at.desc(), users::id.desc()))
            .limit(page.limit)
            .select(AccountRow::as_select())
            .into_boxed();
        // PostgreSQL takes no NUL in a text, and so nothing begins with one.
        let search = filter.search.as_deref().map(str::trim).unwrap_or_default();
        if search.contains('\0') {
            return Ok(Vec::new());
        }
        if !search.is_empty() {
            let pattern = prefix_pattern(&search.to_lowercase());
            query = query.filter(
                sql::<Bool>("(lower(username) LIKE ")
                    .bind::<Text, _>(pattern.clone())
                    .sql(" OR lower(email) LIKE ")
                    .bind::<Text, _>(pattern.clone())
                    .sql(" OR lower(full_name) LIKE ")
                    .bind::<Text, _>(pattern)
                    .sql(")"),
            );
        }
        if let Some(role) = filter.role {
            query = query.filter(users::role.eq(role.as_str()));
        }
        if let Some(is_active) = filter.is_active {
            query = query.filter(users::is_active.eq(is_active));
        }
        query = match page.after {
            Some(Cursor { created_at, id }) => query.filter(
                users::created_at
                    .lt(created_at)
                    .or(users::created_at.eq(created_at).and(users::id.lt(id))),
            ),
            None => query.offset(page.skip),
        };
        query
            .load(self.connection())
            .await?
            .into_iter()
            .map(AccountRecord::try_from)
            .collect()
    }

    /// Holds every open account of a platform administrator until the transaction ends, so that two
    /// who take the right from each other do not leave none. Answers which they are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hold_super_admins(&mut self) -> Result<Vec<AccountId>> {
        Ok(users::table
            .filter(sql::<Bool>("role = 'SuperAdmin'"))
            .filter(users::is_active)
            .order(users::id)
            .for_no_key_update()
            .select(users::id)
            .load::<uuid::Uuid>(self.connection())
            .await?
            .into_iter()
            .map(Into::into)
            .collect())
    }

    /// Gives the account another role on the platform.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
    pub async fn set_role(&mut self, id: AccountId, role: PlatformRole) -> Result<()> {
        let rows = diesel::update(users::table.find(id.as_uuid()))
            .set(users::role.eq(role.as_str()))
            .execute(self.connection())
            .await?;
        exactly_one("account", rows)
    }

    /// Takes the password away: a new one must be set before anybody gets in by one.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
    pub async fn remove_password(&mut self, id: AccountId, now: DateTime<Utc>) -> Result<()> {
        let rows = diesel::update(users::table.find(id.as_uuid()))
            .set((
                users::hashed_password.eq(None::<String>),
                users::password_changed_at.eq(now),
            ))
            .execute(self.connection())
            .await?;
        exactly_one("account", rows)
    }
}
