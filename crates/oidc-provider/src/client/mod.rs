//! Relying parties, and how they prove who they are.

mod assertion;
mod authenticate;
mod credentials;
mod store;

pub(crate) use store::{Clients, is_client_id};

use std::str::FromStr;

use bheem_domain::TenantId;
use bheem_identity::{AAL2, Algorithm};
use bheem_persistence::repo::{ClientAuthMethod, ClientRecord, KnownClient, PersonClaims, Place};
use bheem_vault::token;
use chrono::{DateTime, Utc};
use subtle::{Choice, ConstantTimeEq};
use url::Url;

use crate::{Error, OAuthError, Result, jose::PublicKey};

/// A client with all that is needed to serve it, so that a known one costs no query.
pub(crate) struct Client {
    pub(crate) record: ClientRecord,
    /// The open tenants whose members may sign in, when it is bound.
    pub(crate) tenants: Vec<TenantId>,
    /// What signs its ID tokens and access tokens.
    pub(crate) algorithm: Algorithm,
    /// What signs its userinfo; plain JSON without.
    pub(crate) userinfo_algorithm: Option<Algorithm>,
    secrets: Vec<(Vec<u8>, Option<DateTime<Utc>>)>,
    keys: Vec<PublicKey>,
    origins: Vec<String>,
}

impl Client {
    fn new(known: KnownClient) -> Result<Self> {
        let settings = &known.record.settings;
        let parse = |name: &str| {
            Algorithm::from_str(name).map_err(|_error| Error::Inconsistent("a client's algorithm"))
        };
        Ok(Self {
            algorithm: parse(&settings.id_token_alg)?,
            userinfo_algorithm: settings.userinfo_alg.as_deref().map(parse).transpose()?,
            secrets: known
                .secrets
                .into_iter()
                .map(|secret| (secret.secret_hash, secret.expires_at))
                .collect(),
            keys: settings
                .jwks
                .as_ref()
                .map(PublicKey::parse_set)
                .unwrap_or_default(),
            origins: settings
                .redirect_uris
                .iter()
                .filter_map(|uri| Url::parse(uri).ok())
                .map(|uri| uri.origin())
                .filter(url::Origin::is_tuple)
                .map(|origin| origin.ascii_serialization())
                .collect(),
            tenants: known.tenants,
            record: known.record,
        })
    }

    /// Its public name.
    pub(crate) fn id(&self) -> &str {
        &self.record.client_id
    }

    /// Whether it has no way to prove who it is.
    pub(crate) fn is_public(&self) -> bool {
        self.record.settings.auth_method == ClientAuthMethod::None
    }

    /// Whether it may use a grant.
    pub(crate) fn may_use(&self, grant_type: &str) -> bool {
        self.record
            .settings
            .grant_types
            .iter()
            .any(|allowed| allowed == grant_type)
    }

    /// That it may use a grant.
    ///
    /// # Errors
    /// `unauthorized_client`.
    pub(crate) fn must_use(&self, grant_type: &str) -> Result<(), OAuthError> {
        if self.may_use(grant_type) {
            Ok(())
        } else {
            Err(OAuthError::new(
                "unauthorized_client",
                "the client may not use this grant",
            ))
        }
    }

    /// Whether a script at this origin belongs to it.
    pub(crate) fn is_at(&self, origin: &str) -> bool {
        self.origins.iter().any(|own| own == origin)
    }

    /// The one tenant it is bound to, if it is one.
    pub(crate) fn tenant(&self) -> Option<TenantId> {
        match (self.record.settings.is_bound, self.tenants.as_slice()) {
            (true, [only]) => Some(*only),
            _ => None,
        }
    }

    /// Whether it serves that tenant and no other.
    pub(crate) fn is_of(&self, tenant: TenantId) -> bool {
        self.tenant() == Some(tenant)
    }

    /// Whether it stands alone or in an open tenant at least.
    pub(crate) fn is_open(&self) -> bool {
        !self.record.settings.is_bound || !self.tenants.is_empty()
    }

    /// The tenants in which somebody is who uses it; none for one that serves everybody.
    pub(crate) fn serves(&self) -> &[TenantId] {
        if self.record.settings.is_bound {
            &self.tenants
        } else {
            &[]
        }
    }

    /// The places of a person that count for this client after a sign-in of this level: all, or those
    /// in its tenants; without those whose tenant demands more.
    pub(crate) fn places<'a>(&self, person: &'a PersonClaims, acr: &str) -> Vec<&'a Place> {
        person
            .places
            .iter()
            .filter(|place| {
                !self.record.settings.is_bound || self.tenants.contains(&place.tenant_id)
            })
            .filter(|place| acr == AAL2 || !place.requires_second_factor)
            .collect()
    }

    /// Whether a person may sign in to it: an active account, and for a bound client an active
    /// member of one of its open tenants, which is content with a sign-in of this level.
    pub(crate) fn admits(&self, person: &PersonClaims, acr: &str) -> bool {
        person.account.is_active
            && (!self.record.settings.is_bound || !self.places(person, acr).is_empty())
    }

    /// Whether this is one of its living secrets; each is looked at, in constant time.
    pub(crate) fn has_secret(&self, secret: &str, now: DateTime<Utc>) -> bool {
        let hash = token::hash(secret.as_bytes());
        self.secrets
            .iter()
            .filter(|(_, expires_at)| expires_at.is_none_or(|end| end > now))
            .fold(Choice::from(0), |found, (stored, _)| {
                found | stored.as_slice().ct_eq(hash.as_slice())
            })
            .into()
    }
}
