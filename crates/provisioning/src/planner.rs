//! Makes runs out of what is wanted. Pure: what to skip is decided here, when the run is enqueued, and
//! is part of the run from then on.

use bheem_domain::{
    AccountId, DomainId, DomainName, EmailAddress, LoginEventId, MemberId, TenantId,
    VerificationCodeId,
    provisioning::{SkipReason, mailbox_for},
};
use bheem_persistence::repo::{AccountRecord, DomainRecord, MemberRecord};
use bheem_saga::{NewRun, Registry};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    ProvisioningConfig, Result,
    saga::{
        AccountMail, AccountMailParams, CloseTenant, DeleteTenant, DeprovisionMember,
        DeprovisionParams, DisableDomainMail, DisableDomainMailParams, EnableDomainMail,
        EnableDomainMailParams, InviteMember, InviteParams, MailKind, PhoneCode, PhoneCodeParams,
        ProvisionMember, ProvisionParams, RenameMember, RenameParams, ReopenTenant, TenantParams,
        step_names,
    },
};

/// Priority of what somebody waits for in front of a page: it passes those that can wait, of which a stranger
/// can make many.
const AWAITED: i16 = 1;
/// Priority of what nobody waits for.
const GREETING: i16 = 3;

/// Makes runs; cheap to clone.
#[derive(Debug, Clone)]
pub struct Planner {
    registry: Registry,
    config: ProvisioningConfig,
    peers: ConfiguredPeers,
}

/// Which peers there are.
#[derive(Debug, Clone, Copy, Default)]
pub struct ConfiguredPeers {
    /// Mail.
    pub mailcow: bool,
    /// Files and calendars.
    pub nextcloud: bool,
    /// Messages to people.
    pub notify: bool,
}

/// What a person should get.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// A mailbox, where the address allows one.
    pub mailbox: bool,
    /// An invitation.
    pub invitation: bool,
}

impl Planner {
    pub(crate) fn new(
        registry: Registry,
        config: ProvisioningConfig,
        peers: ConfiguredPeers,
    ) -> Self {
        Self {
            registry,
            config,
            peers,
        }
    }

    /// The sagas a worker must know.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Which peers there are.
    #[must_use]
    pub fn peers(&self) -> ConfiguredPeers {
        self.peers
    }

    /// Gives a person every service.
    ///
    /// # Errors
    /// When the run cannot be written down, which is a fault of the code.
    pub fn provision_member(
        &self,
        tenant_id: TenantId,
        member: &MemberRecord,
        account: &AccountRecord,
        wanted: Wanted,
        mail_domains: &[DomainName],
        inviter: Option<AccountId>,
    ) -> Result<NewRun> {
        let params = ProvisionParams {
            member_id: member.id,
            account_id: account.id,
            inviter,
        };
        let mut run = self.registry.new_run::<ProvisionMember>(
            tenant_id.as_uuid(),
            subject(member.id),
            format!("provision:{}:{}", member.id, member.generation),
            &params,
        )?;
        let mailbox = self.mailbox_skip(wanted, member.mailbox(), mail_domains);
        let nextcloud = self.nextcloud_skip();
        let invitation = self.invitation_skip(wanted);
        for (steps, reason) in [
            (step_names::MAILBOX, mailbox),
            (step_names::NEXTCLOUD, nextcloud),
            (step_names::INVITATION, invitation),
        ] {
            if let Some(reason) = reason {
                run = skip_all(run, steps, &reason)?;
            }
        }
        Ok(run)
    }

