//! Whose an address is. An account that names one has it as a sign-in name until somebody proves that
//! it is theirs; whoever does so first takes it over, and finds nothing there of whoever named it.
//!
//! Everything here runs in the transaction of the proof and begins by holding the address, so that of
//! two proofs at once the second one sees what the first has done.

use bheem_domain::{AccountId, EmailAddress};
use bheem_vault::token;
use chrono::{DateTime, Utc};
use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{Bool, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::accounts::{AccountRecord, AccountRow, Accounts};
use crate::{Error, Result, schema::users};

/// An account that named an address which somebody else has proven.
#[derive(Debug, Clone)]
pub struct Displaced {
    /// The account.
    pub account_id: AccountId,
    /// What it is called from now on.
    pub username: String,
    /// Its sessions and grants, which have ended.
    pub ended: Vec<Uuid>,
}

/// Id, name, address, and when that was proven.
type NamingRow = (Uuid, String, Option<String>, Option<DateTime<Utc>>);

#[derive(QueryableByName)]
struct Ended {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

impl Accounts<'_> {
    /// Holds an address until the transaction ends.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hold_address(&mut self, email: &EmailAddress) -> Result<()> {
        diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended('address:' || $1, 0))")
            .bind::<Text, _>(email.to_string())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Who has proven the address.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_holder(&mut self, email: &EmailAddress) -> Result<Option<AccountRecord>> {
        users::table
            .filter(sql::<Bool>("lower(email) = ").bind::<Text, _>(email.to_string()))
            .filter(users::email_verified_at.is_not_null())
            .select(AccountRow::as_select())
            .first(self.connection())
            .await
            .optional()?
            .map(AccountRecord::try_from)
            .transpose()
    }

    /// An account that only names the address, by name first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_naming(&mut self, email: &EmailAddress) -> Result<Option<AccountRecord>> {
        let text = email.to_string();
        users::table
            .filter(sql::<Bool>("lower(email) = ").bind::<Text, _>(&text))
            .filter(users::email_verified_at.is_null())
            .order((
                sql::<Bool>("lower(username) = ")
                    .bind::<Text, _>(&text)
                    .desc(),
                users::id,
            ))
            .select(AccountRow::as_select())
            .first(self.connection())
            .await
            .optional()?
            .map(AccountRecord::try_from)
            .transpose()
    }

    /// The account that had this name until somebody else proved it to be their address.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_by_former_username(&mut self, name: &str) -> Result<Option<AccountRecord>> {
        if name.contains('\0') {
            return Ok(None);
        }
        users::table
            .filter(
                sql::<Bool>("lower(former_username) = lower(")
                    .bind::<Text, _>(name)
                    .sql(")"),
            )
            .filter(users::former_username.is_not_null())
            .order(users::password_changed_at.desc().nulls_last())
            .select(AccountRow::as_select())
            .first(self.connection())
            .await
            .optional()?
            .map(AccountRecord::try_from)
            .transpose()
    }

    /// Makes an address free for whoever has just proven it. Each account but `holder` that names it
    /// without having proven it loses it, as a name too, and with it every session, grant, consent,
    /// factor, device, link and code; what is left is the account's own data, and its password under
    /// another name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_address(
        &mut self,
        email: &EmailAddress,
        holder: Option<AccountId>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Displaced>> {
        self.hold_address(email).await?;
        let text = email.to_string();
        let holder = holder.map_or(Uuid::nil(), AccountId::as_uuid);
        let names: Vec<NamingRow> = users::table
            .filter(users::id.ne(holder))
            .filter(
                sql::<Bool>("(lower(username) = ")
                    .bind::<Text, _>(&text)
                    .sql(" OR lower(email) = ")
                    .bind::<Text, _>(&text)
                    .sql(") AND NOT (email_verified_at IS NOT NULL AND lower(email) = ")
                    .bind::<Text, _>(&text)
                    .sql(")"),
            )
            .order(users::id)
            .for_no_key_update()
            .select((
                users::id,
                users::username,
                users::email,
                users::email_verified_at,
            ))
            .load(self.connection())
            .await?;
        let mut displaced = Vec::with_capacity(names.len());
        for (id, before, named, proven_at) in names {
            let is_name = before.eq_ignore_ascii_case(&text);
            let username = if is_name { new_name()? } else { before.clone() };
            // Whoever has proven another address has only had a name that was not theirs.
            let is_stripped = proven_at.is_none();
            let is_address = named.is_some_and(|named| named.eq_ignore_ascii_case(&text));
            diesel::update(users::table.find(id))
                .set((
                    users::username.eq(&username),
                    is_name.then(|| users::shares_name.eq(false)),
                    is_name.then(|| users::former_username.eq(before)),
                    is_address.then(|| users::email.eq(None::<String>)),
                    // What is on its way in with the password so far finds it changed.
                    is_stripped.then(|| users::password_changed_at.eq(now)),
                ))
                .execute(self.connection())
                .await?;
            let ended = if is_stripped {
                self.end_everything(id.into(), "address", now).await?
            } else {
                Vec::new()
            };
            displaced.push(Displaced {
                account_id: id.into(),
                username,
                ended,
            });
        }
        Ok(displaced)
    }

    /// Notes that the address is the account's, and takes it from everybody who only names it. An
    /// account that was made for the address gets it as its name, too. `None`, and nothing was done, when
    /// another account has proven it before.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such account, or it names another address.
    pub async fn prove_address(
        &mut self,
        id: AccountId,
        email: &EmailAddress,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<Displaced>>> {
        self.hold_address(email).await?;
        if let Some(holder) = self.find_holder(email).await? {
            return Ok((holder.id == id).then(Vec::new));
        }
        let displaced = self.release_address(email, Some(id), now).await?;
        let text = email.to_string();
        let is_made_for_it = sql::<Text>("CASE WHEN origin = 'invited' THEN ")
            .bind::<Text, _>(&text)
            .sql(" ELSE username END");
        let rows = diesel::update(
            users::table
                .find(id.as_uuid())
                .filter(sql::<Bool>("lower(email) = ").bind::<Text, _>(&text)),
        )
        .set((
            users::email_verified_at.eq(now),
            users::username.eq(is_made_for_it),
            // Whoever had the name has just lost it.
            users::shares_name.eq(false),
        ))
        .execute(self.connection())
        .await?;
        match rows {
            1 => Ok(Some(displaced)),
            _ => Err(Error::NotFound { what: "account" }),
        }
    }

    /// Ends whatever lets somebody into the account or acts for it, but its password. Answers the
    /// sessions and grants that ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_everything(
        &mut self,
        id: AccountId,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<Uuid>> {
        let ended: Vec<Ended> =
            diesel::sql_query("SELECT id FROM auth.end_everything($1, $2, $3) AS id")
                .bind::<SqlUuid, _>(id.as_uuid())
                .bind::<Text, _>(reason)
                .bind::<Timestamptz, _>(now)
                .load(self.connection())
                .await?;
        Ok(ended.into_iter().map(|ended| ended.id).collect())
    }
}

/// A name that nobody can register.
fn new_name() -> Result<String> {
    let digits = token::generate_hex32()?;
    let digits: String = digits.chars().take(16).collect();
    Ok(format!("user-{digits}"))
}
