//! Transactions. Dropped without a commit, a transaction takes its connection out of the pool and
//! closes it, so the server rolls back at once instead of when the connection is used again.

use std::sync::Arc;

use bheem_domain::{Clock, RunId, TenantId};
use bheem_saga::RunView;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};

use crate::{
    Actor, Error, Result, SystemScope, TenantScope,
    effect::{HeldKey, Noted},
    pool::Connection,
    repo::{
        Accounts, Activity, AppPasswords, AuthorizationCodes, AuthorizationRequests, Claims,
        ClientSecrets, Clients, Closing, Consents, Credentials, DeviceCodes, DomainClaims, Domains,
        ExternalIdentities, FormerAddresses, Grants, IdempotencyKeys, InitialAccessTokens,
        Invitations, KnownDevices, LinkTokens, LoginEvents, LoginThrottle, Members, NameCollisions,
        Passkeys, Plans, RecoveryCodes, RestingNames, RevokedTokens, Runs, SessionClients,
        Sessions, SigningKeys, Sweeps, Tenant, TenantClients, Tenants, TotpSecrets, UsedAssertions,
        VerificationCodes, WebauthnCeremonies,
    },
};

/// An open transaction on a pooled connection.
struct Open {
    connection: Option<Connection>,
    clock: Arc<dyn Clock>,
    actor: Actor,
    noted: Noted,
}

impl Open {
    /// Owns the connection from the first word on, so that one which is cancelled while it begins is
    /// closed like any other.
    async fn begin(
        connection: Connection,
        statements: &str,
        clock: Arc<dyn Clock>,
        actor: Actor,
    ) -> Result<Self> {
        let mut open = Self {
            connection: Some(connection),
            clock,
            actor,
            noted: Noted::default(),
        };
        open.connection().batch_execute(statements).await?;
        Ok(open)
    }

    fn connection(&mut self) -> &mut AsyncPgConnection {
        #[expect(
            clippy::expect_used,
            reason = "only `commit` takes the connection, and it consumes the transaction"
        )]
        self.connection
            .as_deref_mut()
            .expect("a transaction has a connection until it is committed")
    }

    async fn commit(mut self) -> Result<()> {
        if let (Some(key), Some(effect)) = (HeldKey::current(), self.noted.effect()) {
            let now = self.clock.now();
            let mut keys = IdempotencyKeys::new(self.connection());
            if !keys.commit(&key, &effect, now).await? {
                return Err(Error::KeyLost);
            }
        }
        // PostgreSQL answers the COMMIT of a failed transaction by a rollback and no error. A SELECT
        // in front of it, in the same message, is an error then.
        self.connection().batch_execute("SELECT 1; COMMIT").await?;
        // Ended well: back to the pool.
        drop(self.connection.take());
        Ok(())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.discard();
        }
    }
}

/// A transaction in which there is one tenant.
pub struct TenantTx {
    open: Open,
    tenant_id: TenantId,
}

impl TenantTx {
    pub(crate) async fn begin(
        connection: Connection,
        scope: &TenantScope,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let tenant_id = scope.tenant_id();
        // A UUID prints as hexadecimal digits and hyphens only. One message, one round trip.
        let begin = format!("BEGIN; SELECT set_config('app.tenant_id', '{tenant_id}', true)");
        Ok(Self {
            open: Open::begin(connection, &begin, clock, scope.actor().clone()).await?,
            tenant_id,
        })
    }

    /// The tenant.
    #[must_use]
    pub fn tenant_id(&self) -> TenantId {
        self.tenant_id
    }

    /// Makes it so.
    ///
    /// # Errors
    /// When a statement of the transaction failed before, the database refuses, or it is gone; then
    /// nothing of the transaction holds, unless the connection broke exactly while the answer was on
    /// its way.
    pub async fn commit(self) -> Result<()> {
        self.open.commit().await
    }