    /// Asks somebody whether they want to be a member; `None` when there is nothing to ask with, and they
    /// find the question on the page of their account.
    ///
    /// # Errors
    /// As [`Planner::provision_member`].
    pub fn invite_member(
        &self,
        tenant_id: TenantId,
        member: &MemberRecord,
        inviter: Option<AccountId>,
    ) -> Result<Option<NewRun>> {
        if !self.peers.notify {
            return Ok(None);
        }
        let params = InviteParams {
            member_id: member.id,
            account_id: member.user_id,
            inviter,
        };
        let run = self.registry.new_run::<InviteMember>(
            tenant_id.as_uuid(),
            format!("invitation:{}", member.id),
            format!("invite:{}:{}", member.id, member.generation),
            &params,
        )?;
        Ok(Some(run))
    }

    /// Takes a person's services away; nothing is deleted. `domains` are all that the tenant has: a mailbox is closed
    /// whatever the state of its domain.
    ///
    /// # Errors
    /// As [`Planner::provision_member`].
    pub fn deprovision_member(
        &self,
        tenant_id: TenantId,
        member: &MemberRecord,
        domains: &[DomainName],
    ) -> Result<NewRun> {
        let params = DeprovisionParams {
            member_id: member.id,
            account_id: member.user_id,
        };
        let mut run = self.registry.new_run::<DeprovisionMember>(
            tenant_id.as_uuid(),
            subject(member.id),
            format!("deprovision:{}:{}", member.id, member.generation),
            &params,
        )?;
        let mailbox = if self.peers.mailcow {
            mailbox_for(member.mailbox(), domains).err()
        } else {
            Some(SkipReason::PeerNotConfigured)
        };
        if let Some(reason) = mailbox {
            run = skip_all(run, step_names::DEPROVISION_MAILBOX, &reason)?;
        }
        if let Some(reason) = self.nextcloud_skip() {
            run = skip_all(run, step_names::DEPROVISION_NEXTCLOUD, &reason)?;
        }
        Ok(run)
    }

    /// Tells the peers a person's new name and address; an account that is not the tenant's keeps its name where it is
    /// the same for all tenants.
    ///
    /// # Errors
    /// As [`Planner::provision_member`].
    pub fn rename_member(
        &self,
        member: &MemberRecord,
        mail_domains: &[DomainName],
        is_managed: bool,
        occasion: Uuid,
    ) -> Result<NewRun> {
        let params = RenameParams {
            member_id: member.id,
        };
        let mut run = self.registry.new_run::<RenameMember>(
            member.tenant_id.as_uuid(),
            subject(member.id),
            format!("rename:{occasion}"),
            &params,
        )?;
        let wanted = Wanted {
            mailbox: member.wants_mailbox,
            invitation: false,
        };
        if let Some(reason) = self.mailbox_skip(wanted, member.mailbox(), mail_domains) {
            run = skip_all(run, step_names::RENAME_MAILBOX, &reason)?;
        }
        let not_ours = (!is_managed).then_some(SkipReason::NotRequested);
        if let Some(reason) = self.nextcloud_skip().or(not_ours) {
            run = skip_all(run, step_names::RENAME_NEXTCLOUD, &reason)?;
        }
        Ok(run)
    }

    /// Takes the services of everybody in a tenant that was suspended. `occasion` tells one time from another.
    ///
    /// # Errors
    /// As [`Planner::provision_member`].
    pub fn close_tenant(&self, tenant_id: TenantId, occasion: Uuid) -> Result<NewRun> {
        Ok(self.registry.new_run::<CloseTenant>(
            tenant_id.as_uuid(),
            format!("tenant:{tenant_id}"),
            format!("close_tenant:{occasion}"),
            &TenantParams::default(),
        )?)
    }

    /// Gives everybody in a tenant that is open again their services back.
    ///
    /// # Errors
    /// As [`Planner::provision_member`].
    pub fn reopen_tenant(&self, tenant_id: TenantId, occasion: Uuid) -> Result<NewRun> {
        Ok(self.registry.new_run::<ReopenTenant>(
            tenant_id.as_uuid(),
            format!("tenant:{tenant_id}"),
            format!("reopen_tenant:{occasion}"),
            &TenantParams::default(),
        )?)
    }

