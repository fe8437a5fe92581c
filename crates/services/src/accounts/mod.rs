//! Accounts: what identity does, plus the mails that go with it.

use bheem_domain::EmailAddress;
use bheem_identity::{Client, Registered, Registration};
use bheem_persistence::{SystemScope, repo::AccountRecord};
use bheem_provisioning::MailKind;
use bheem_vault::token;

use crate::{Error, Result, Services};

/// What a registration is answered with; the same whether or not the address was free.
#[derive(Debug, Clone)]
pub struct RegistrationAnswer {
    /// The new account; `None` when the address has one already, which the mail tells its owner.
    pub account: Option<AccountRecord>,
    /// The name that was asked for.
    pub username: String,
}

impl Services {
    /// Registers somebody and sends a mail: a welcome, or word that the address is in use.
    ///
    /// # Errors
    /// [`Error::Invalid`]; [`Error::Conflict`] when a name that is no address is taken.
    pub async fn register(&self, new: Registration) -> Result<RegistrationAnswer> {
        let username = new.username.trim().to_owned();
        match self.identity.register(new).await? {
            Registered::Account(account) => {
                if let Some(email) = &account.email {
                    let occasion = format!("welcome:{}", account.id);
                    self.mail(MailKind::Welcome, Some(account.id), email, &occasion)
                        .await?;
                }
                Ok(RegistrationAnswer {
                    username: account.username.clone(),
                    account: Some(account),
                })
            }
            Registered::AddressTaken(email) => {
                let day = self.clock.now().format("%Y-%m-%d");
                // Once a day; the address itself does not belong into the record of runs.
                let mark = token::hash(format!("{email} {day}").as_bytes());
                let occasion = format!("taken:{}", token::encode(&mark));
                self.mail(MailKind::AlreadyRegistered, None, &email, &occasion)
                    .await?;
                Ok(RegistrationAnswer {
                    account: None,
                    username,
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

    async fn mail(
        &self,
        kind: MailKind,
        account: Option<bheem_domain::AccountId>,
        email: &EmailAddress,
        occasion: &str,
    ) -> Result<()> {
        let Some(run) = self.planner.account_mail(kind, account, email, occasion)? else {
            return Ok(());
        };
        self.database
            .system_read(&SystemScope::server("send a mail about an account"))
            .await?
            .runs_of(run.tenant_id.into())
            .enqueue(&run)
            .await
            .map(drop)
            .map_err(Error::from)
    }
}
