//! App passwords for people's own programs, at the peers. They are made while the person waits, as nobody keeps what
//! they say: not in a run, not in a row.

use std::{fmt, sync::Arc};

use bheem_domain::{AccountId, CredentialId, MemberId, TenantId};
use bheem_http_kit::{ErrorKind, SecretString};
use bheem_mailcow::{CreateAppPassword, Protocol};
use bheem_persistence::{
    Database,
    repo::{AppPasswordRecord, AppService, MemberRecord},
};
use bheem_saga::Failure;
use bheem_vault::Vault;

use crate::{
    Peers, ProvisioningConfig,
    connector::{
        database, failed,
        mailcow::{app_password_name, refused, remove_app_passwords},
        nextcloud::user_id,
        unanswered, vault,
    },
    credential,
    saga::Deps,
};

/// An app password that was just made.
#[derive(Debug)]
pub struct MadeAppPassword {
    /// Its id at the peer.
    pub peer_id: i64,
    /// Name to sign in with there.
    pub username: String,
    /// The password, told this once.
    pub secret: SecretString,
}

/// Makes and removes app passwords at the peers; cheap to clone.
#[derive(Clone)]
pub struct AppPasswords(Arc<Deps>);

impl fmt::Debug for AppPasswords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppPasswords").finish_non_exhaustive()
    }
}

/// Whose app passwords.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::struct_field_names,
    reason = "each is the id of something else"
)]
pub(crate) struct Owner {
    pub(crate) tenant_id: TenantId,
    pub(crate) member_id: MemberId,
    pub(crate) account_id: AccountId,
}

impl From<&MemberRecord> for Owner {
    fn from(member: &MemberRecord) -> Self {
        Self {
            tenant_id: member.tenant_id,
            member_id: member.id,
            account_id: member.user_id,
        }
    }
}

impl AppPasswords {
    /// Works with these peers.
    #[must_use]
    pub fn new(database: Database, vault: Vault, peers: Peers, config: ProvisioningConfig) -> Self {
        Self(Arc::new(Deps {
            database,
            vault,
            peers,
            config,
        }))
    }

    /// Makes one at the peer of the service. `id` marks it there, where the peer lets it be marked.
    ///
    /// # Errors
    /// What the peer made of it; it may have been made nevertheless if the failure is [`Failure::Unknown`].
    pub async fn make(
        &self,
        member: &MemberRecord,
        id: CredentialId,
        service: AppService,
        name: &str,
    ) -> Result<MadeAppPassword, Failure> {
        match service {
            AppService::Mail => {
                self.make_for_mail(&member.mailbox().to_string(), id, name)
                    .await
            }
            AppService::Files | AppService::Calendar => {
                self.0.make_at_nextcloud(Owner::from(member), name).await
            }
        }
    }

    /// Removes one at the peer; one that is gone already is as good.
    ///
    /// # Errors
    /// What the peer made of it.
    pub async fn remove(
        &self,
        member: &MemberRecord,
        record: &AppPasswordRecord,
    ) -> Result<(), Failure> {
        match record.service {
            AppService::Mail => self.remove_from_mail(record).await,
            AppService::Files | AppService::Calendar => {
                self.0
                    .remove_at_nextcloud(Owner::from(member), record)
                    .await
            }
        }
    }

    async fn make_for_mail(
        &self,
        address: &str,
        id: CredentialId,
        name: &str,
    ) -> Result<MadeAppPassword, Failure> {
        let passwords = self.0.mailcow()?.app_passwords();
        let secret = bheem_vault::token::generate_password().map_err(|error| vault(&error))?;
        let mark = marked(id, name);
        let new = CreateAppPassword::new(address, mark, secret.clone()).protocols([
            Protocol::Imap,
            Protocol::Smtp,
            Protocol::Pop3,
            Protocol::Sieve,
        ]);
        let created = passwords.create(&new).await;
        created.map_err(|error| refused(&error))?;
        let peer_id = self.find_in_mail(address, id).await?;
        let peer_id = peer_id.ok_or_else(|| Failure::Unknown {
            reason: "the app password is not there, though it was made".to_owned(),
        })?;
        Ok(MadeAppPassword {
            peer_id,
            username: address.to_owned(),
            secret,
        })
    }