    /// The tenant's own row.
    pub fn tenant(&mut self) -> Tenant<'_> {
        Tenant::new(self.open.connection(), self.tenant_id)
    }

    /// The people of the tenant.
    pub fn members(&mut self) -> Members<'_> {
        Members::new(self.open.connection(), self.tenant_id)
    }

    /// The domains of the tenant and their DNS records.
    pub fn domains(&mut self) -> Domains<'_> {
        Domains::new(self.open.connection(), self.tenant_id)
    }

    /// Sealed credentials of the tenant's people.
    pub fn credentials(&mut self) -> Credentials<'_> {
        Credentials::new(self.open.connection(), self.tenant_id)
    }

    /// Addresses that the tenant's people had before.
    pub fn former_addresses(&mut self) -> FormerAddresses<'_> {
        FormerAddresses::new(self.open.connection(), self.tenant_id)
    }

    /// App passwords of the tenant's people.
    pub fn app_passwords(&mut self) -> AppPasswords<'_> {
        AppPasswords::new(self.open.connection(), self.tenant_id)
    }

    /// The tenant's activity log.
    pub fn activity(&mut self) -> Activity<'_> {
        let (clock, actor) = (Arc::clone(&self.open.clock), self.open.actor.clone());
        let noted = self.open.noted.clone();
        Activity::new(self.open.connection(), Some(self.tenant_id), clock, actor).noting(noted)
    }

    /// Durable runs of the tenant.
    pub fn runs(&mut self) -> Runs<'_> {
        let (clock, noted) = (Arc::clone(&self.open.clock), self.open.noted.clone());
        Runs::new(self.open.connection(), self.tenant_id, clock).noting(noted)
    }

    /// Plans, which are the same for all.
    pub fn plans(&mut self) -> Plans<'_> {
        Plans::new(self.open.connection())
    }

    /// Accounts, which belong to no tenant.
    pub fn accounts(&mut self) -> Accounts<'_> {
        Accounts::new(self.open.connection())
    }

    /// Sessions of accounts.
    pub fn sessions(&mut self) -> Sessions<'_> {
        Sessions::new(self.open.connection())
    }

    /// Single-use links of accounts.
    pub fn link_tokens(&mut self) -> LinkTokens<'_> {
        LinkTokens::new(self.open.connection())
    }

    /// Relying parties.
    pub fn clients(&mut self) -> Clients<'_> {
        Clients::new(self.open.connection())
    }

    /// Secrets of relying parties.
    pub fn client_secrets(&mut self) -> ClientSecrets<'_> {
        ClientSecrets::new(self.open.connection())
    }

    /// The bindings of relying parties to tenants.
    pub fn tenant_clients(&mut self) -> TenantClients<'_> {
        TenantClients::new(self.open.connection())
    }

    /// Tokens that let a relying party register itself.
    pub fn initial_access_tokens(&mut self) -> InitialAccessTokens<'_> {
        InitialAccessTokens::new(self.open.connection())
    }
}

/// A transaction across tenants.
pub struct SystemTx {
    open: Open,
    is_aside: bool,
}

/// A connection across tenants; each statement stands alone.
pub struct SystemRead {
    connection: Connection,
    clock: Arc<dyn Clock>,
    actor: Actor,
    /// Of no use to anybody.
    noted: Noted,
}

impl SystemTx {
    pub(crate) async fn begin(
        connection: Connection,
        scope: &SystemScope,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        tracing::trace!(reason = scope.reason(), "system transaction");
        Ok(Self {
            open: Open::begin(connection, "BEGIN", clock, scope.actor().clone()).await?,
            is_aside: false,
        })
    }

    /// Makes it so.
    ///
    /// # Errors
    /// As [`TenantTx::commit`].
    pub async fn commit(self) -> Result<()> {
        if self.is_aside {
            self.open.noted.forget();
        }
        self.open.commit().await
    }

    /// What this transaction writes is not the effect of the request: it may be written again.
    #[must_use]
    pub fn aside(self) -> Self {
        Self {
            is_aside: true,
            ..self
        }
    }

    fn parts(&mut self) -> (&mut AsyncPgConnection, Arc<dyn Clock>, Actor) {
        let (clock, actor) = (Arc::clone(&self.open.clock), self.open.actor.clone());
        (self.open.connection(), clock, actor)
    }

    fn noted(&self) -> Noted {
        self.open.noted.clone()
    }
}

impl SystemRead {
    pub(crate) fn new(connection: Connection, scope: &SystemScope, clock: Arc<dyn Clock>) -> Self {
        tracing::trace!(reason = scope.reason(), "system statement");
        Self {
            connection,
            clock,
            actor: scope.actor().clone(),
            noted: Noted::default(),
        }
    }

