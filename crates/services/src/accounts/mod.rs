//! Accounts: what identity does, plus the mails that go with it.

use bheem_domain::{AccountId, EmailAddress, text};
use bheem_identity::{AccountChange, Client, Occasion, Registered, Registration, reset_address};
use bheem_persistence::{
    Actor, SystemScope,
    repo::{AccountRecord, Accounts},
};
use bheem_provisioning::MailKind;
use bheem_vault::token;

use crate::{Error, Result, Services};

/// What a registration is answered with; the same whether or not the address was free.
#[derive(Debug, Clone)]
pub struct RegistrationAnswer {
    /// The new account; nobody's when too many have asked for an address that is somebody else's.
    pub id: AccountId,
    /// The name.
    pub username: String,
    /// The address.
    pub email: Option<EmailAddress>,
    /// The company code that was given.
    pub company_code: Option<String>,
}

impl Services {
    /// Registers somebody and sends a mail: a welcome, or word that the address is in use.
    ///
    /// # Errors
    /// [`Error::Invalid`]; [`Error::Conflict`] when a name that is no address is taken.
    pub async fn register(&self, new: Registration, client: &Client) -> Result<RegistrationAnswer> {
        self.identity.count_registration(client).await?;
        let company_code = text::optional(
            "company_code",
            new.company_code.as_deref().unwrap_or_default(),
            100,
        )?;
        match self.identity.register(new).await? {
            Registered::Account(account) => {
                if let Some(email) = &account.email {
                    let occasion = format!("welcome:{}", account.id);
                    self.mail(MailKind::Welcome, Some(account.id), email, &occasion)
                        .await?;
                }
                Ok(RegistrationAnswer {
                    id: account.id,
                    username: account.username,
                    email: account.email,
                    company_code: account.company_code,
                })
            }
            Registered::AddressTaken {
                email,
                username,
                named_by,
                account_id,
            } => {
                let day = self.clock.now().format("%Y-%m-%d");
                // Once a day; the address itself does not belong into the record of runs.
                let mark = token::hash(format!("{email} {day}").as_bytes());
                let occasion = format!("taken:{}", token::encode(&mark));
                // Whoever reads it proves the address, and takes it from who only named it.
                let kind = match named_by {
                    Some(_) => MailKind::ResetPassword,
                    None => MailKind::AlreadyRegistered,
                };
                self.mail(kind, named_by, &email, &occasion).await?;
                Ok(RegistrationAnswer {
                    id: account_id.unwrap_or_else(|| AccountId::generate(&*self.clock)),
                    username,
                    email: Some(email),
                    company_code,
                })
            }
        }
    }

    /// Sends a link that sets a new password, if the name is somebody's. The answer is the same
    /// either way.
    ///
    /// # Errors
    /// [`Error::Busy`] when it is asked for too often.
    pub async fn request_password_reset(&self, name: &str, client: &Client) -> Result<()> {
        let Some(request) = self.identity.request_reset(name, client).await? else {
            return Ok(());
        };
        let Ok(email) = EmailAddress::parse(&request.deliver_to) else {
            return Ok(());
        };
        let occasion = format!("reset:{}", self.clock.new_uuid());
        self.mail(
            MailKind::ResetPassword,
            Some(request.account_id),
            &email,
            &occasion,
        )
        .await
    }

    /// Sends a link that proves the account's address.
    ///
    /// # Errors
    /// [`Error::Invalid`] when there is none or it is proven; [`Error::Busy`]; [`Error::PeerNotConfigured`].
    pub async fn request_email_verification(
        &self,
        account: AccountId,
        client: &Client,
    ) -> Result<()> {
        if !self.planner.peers().notify {
            return Err(Error::PeerNotConfigured("notify"));
        }
        let email = self
            .identity
            .request_email_verification(account, client)
            .await?;
        let occasion = format!("verify:{}", self.clock.new_uuid());
        self.mail(MailKind::VerifyEmail, Some(account), &email, &occasion)
            .await
    }

    /// Sends a code that proves a telephone number: the account's own, or another one.
    ///
    /// # Errors
    /// [`Error::Invalid`] for the number; [`Error::Busy`]; [`Error::PeerNotConfigured`].
    pub async fn send_phone_code(
        &self,
        account: AccountId,
        phone: Option<&str>,
        client: &Client,
    ) -> Result<()> {
        let actor = Actor::person(account, client.ip, client.user_agent.as_deref());
        let scope = SystemScope::person("send a code to a telephone", actor);
        let mut tx = self.database.system(&scope).await?;
        let code = self
            .identity
            .keep_phone_code(&mut tx, account, phone, client)
            .await?;
        let run = self.planner.phone_code(code)?;
        let run = run.ok_or(Error::PeerNotConfigured("notify"))?;
        tx.runs_of(run.tenant_id.into()).enqueue(&run).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Changes an account for administration; it counts at once. Where a new password is demanded, a link
    /// that sets one is sent.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when nobody would be left to administer the platform;
    /// [`Error::Invalid`].
    pub async fn update_account(
        &self,
        scope: &SystemScope,
        id: AccountId,
        change: &AccountChange,
    ) -> Result<AccountRecord> {
        let mut tx = self.database.system(scope).await?;
        let (account, ended) = self.identity.change_account(&mut tx, id, change).await?;
        if let Some(email) = reset_address(&account).filter(|_| change.require_new_password) {
            let occasion = format!("demanded:{}", self.clock.new_uuid());
            let kind = MailKind::ResetPassword;
            let run = self
                .planner
                .account_mail(kind, Some(id), &email, &occasion)?;
            if let Some(run) = run {
                tx.runs_of(run.tenant_id.into()).enqueue(&run).await?;
            }
        }
        tx.commit().await?;
        self.identity.account_changed(id, ended);
        Ok(account)
    }

    async fn mail(
        &self,
        kind: MailKind,
        account: Option<AccountId>,
        email: &EmailAddress,
        occasion: &str,
    ) -> Result<()> {
        let Some(run) = self.planner.account_mail(kind, account, email, occasion)? else {
            return Ok(());
        };
        let limit = match kind {
            MailKind::ResetPassword => Occasion::Reset,
            MailKind::VerifyEmail => Occasion::Proof,
            _ => Occasion::Greeting,
        };
        // Beyond the limit of its recipient it is left out, and nobody is told: those before it are good.
        if !self
            .identity
            .may_write_to(&email.to_string(), limit)
            .await?
        {
            return Ok(());
        }
        let scope = SystemScope::server("send a mail about an account");
        let mut tx = self.database.system(&scope).await?;
        tx.runs_of(run.tenant_id.into()).enqueue(&run).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// A name for an invited account: its address, or something like it when a stranger has taken that.
pub(crate) async fn free_username(
    accounts: &mut Accounts<'_>,
    email: &EmailAddress,
) -> Result<String> {
    let username = email.to_string();
    if !accounts.is_username_taken(&username).await? {
        return Ok(username);
    }
    let mark = token::generate_hex32()?;
    Ok(format!("{}-{mark}", email.local_part()))
}