    async fn remove_from_mail(&self, record: &AppPasswordRecord) -> Result<(), Failure> {
        let peer_id = match record.peer_id {
            Some(peer_id) => Some(peer_id),
            None => self.find_in_mail(&record.username, record.id).await?,
        };
        let Some(peer_id) = peer_id else {
            return Ok(());
        };
        let passwords = self.0.mailcow()?.app_passwords();
        let deleted = passwords.delete(&record.username, peer_id).await;
        deleted.map(drop).map_err(|error| refused(&error))
    }

    async fn find_in_mail(&self, address: &str, id: CredentialId) -> Result<Option<i64>, Failure> {
        let listed = self.0.mailcow()?.app_passwords().list(address).await;
        let listed = listed.map_err(|error| unanswered(&error))?;
        let mark = mark(id);
        let found = listed.iter().find(|one| one.name.ends_with(&mark));
        Ok(found.map(|one| one.id))
    }
}

/// By this a password is found again at Mailcow, which answers no id when it makes one.
fn mark(id: CredentialId) -> String {
    format!("[{id}]")
}

/// Mailcow escapes names more often than it unescapes them, so they hold nothing that would be.
fn marked(id: CredentialId, name: &str) -> String {
    let plain: String = name
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.'))
        .collect();
    format!("{} {}", plain.trim(), mark(id)).trim().to_owned()
}

impl Deps {
    /// Removes every app password of a mailbox, also the one with which the workspace acts: that one stays sealed here, and
    /// is made again when the mailbox opens.
    pub(crate) async fn remove_mail_app_passwords(
        &self,
        owner: Owner,
        address: &str,
    ) -> Result<(), Failure> {
        remove_app_passwords(self.mailcow()?, address, |_name| true).await?;
        self.forget_mail_app_passwords(owner).await
    }

    /// Removes the app passwords that the workspace made at an address whose mailbox is not the person's, or not any more:
    /// its own and those that it made for the person.
    pub(crate) async fn remove_own_mail_app_passwords(
        &self,
        owner: Owner,
        address: &str,
    ) -> Result<(), Failure> {
        let own = app_password_name(owner.member_id);
        let mut marks = Vec::new();
        for record in self.revoked(owner).await? {
            if record.service == AppService::Mail {
                marks.push(mark(record.id));
            }
        }
        let is_meant = |name: &str| name == own || marks.iter().any(|mark| name.ends_with(mark));
        remove_app_passwords(self.mailcow()?, address, is_meant).await?;
        self.forget_mail_app_passwords(owner).await
    }

    async fn forget_mail_app_passwords(&self, owner: Owner) -> Result<(), Failure> {
        let is_mail = |record: &AppPasswordRecord| record.service == AppService::Mail;
        for record in self.revoked(owner).await?.iter().filter(|one| is_mail(one)) {
            self.forget(owner, record.id).await?;
        }
        Ok(())
    }

