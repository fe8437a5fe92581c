//! Registering.
//!
//! The answer never tells whether an address is somebody's, and neither does signing in afterwards: whoever
//! registers an address that is taken gets an account all the same, which has the address as a name beside
//! whoever has it. Nobody is that account's but by its own password.

use bheem_domain::{AccountId, EmailAddress, PlatformRole, Username};
use bheem_persistence::repo::{AccountRecord, Entity, NewAccount, Origin};
use secrecy::SecretString;

use crate::{
    Error, Identity, Result,
    account::{optional, taken},
};

/// So many accounts have an address as their name without having proven it. What is beyond that, like what
/// stands in its way, is not told.
const MOST_UNPROVEN: i64 = 3;
const REGISTERED: &str = "auth.registered";

/// What somebody registers with.
#[derive(Debug, Clone)]
pub struct Registration {
    /// A name, or an address.
    pub username: String,
    /// The password.
    pub password: SecretString,
    /// An address, if the name is none.
    pub email: Option<String>,
    /// The person's name.
    pub full_name: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Company code of an ERP.
    pub company_code: Option<String>,
}

/// What came of a registration.
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "made once a registration and taken apart at once"
)]
pub enum Registered {
    /// There is a new account.
    Account(AccountRecord),
    /// The address is somebody's already, or an organisation's. The answer must not tell; a mail to
    /// the address does.
    AddressTaken {
        /// The address.
        email: EmailAddress,
        /// The name that was asked for.
        username: String,
        /// The account that names the address, where nobody has proven it: whoever reads the mail may
        /// take it over.
        named_by: Option<AccountId>,
        /// The account that whoever registered signs in to; none when there are too many of the name.
        account_id: Option<AccountId>,
    },
}

impl Identity {
    /// Makes an account for somebody who registers. The platform role is `Customer`, whatever else
    /// the caller says.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the field, [`Error::UsernameTaken`].
    pub async fn register(&self, new: Registration) -> Result<Registered> {
        let is_name = new.username.contains('@');
        let (username, email) = if is_name {
            let address = EmailAddress::parse(&new.username);
            let address = address.map_err(|error| error.in_field("username"))?;
            (address.to_string(), Some(address))
        } else {
            let email = new.email.as_deref().map(str::trim);
            let email = email.filter(|email| !email.is_empty());
            let username = Username::parse(&new.username)?.to_string();
            if self.is_of_a_source(&username).await {
                return Err(Error::UsernameTaken);
            }
            (username, email.map(EmailAddress::parse).transpose()?)
        };
        let account = NewAccount {
            id: AccountId::generate(&*self.clock),
            full_name: optional("full_name", new.full_name.as_deref(), 255)?,
            phone: optional("phone", new.phone.as_deref(), 32)?,
            company_code: optional("company_code", new.company_code.as_deref(), 100)?,
            hashed_password: Some(self.hash_new(new.password, &[&username]).await?),
            email: email.clone(),
            username,
            role: PlatformRole::Customer,
            origin: Origin::Registered,
            invitation_email: None,
            email_verified_at: None,
            created_at: self.clock.now(),
        };
        match email {
            None => {
                let made = self.insert(&account, REGISTERED).await?;
                Ok(Registered::Account(made))
            }
            Some(email) if is_name => self.register_address(account, email).await,
            Some(email) => {
                let is_an_organisations = self.is_an_organisations(&email).await?;
                let made = self.insert(&account, REGISTERED).await?;
                if is_an_organisations {
                    return Ok(Registered::AddressTaken {
                        email,
                        username: made.username,
                        named_by: None,
                        account_id: Some(made.id),
                    });
                }
                Ok(Registered::Account(made))
            }
        }
    }

    /// Whether the address is on a domain that a tenant has proven, or a person's of a source.
    async fn is_an_organisations(&self, email: &EmailAddress) -> Result<bool> {
        if self.is_of_a_source(&email.to_string()).await {
            return Ok(true);
        }
        let scope = Self::scope("look whose an address is");
        let mut read = self.database.system_read(&scope).await?;
        Ok(read.domain_claims().is_proven(email.domain()).await?)
    }

    async fn register_address(
        &self,
        account: NewAccount,
        email: EmailAddress,
    ) -> Result<Registered> {
        let is_an_organisations = self.is_an_organisations(&email).await?;
        match self
            .insert_address(&account, &email, is_an_organisations)
            .await
        {
            // An invitation of the address was faster.
            Err(Error::UsernameTaken) => {
                self.insert_address(&account, &email, is_an_organisations)
                    .await
            }
            other => other,
        }
    }

    async fn insert_address(
        &self,
        account: &NewAccount,
        email: &EmailAddress,
        is_an_organisations: bool,
    ) -> Result<Registered> {
        let scope = Self::scope("make an account");
        let mut tx = self.database.system(&scope).await?;
        let mut accounts = tx.accounts();
        accounts.hold_address(email).await?;
        let is_held = accounts.find_holder(email).await?.is_some();
        let naming = if is_held {
            None
        } else {
            accounts.find_naming(email).await?
        };
        let is_free = !is_held
            && !is_an_organisations
            && !accounts.is_username_taken(&account.username).await?;
        let made = if is_free {
            Some(accounts.insert(account).await.map_err(taken)?)
        } else if accounts.count_unproven_names(email).await? < MOST_UNPROVEN {
            Some(accounts.insert_beside(account).await?)
        } else {
            None
        };
        if let Some(made) = &made {
            let entity = Some(Entity::new("user", made.id));
            let mut log = tx.activity(None);
            log.record(REGISTERED, entity, "Account made", None).await?;
        }
        tx.commit().await?;
        match made {
            Some(made) if is_free => Ok(Registered::Account(made)),
            made => Ok(Registered::AddressTaken {
                email: email.clone(),
                username: account.username.clone(),
                named_by: naming.map(|account| account.id),
                account_id: made.map(|made| made.id),
            }),
        }
    }
}