    /// Takes everything from a tenant that was deleted, and frees its domains.
    ///
    /// # Errors
    /// As [`Planner::provision_member`].
    pub fn delete_tenant(&self, tenant_id: TenantId) -> Result<NewRun> {
        let mut run = self.registry.new_run::<DeleteTenant>(
            tenant_id.as_uuid(),
            format!("tenant:{tenant_id}"),
            format!("delete_tenant:{tenant_id}"),
            &TenantParams { is_deleted: true },
        )?;
        if !self.peers.mailcow {
            run = skip_all(run, step_names::TENANT_MAIL, &SkipReason::PeerNotConfigured)?;
        }
        if let Some(reason) = self.nextcloud_skip() {
            run = skip_all(run, step_names::TENANT_NEXTCLOUD, &reason)?;
        }
        Ok(run)
    }

    /// Sets up mail on a proven domain, or repairs it; `None` when there is no mail server. `occasion` tells two
    /// repairs apart; the same occasion is one run.
    ///
    /// # Errors
    /// As [`Planner::provision_member`].
    pub fn enable_domain_mail(
        &self,
        tenant_id: TenantId,
        domain_id: DomainId,
        occasion: &str,
    ) -> Result<Option<NewRun>> {
        if !self.peers.mailcow {
            return Ok(None);
        }
        Ok(Some(self.registry.new_run::<EnableDomainMail>(
            tenant_id.as_uuid(),
            format!("domain:{domain_id}"),
            format!("domain_mail:{domain_id}:{occasion}"),
            &EnableDomainMailParams { domain_id },
        )?))
    }

    /// Closes the mail of a domain, and then removes its row.
    ///
    /// # Errors
    /// As [`Planner::provision_member`].
    pub fn disable_domain_mail(
        &self,
        tenant_id: TenantId,
        domain_id: DomainId,
        domain: &DomainName,
    ) -> Result<NewRun> {
        let params = DisableDomainMailParams {
            domain_id,
            domain: domain.clone(),
        };
        let run = self.registry.new_run::<DisableDomainMail>(
            tenant_id.as_uuid(),
            format!("domain_off:{domain_id}"),
            format!("domain_off:{domain_id}"),
            &params,
        )?;
        if self.peers.mailcow {
            return Ok(run);
        }
        skip_all(
            run,
            step_names::DOMAIN_MAIL_OFF,
            &SkipReason::PeerNotConfigured,
        )
    }

    /// Sends a mail about an account; `None` when there is nothing to send it with. `occasion` tells
    /// two mails of one kind apart; the same occasion is sent once.
    ///
    /// # Errors
    /// As [`Planner::provision_member`].
    pub fn account_mail(
        &self,
        kind: MailKind,
        account_id: Option<AccountId>,
        deliver_to: &EmailAddress,
        occasion: &str,
    ) -> Result<Option<NewRun>> {
        if !self.peers.notify {
            return Ok(None);
        }
        let params = AccountMailParams {
            kind,
            account_id,
            deliver_to: deliver_to.clone(),
            login_event: None,
            domain: None,
        };
        self.mail(occasion, &params).map(Some)
    }

    /// Tells somebody of a sign-in; `None` when there is nothing to send it with.
    ///
    /// # Errors
    /// As [`Planner::provision_member`].
    pub fn security_alert(
        &self,
        account_id: AccountId,
        login_event: LoginEventId,
        deliver_to: &EmailAddress,
    ) -> Result<Option<NewRun>> {
        if !self.peers.notify {
            return Ok(None);
        }
        let params = AccountMailParams {
            kind: MailKind::SecurityAlert,
            account_id: Some(account_id),
            deliver_to: deliver_to.clone(),
            login_event: Some(login_event),
            domain: None,
        };
        self.mail(&format!("alert:{login_event}"), &params)
            .map(Some)
    }

