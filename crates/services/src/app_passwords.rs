//! App passwords that people make for their own programs, in one of their tenants.

use std::time::Duration;

use bheem_domain::{CredentialId, text};
use bheem_identity::AccessClaims;
use bheem_persistence::{
    Actor, TenantScope,
    repo::{AppPasswordRecord, AppService, Entity, MemberRecord, NewAppPassword},
};
use bheem_provisioning::{MadeAppPassword, outcome};
use bheem_saga::Failure;

use crate::{Error, Result, Services, workspace::OwnWorkspace};

/// As many as one person may have in one tenant.
const MOST: usize = 50;
/// Longest name.
const LONGEST_NAME: usize = 60;

/// An app password that is to be made.
#[derive(Debug, Clone)]
pub struct NewOwnAppPassword {
    /// What the person calls it.
    pub name: String,
    /// What it opens.
    pub service: AppService,
}

/// A person's app passwords in a tenant, and which services they could be made for.
#[derive(Debug)]
pub struct OwnAppPasswords {
    /// Where the person is.
    pub own: OwnWorkspace,
    /// What there is.
    pub passwords: Vec<AppPasswordRecord>,
    /// What more could be made for.
    pub services: Vec<AppService>,
}

/// An app password that was just made; what it says is told this once.
#[derive(Debug)]
pub struct MadeOwnAppPassword {
    /// As it is listed from now on.
    pub record: AppPasswordRecord,
    /// With the secret.
    pub made: MadeAppPassword,
}

impl Services {
    /// The person's app passwords in the tenant that is named, or else in the open one they joined first.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the tenant is not theirs, [`Error::Forbidden`] when it is suspended.
    pub async fn own_app_passwords(
        &self,
        claims: &AccessClaims,
        actor: Actor,
        tenant: Option<&str>,
    ) -> Result<OwnAppPasswords> {
        let own = self
            .require_workspace(claims, actor.clone(), tenant)
            .await?;
        let scope = own.scope.clone();
        let mut tx = self.database.tenant(&scope).await?;
        let mut passwords = tx.app_passwords().list(own.member.member.id).await?;
        tx.commit().await?;
        passwords.retain(|record| record.revoked_at.is_none() && record.peer_id.is_some());
        let services = services_of(&own);
        Ok(OwnAppPasswords {
            own,
            passwords,
            services,
        })
    }

    /// Makes an app password at the peer. Nobody keeps what it says.
    ///
    /// # Errors
    /// [`Error::Invalid`]; [`Error::Conflict`] when there is one of that name, or the person has no such service;
    /// [`Error::QuotaExceeded`]; [`Error::Busy`] when the peer is away.
    pub async fn make_app_password(
        &self,
        claims: &AccessClaims,
        actor: Actor,
        tenant: Option<&str>,
        new: NewOwnAppPassword,
    ) -> Result<MadeOwnAppPassword> {
        let name = text::required("name", &new.name, LONGEST_NAME)?;
        let own = self.require_workspace(claims, actor, tenant).await?;
        if !services_of(&own).contains(&new.service) {
            return Err(Error::conflict(
                "service_not_available",
                "You have no such service in this workspace",
            ));
        }
        let (scope, member) = (own.scope, own.member.member);
        let id = CredentialId::generate(&*self.clock);
        let record = NewAppPassword {
            id,
            member_id: member.id,
            service: new.service,
            name: name.clone(),
            username: match new.service {
                AppService::Mail => member.mailbox().to_string(),
                AppService::Files | AppService::Calendar => member.user_id.to_string(),
            },
            created_at: self.clock.now(),
        };
        self.note_app_password(&scope, &record).await?;
        let made = self
            .app_passwords
            .make(&member, id, new.service, &name)
            .await;
        let made = match made {
            Ok(made) => made,
            Err(failure) => {
                self.withdraw(&scope, &member, id).await;
                return Err(refused(failure));
            }
        };
        // Whoever was removed, or closed the tenant, meanwhile has revoked it: then it must not live.
        match self.keep(&scope, &record, made.peer_id).await {
            Ok(record) => Ok(MadeOwnAppPassword { record, made }),
            Err(error) => {
                self.withdraw(&scope, &member, id).await;
                Err(error)
            }
        }
    }

    /// Removes an app password at the peer, and then here.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Busy`] when the peer is away, and then it is still there.
    pub async fn remove_app_password(
        &self,
        claims: &AccessClaims,
        actor: Actor,
        tenant: Option<&str>,
        id: CredentialId,
    ) -> Result<()> {
        let own = self.require_workspace(claims, actor, tenant).await?;
        let (scope, member) = (own.scope, own.member.member);
        let mut tx = self.database.tenant(&scope).await?;
        let listed = tx.app_passwords().list(member.id).await?;
        tx.commit().await?;
        let record = listed
            .into_iter()
            .find(|record| record.id == id && record.revoked_at.is_none())
            .ok_or(Error::NotFound("App password not found"))?;
        let removed = self.app_passwords.remove(&member, &record).await;
        removed.map_err(refused)?;
        let mut tx = self.database.tenant(&scope).await?;
        tx.app_passwords().remove(id).await?;
        tx.activity()
            .record(
                "app_password_removed",
                Some(Entity::new("app_password", id)),
                "App password removed",
                None,
            )
            .await?;
        tx.commit().await?;
        Ok(())
    }

