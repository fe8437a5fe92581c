//! App passwords that people made for their own programs. Here is what they are called and where they are; what they
//! say is with the peer alone.

use bheem_domain::{CredentialId, Invalid, MemberId, TenantId};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::parse;
use crate::{Error, Result, schema::app_passwords};

/// What an app password opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AppService {
    /// The mailbox, for reading and sending.
    Mail,
    /// Files.
    Files,
    /// Calendars and contacts.
    Calendar,
}

impl AppService {
    /// The word in the database and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Files => "files",
            Self::Calendar => "calendar",
        }
    }
}

impl std::str::FromStr for AppService {
    type Err = Invalid;

    fn from_str(word: &str) -> std::result::Result<Self, Invalid> {
        match word {
            "mail" => Ok(Self::Mail),
            "files" => Ok(Self::Files),
            "calendar" => Ok(Self::Calendar),
            _ => Err(Invalid::new(
                "service",
                "must be one of: mail files calendar",
            )),
        }
    }
}

/// An app password, without the password.
#[derive(Debug, Clone)]
pub struct AppPasswordRecord {
    /// Which one.
    pub id: CredentialId,
    /// Whose.
    pub member_id: MemberId,
    /// What it opens.
    pub service: AppService,
    /// What the person calls it.
    pub name: String,
    /// Name to sign in with at the peer.
    pub username: String,
    /// Its id at the peer, once that has told it.
    pub peer_id: Option<i64>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// It is to be removed at the peer since then, and was not yet.
    pub revoked_at: Option<DateTime<Utc>>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = app_passwords, check_for_backend(diesel::pg::Pg))]
struct Row {
    id: Uuid,
    member_id: Uuid,
    service: String,
    name: String,
    username: String,
    peer_id: Option<i64>,
    created_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for AppPasswordRecord {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            member_id: row.member_id.into(),
            service: parse("workspace.app_passwords", row.service.parse())?,
            name: row.name,
            username: row.username,
            peer_id: row.peer_id,
            created_at: row.created_at,
            revoked_at: row.revoked_at,
        })
    }
}

/// An app password that is to be made.
#[derive(Debug, Clone)]
pub struct NewAppPassword {
    /// Its id.
    pub id: CredentialId,
    /// Whose.
    pub member_id: MemberId,
    /// What it opens.
    pub service: AppService,
    /// What the person calls it.
    pub name: String,
    /// Name to sign in with at the peer.
    pub username: String,
    /// Now.
    pub created_at: DateTime<Utc>,
}

/// App passwords of one tenant's people, on an open connection.
pub struct AppPasswords<'c> {
    connection: &'c mut AsyncPgConnection,
    tenant_id: TenantId,
}

impl<'c> AppPasswords<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection, tenant_id: TenantId) -> Self {
        Self {
            connection,
            tenant_id,
        }
    }

    /// Everything that a member has, revoked ones included, in the order they were made. There are few, so there are
    /// no pages.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&mut self, member_id: MemberId) -> Result<Vec<AppPasswordRecord>> {
        app_passwords::table
            .filter(app_passwords::tenant_id.eq(self.tenant_id.as_uuid()))
            .filter(app_passwords::member_id.eq(member_id.as_uuid()))
            .order((app_passwords::created_at, app_passwords::id))
            .limit(1_000)
            .select(Row::as_select())
            .load(self.connection)
            .await?
            .into_iter()
            .map(AppPasswordRecord::try_from)
            .collect()
    }

    /// Notes one that is about to be made.
    ///
    /// # Errors
    /// [`Error::Duplicate`] of `app_passwords_name`.
    pub async fn insert(&mut self, new: &NewAppPassword) -> Result<()> {
        diesel::insert_into(app_passwords::table)
            .values((
                app_passwords::tenant_id.eq(self.tenant_id.as_uuid()),
                app_passwords::id.eq(new.id.as_uuid()),
                app_passwords::member_id.eq(new.member_id.as_uuid()),
                app_passwords::service.eq(new.service.as_str()),
                app_passwords::name.eq(&new.name),
                app_passwords::username.eq(&new.username),
                app_passwords::created_at.eq(new.created_at),
            ))
            .execute(self.connection)
            .await?;
        Ok(())
    }

    /// Notes its id at the peer; `false` when it was revoked or removed meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_peer_id(&mut self, id: CredentialId, peer_id: i64) -> Result<bool> {
        let rows = diesel::update(
            app_passwords::table
                .find((self.tenant_id.as_uuid(), id.as_uuid()))
                .filter(app_passwords::revoked_at.is_null()),
        )
        .set(app_passwords::peer_id.eq(peer_id))
        .execute(self.connection)
        .await?;
        Ok(rows == 1)
    }

    /// Revokes everything that a member has; it goes when the peer has removed it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_all(&mut self, member_id: MemberId, now: DateTime<Utc>) -> Result<usize> {
        Ok(diesel::update(
            app_passwords::table
                .filter(app_passwords::tenant_id.eq(self.tenant_id.as_uuid()))
                .filter(app_passwords::member_id.eq(member_id.as_uuid()))
                .filter(app_passwords::revoked_at.is_null()),
        )
        .set(app_passwords::revoked_at.eq(now))
        .execute(self.connection)
        .await?)
    }

    /// Revokes one of a member's; `false` when there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke(
        &mut self,
        member_id: MemberId,
        id: CredentialId,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let rows = diesel::update(
            app_passwords::table
                .find((self.tenant_id.as_uuid(), id.as_uuid()))
                .filter(app_passwords::member_id.eq(member_id.as_uuid())),
        )
        .set(app_passwords::revoked_at.eq(now))
        .execute(self.connection)
        .await?;
        Ok(rows == 1)
    }

    /// Forgets one that the peer has removed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove(&mut self, id: CredentialId) -> Result<usize> {
        let one = app_passwords::table.find((self.tenant_id.as_uuid(), id.as_uuid()));
        Ok(diesel::delete(one).execute(self.connection).await?)
    }
}