    fn parts(&mut self) -> (&mut AsyncPgConnection, Arc<dyn Clock>, Actor) {
        (
            &mut self.connection,
            Arc::clone(&self.clock),
            self.actor.clone(),
        )
    }

    /// A statement that stands alone is no effect that a key could commit with.
    fn noted(&self) -> Noted {
        self.noted.clone()
    }
}

macro_rules! system_repositories {
    ($($owner:ty),*) => {$(
        impl $owner {
            /// All tenants.
            pub fn tenants(&mut self) -> Tenants<'_> {
                Tenants::new(self.parts().0)
            }

            /// Plans.
            pub fn plans(&mut self) -> Plans<'_> {
                Plans::new(self.parts().0)
            }

            /// Accounts.
            pub fn accounts(&mut self) -> Accounts<'_> {
                Accounts::new(self.parts().0)
            }

            /// Sessions of accounts.
            pub fn sessions(&mut self) -> Sessions<'_> {
                Sessions::new(self.parts().0)
            }

            /// Single-use links of accounts.
            pub fn link_tokens(&mut self) -> LinkTokens<'_> {
                LinkTokens::new(self.parts().0)
            }

            /// Counts of failed sign-ins.
            pub fn login_throttle(&mut self) -> LoginThrottle<'_> {
                LoginThrottle::new(self.parts().0)
            }

            /// Keys that sign access tokens.
            pub fn signing_keys(&mut self) -> SigningKeys<'_> {
                SigningKeys::new(self.parts().0)
            }

            /// Authorization codes.
            pub fn authorization_codes(&mut self) -> AuthorizationCodes<'_> {
                AuthorizationCodes::new(self.parts().0)
            }

            /// Authorization requests that were pushed, or wait for a person.
            pub fn authorization_requests(&mut self) -> AuthorizationRequests<'_> {
                AuthorizationRequests::new(self.parts().0)
            }

            /// What relying parties are told about people.
            pub fn claims(&mut self) -> Claims<'_> {
                Claims::new(self.parts().0)
            }

            /// Secrets of relying parties.
            pub fn client_secrets(&mut self) -> ClientSecrets<'_> {
                ClientSecrets::new(self.parts().0)
            }

            /// Relying parties.
            pub fn clients(&mut self) -> Clients<'_> {
                Clients::new(self.parts().0)
            }

            /// What people agreed to.
            pub fn consents(&mut self) -> Consents<'_> {
                Consents::new(self.parts().0)
            }

            /// Codes of devices without a browser.
            pub fn device_codes(&mut self) -> DeviceCodes<'_> {
                DeviceCodes::new(self.parts().0)
            }

            /// Who accounts are in the source they are mirrored from.
            pub fn external_identities(&mut self) -> ExternalIdentities<'_> {
                ExternalIdentities::new(self.parts().0)
            }

            /// Grants, each the root of one family of tokens.
            pub fn grants(&mut self) -> Grants<'_> {
                Grants::new(self.parts().0)
            }

            /// Tokens that let a relying party register itself.
            pub fn initial_access_tokens(&mut self) -> InitialAccessTokens<'_> {
                InitialAccessTokens::new(self.parts().0)
            }

            /// Memberships that wait for their holder's answer, in all tenants.
            pub fn invitations(&mut self) -> Invitations<'_> {
                Invitations::new(self.parts().0)
            }

            /// Devices that people sign in from.
            pub fn known_devices(&mut self) -> KnownDevices<'_> {
                KnownDevices::new(self.parts().0)
            }

            /// Sign-ins that were tried.
            pub fn login_events(&mut self) -> LoginEvents<'_> {
                LoginEvents::new(self.parts().0)
            }

            /// Names that a person of a source and an account of ours both have.
            pub fn name_collisions(&mut self) -> NameCollisions<'_> {
                NameCollisions::new(self.parts().0)
            }

            /// Passkeys.
            pub fn passkeys(&mut self) -> Passkeys<'_> {
                Passkeys::new(self.parts().0)
            }

            /// Codes for when the second factor is lost.
            pub fn recovery_codes(&mut self) -> RecoveryCodes<'_> {
                RecoveryCodes::new(self.parts().0)
            }

            /// Access tokens that were revoked before their end.
            pub fn revoked_tokens(&mut self) -> RevokedTokens<'_> {
                RevokedTokens::new(self.parts().0)
            }

            /// Relying parties that sessions signed in to.
            pub fn session_clients(&mut self) -> SessionClients<'_> {
                SessionClients::new(self.parts().0)
            }

            /// The bindings of relying parties to tenants.
            pub fn tenant_clients(&mut self) -> TenantClients<'_> {
                TenantClients::new(self.parts().0)
            }

            /// Secrets of authenticator apps.
            pub fn totp(&mut self) -> TotpSecrets<'_> {
                TotpSecrets::new(self.parts().0)
            }

            /// Assertions and proofs that were used.
            pub fn used_assertions(&mut self) -> UsedAssertions<'_> {
                UsedAssertions::new(self.parts().0)
            }

            /// Codes sent to a telephone.
            pub fn verification_codes(&mut self) -> VerificationCodes<'_> {
                VerificationCodes::new(self.parts().0)
            }

            /// WebAuthn ceremonies between their two halves.
            pub fn webauthn_ceremonies(&mut self) -> WebauthnCeremonies<'_> {
                WebauthnCeremonies::new(self.parts().0)
            }

            /// Kept answers.
            pub fn idempotency_keys(&mut self) -> IdempotencyKeys<'_> {
                IdempotencyKeys::new(self.parts().0)
            }

            /// The activity log, outside a tenant or in the one that is named.
            pub fn activity(&mut self, tenant_id: Option<TenantId>) -> Activity<'_> {
                let noted = self.noted();
                let (connection, clock, actor) = self.parts();
                Activity::new(connection, tenant_id, clock, actor).noting(noted)
            }

            /// Members of one tenant, seen by the system.
            pub fn members_of(&mut self, tenant_id: TenantId) -> Members<'_> {
                Members::new(self.parts().0, tenant_id)
            }

            /// One tenant's own row, seen by the system.
            pub fn tenant_of(&mut self, tenant_id: TenantId) -> Tenant<'_> {
                Tenant::new(self.parts().0, tenant_id)
            }

            /// The domains of one tenant, seen by the system.
            pub fn domains_of(&mut self, tenant_id: TenantId) -> Domains<'_> {
                Domains::new(self.parts().0, tenant_id)
            }

            /// Addresses that one tenant's people had before, seen by the system.
            pub fn former_addresses_of(&mut self, tenant_id: TenantId) -> FormerAddresses<'_> {
                FormerAddresses::new(self.parts().0, tenant_id)
            }

            /// App passwords of one tenant's people, seen by the system.
            pub fn app_passwords_of(&mut self, tenant_id: TenantId) -> AppPasswords<'_> {
                AppPasswords::new(self.parts().0, tenant_id)
            }

            /// Ending what exists for a tenant alone.
            pub fn closing(&mut self, tenant_id: TenantId) -> Closing<'_> {
                let (connection, clock, _) = self.parts();
                Closing::new(connection, tenant_id, clock.now())
            }

            /// Names that are given to nobody for a while.
            pub fn resting_names(&mut self) -> RestingNames<'_> {
                RestingNames::new(self.parts().0)
            }

            /// Deleting what is kept for a time only.
            pub fn sweeps(&mut self) -> Sweeps<'_> {
                Sweeps::new(self.parts().0)
            }

            /// Claims on domain names.
            pub fn domain_claims(&mut self) -> DomainClaims<'_> {
                DomainClaims::new(self.parts().0)
            }

            /// A run of any tenant.
            ///
            /// # Errors
            /// When the database fails.
            pub async fn any_run(&mut self, id: RunId) -> Result<Option<RunView>> {
                Ok(bheem_saga::find_run(self.parts().0, id.as_uuid()).await?)
            }

            /// Durable runs of one tenant, seen by the system.
            pub fn runs_of(&mut self, tenant_id: TenantId) -> Runs<'_> {
                let noted = self.noted();
                let (connection, clock, _) = self.parts();
                Runs::new(connection, tenant_id, clock).noting(noted)
            }
        }
    )*};
}
system_repositories!(SystemTx, SystemRead);