    async fn require_workspace(
        &self,
        claims: &AccessClaims,
        actor: Actor,
        tenant: Option<&str>,
    ) -> Result<OwnWorkspace> {
        self.own_workspace(claims, actor, tenant)
            .await?
            .ok_or(Error::NotFound("You are in no workspace"))
    }

    async fn note_app_password(&self, scope: &TenantScope, new: &NewAppPassword) -> Result<()> {
        let mut tx = self.database.tenant(scope).await?;
        let member = tx.members().find(new.member_id).await?;
        if !member.is_some_and(|member| member.is_active) {
            return Err(Error::NotFound("Tenant not found"));
        }
        let listed = tx.app_passwords().list(new.member_id).await?;
        if listed.len() >= MOST {
            return Err(Error::QuotaExceeded(format!(
                "There are {MOST} app passwords already; remove one first"
            )));
        }
        let inserted = tx.app_passwords().insert(new).await;
        if let Err(bheem_persistence::Error::Duplicate { .. }) = inserted {
            return Err(Error::conflict(
                "app_password_exists",
                "You have an app password of that name",
            ));
        }
        inserted?;
        tx.commit().await?;
        Ok(())
    }

    /// Notes where it is at the peer, unless the person has lost the service meanwhile.
    async fn keep(
        &self,
        scope: &TenantScope,
        new: &NewAppPassword,
        peer_id: i64,
    ) -> Result<AppPasswordRecord> {
        let mut tx = self.database.tenant(scope).await?;
        let is_open = tx.tenant().lock().await?.is_open();
        if !is_open || !tx.app_passwords().set_peer_id(new.id, peer_id).await? {
            return Err(Error::Forbidden("This workspace is not yours any more"));
        }
        tx.activity()
            .record(
                "app_password_made",
                Some(Entity::new("app_password", new.id)),
                "App password made",
                None,
            )
            .await?;
        tx.commit().await?;
        Ok(AppPasswordRecord {
            id: new.id,
            member_id: new.member_id,
            service: new.service,
            name: new.name.clone(),
            username: new.username.clone(),
            peer_id: Some(peer_id),
            created_at: new.created_at,
            revoked_at: None,
        })
    }

    /// Takes back what may have been made. What the peer does not answer now, the run that closes the person's
    /// services finds.
    async fn withdraw(&self, scope: &TenantScope, member: &MemberRecord, id: CredentialId) {
        if let Err(error) = self.try_withdraw(scope, member, id).await {
            tracing::warn!(%error, "an app password could not be taken back");
        }
    }

    async fn try_withdraw(
        &self,
        scope: &TenantScope,
        member: &MemberRecord,
        id: CredentialId,
    ) -> Result<()> {
        let mut tx = self.database.tenant(scope).await?;
        let listed = tx.app_passwords().list(member.id).await?;
        tx.app_passwords()
            .revoke(member.id, id, self.clock.now())
            .await?;
        tx.commit().await?;
        if let Some(record) = listed.into_iter().find(|record| record.id == id) {
            let removed = self.app_passwords.remove(member, &record).await;
            removed.map_err(refused)?;
            let mut tx = self.database.tenant(scope).await?;
            tx.app_passwords().remove(id).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// The services that the run which gives them has said are there.
fn services_of(own: &OwnWorkspace) -> Vec<AppService> {
    let run = own.member.run.as_ref();
    let given = run
        .map(|run| outcome(run).provisioned())
        .unwrap_or_default();
    let mut services = Vec::new();
    if given.contains(&"mailbox") {
        services.push(AppService::Mail);
    }
    if given.contains(&"nextcloud") {
        services.extend([AppService::Files, AppService::Calendar]);
    }
    services
}

fn refused(failure: Failure) -> Error {
    match failure {
        Failure::Reject(reject) => {
            tracing::warn!(
                code = reject.code,
                reason = reject.detail,
                "an app password was refused"
            );
            Error::conflict(
                "app_password_refused",
                "The service refuses it; ask an administrator",
            )
        }
        Failure::Retry(retry) => {
            tracing::warn!(reason = retry.reason, "an app password must wait");
            Error::Busy {
                retry_after: retry.after.unwrap_or(Duration::from_secs(30)),
                is_callers_fault: false,
            }
        }
        Failure::Unknown { reason } => {
            tracing::warn!(reason, "an app password may or may not have been made");
            Error::Busy {
                retry_after: Duration::from_secs(30),
                is_callers_fault: false,
            }
        }
    }
}