    /// Removes the revoked app passwords of an account at Nextcloud. What Nextcloud does not let us do in the
    /// person's name stays to be removed when the account opens again.
    pub(crate) async fn remove_nextcloud_app_passwords(&self, owner: Owner) -> Result<(), Failure> {
        let is_mail = |record: &AppPasswordRecord| record.service == AppService::Mail;
        for record in self
            .revoked(owner)
            .await?
            .iter()
            .filter(|one| !is_mail(one))
        {
            match self.remove_at_nextcloud(owner, record).await {
                Ok(()) => self.forget(owner, record.id).await?,
                Err(Failure::Reject(reject)) => {
                    tracing::warn!(reason = reject.detail, "an app password stays at Nextcloud");
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(())
    }

    async fn revoked(&self, owner: Owner) -> Result<Vec<AppPasswordRecord>, Failure> {
        let mut tx = self.tenant(owner.tenant_id.as_uuid()).await?;
        let listed = tx.app_passwords().list(owner.member_id).await;
        let mut listed = listed.map_err(|error| database(&error))?;
        tx.commit().await.map_err(|error| database(&error))?;
        listed.retain(|record| record.revoked_at.is_some());
        Ok(listed)
    }

    async fn forget(&self, owner: Owner, id: CredentialId) -> Result<(), Failure> {
        let mut tx = self.tenant(owner.tenant_id.as_uuid()).await?;
        let removed = tx.app_passwords().remove(id).await;
        removed.map_err(|error| database(&error))?;
        tx.commit().await.map_err(|error| database(&error))
    }

    async fn make_at_nextcloud(
        &self,
        owner: Owner,
        name: &str,
    ) -> Result<MadeAppPassword, Failure> {
        let mut last = None;
        for client in self.nextcloud_of(owner).await? {
            match client.app_passwords().create_named(name).await {
                Ok(made) => {
                    return Ok(MadeAppPassword {
                        peer_id: i64::try_from(made.id).unwrap_or_default(),
                        username: made.login_name,
                        secret: made.secret,
                    });
                }
                Err(error) if is_refused(&error) => last = Some(error),
                Err(error) => return Err(failed(&error)),
            }
        }
        Err(not_allowed(last.as_ref()))
    }

    async fn remove_at_nextcloud(
        &self,
        owner: Owner,
        record: &AppPasswordRecord,
    ) -> Result<(), Failure> {
        let Some(peer_id) = record.peer_id.and_then(|id| u64::try_from(id).ok()) else {
            // Its answer got lost: nobody knows the password.
            return Ok(());
        };
        let mut last = None;
        for client in self.nextcloud_of(owner).await? {
            match client.app_passwords().delete_by_id(peer_id).await {
                Ok(_) => return Ok(()),
                Err(error) if is_refused(&error) => last = Some(error),
                Err(error) => return Err(failed(&error)),
            }
        }
        Err(not_allowed(last.as_ref()))
    }

    /// Nextcloud in the person's name: by a token where it takes one, then by the password that is kept. A refused
    /// token counts as no attempt to guess a password, so it comes first.
    async fn nextcloud_of(&self, owner: Owner) -> Result<Vec<bheem_nextcloud::Client>, Failure> {
        let id = user_id(owner.account_id);
        let mut tx = self.tenant(owner.tenant_id.as_uuid()).await?;
        let kept = tx
            .credentials()
            .find_for_account(owner.account_id, credential::NEXTCLOUD, &id)
            .await;
        let kept = kept.map_err(|error| database(&error))?;
        tx.commit().await.map_err(|error| database(&error))?;
        let sealed_for = credential::nextcloud_password(owner.account_id);
        let password = kept
            .map(|kept| self.vault.open(&sealed_for, &kept.sealed))
            .transpose()
            .map_err(|error| vault(&error))?;
        let clients = self
            .nextcloud()?
            .accounts_of(owner.account_id, &id, password);
        clients.map_err(|_error| {
            bheem_saga::Reject::new("credential_unusable", "the credential cannot be sent").into()
        })
    }
}

/// The credentials do not do, or there are none: nobody acts for somebody without a seat.
fn is_refused(error: &bheem_nextcloud::Error) -> bool {
    use bheem_nextcloud::Error;
    error.kind() == ErrorKind::Unauthorized
        || matches!(
            error,
            Error::Http(bheem_http_kit::Error::Credentials { .. })
        )
}

fn not_allowed(error: Option<&bheem_nextcloud::Error>) -> Failure {
    let detail = error.map_or_else(
        || "the workspace keeps no password of this Nextcloud account".to_owned(),
        ToString::to_string,
    );
    bheem_saga::Reject::new("credentials_refused", detail).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_again_whatever_the_person_calls_it() {
        let id = CredentialId::from(uuid::Uuid::nil());
        for name in ["Phone", "<b>&amp;\"'", "  ", "Jörg's laptop [x]"] {
            let marked = marked(id, name);
            assert!(marked.ends_with(&mark(id)), "{marked}");
            assert!(!marked.contains(['<', '>', '&', '"', '\'']), "{marked}");
        }
    }
}