    /// Tells an owner that the proof of a domain is missing; `None` when there is nothing to send it with.
    ///
    /// # Errors
    /// As [`Planner::provision_member`].
    pub fn domain_notice(
        &self,
        domain: &str,
        deliver_to: &EmailAddress,
        occasion: &str,
    ) -> Result<Option<NewRun>> {
        if !self.peers.notify {
            return Ok(None);
        }
        let params = AccountMailParams {
            kind: MailKind::DomainNotice,
            account_id: None,
            deliver_to: deliver_to.clone(),
            login_event: None,
            domain: Some(domain.to_owned()),
        };
        self.mail(occasion, &params).map(Some)
    }

    /// Sends a code to a telephone; `None` when there is nothing to send it with.
    ///
    /// # Errors
    /// As [`Planner::provision_member`].
    pub fn phone_code(&self, code_id: VerificationCodeId) -> Result<Option<NewRun>> {
        if !self.peers.notify {
            return Ok(None);
        }
        let name = format!("sms:{code_id}");
        let params = PhoneCodeParams { code_id };
        let run =
            self.registry
                .new_run::<PhoneCode>(AccountMail::TENANT, name.clone(), name, &params)?;
        Ok(Some(run.priority(AWAITED)))
    }

    fn mail(&self, occasion: &str, params: &AccountMailParams) -> Result<NewRun> {
        let name = format!("mail:{occasion}");
        let run = self.registry.new_run::<AccountMail>(
            AccountMail::TENANT,
            name.clone(),
            name,
            params,
        )?;
        let priority = match params.kind {
            MailKind::ResetPassword | MailKind::VerifyEmail => AWAITED,
            MailKind::SecurityAlert | MailKind::DomainNotice => NewRun::ORDINARY,
            MailKind::Welcome | MailKind::AlreadyRegistered => GREETING,
        };
        Ok(run.priority(priority))
    }

    fn mailbox_skip(
        &self,
        wanted: Wanted,
        address: &EmailAddress,
        mail_domains: &[DomainName],
    ) -> Option<SkipReason> {
        if !self.peers.mailcow {
            Some(SkipReason::PeerNotConfigured)
        } else if !wanted.mailbox || !self.config.auto_mailbox {
            Some(SkipReason::NotRequested)
        } else {
            mailbox_for(address, mail_domains).err()
        }
    }

    fn nextcloud_skip(&self) -> Option<SkipReason> {
        if !self.peers.nextcloud {
            Some(SkipReason::PeerNotConfigured)
        } else if self.config.sync_nextcloud {
            None
        } else {
            Some(SkipReason::NotRequested)
        }
    }

    fn invitation_skip(&self, wanted: Wanted) -> Option<SkipReason> {
        if !self.peers.notify {
            Some(SkipReason::PeerNotConfigured)
        } else if wanted.invitation && self.config.send_welcome {
            None
        } else {
            Some(SkipReason::NotRequested)
        }
    }
}

/// Domains on which a tenant may have mailboxes.
#[must_use]
pub fn mail_domains(domains: &[DomainRecord]) -> Vec<DomainName> {
    domains
        .iter()
        .filter(|domain| domain.ownership_verified && domain.mail_enabled && domain.is_active)
        .map(|domain| domain.domain.clone())
        .collect()
}

/// The names of all domains of a tenant.
#[must_use]
pub fn domain_names(domains: &[DomainRecord]) -> Vec<DomainName> {
    domains.iter().map(|domain| domain.domain.clone()).collect()
}

fn skip_all(run: NewRun, steps: &[&str], reason: &SkipReason) -> Result<NewRun> {
    let reason: Value = json!({"reason": reason, "text": reason.to_string()});
    steps.iter().try_fold(run, |run, step| {
        run.skip(step, reason.clone())
            .map_err(|error| bheem_saga::Error::from(error).into())
    })
}

fn subject(member: MemberId) -> String {
    format!("member:{member}")
}
