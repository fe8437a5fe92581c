//! ID tokens (OpenID Connect Core section 2), with the types of `openidconnect`.

use bheem_identity::{Algorithm, SigningKey};
use bheem_persistence::repo::PersonClaims;
use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::{
    AccessToken, AdditionalClaims, IdToken, IdTokenClaims, PrivateSigningKey, SigningError,
    core::{
        CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{Error, Provider, Result, client::Client, person_claims};

/// Claims beyond the standard ones: `sid`, `tid`, groups and the like.
#[derive(Debug, Serialize, Deserialize)]
struct MoreClaims {
    #[serde(flatten)]
    claims: Map<String, Value>,
}

impl AdditionalClaims for MoreClaims {}

type OurIdToken = IdToken<
    MoreClaims,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

/// One of our keys, as the crate wants it: it knows no EC keys that sign, and its RSA is slow.
struct Signer<'a> {
    key: &'a SigningKey,
    public: CoreJsonWebKey,
}

impl PrivateSigningKey for Signer<'_> {
    type VerificationKey = CoreJsonWebKey;

    fn sign(
        &self,
        algorithm: &CoreJwsSigningAlgorithm,
        message: &[u8],
    ) -> std::result::Result<Vec<u8>, SigningError> {
        if *algorithm != core_algorithm(self.key.algorithm) {
            return Err(SigningError::UnsupportedAlg(format!("{algorithm:?}")));
        }
        self.key
            .sign(message)
            .map_err(|error| SigningError::Other(error.to_string()))
    }

    fn as_verification_key(&self) -> CoreJsonWebKey {
        self.public.clone()
    }
}

/// Our algorithm in the crate's words.
pub(crate) const fn core_algorithm(algorithm: Algorithm) -> CoreJwsSigningAlgorithm {
    match algorithm {
        Algorithm::Es256 => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        Algorithm::Rs256 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        Algorithm::EdDsa => CoreJwsSigningAlgorithm::EdDsa,
    }
}

/// What an ID token is made of.
pub(super) struct NewIdToken<'a> {
    pub(super) client: &'a Client,
    pub(super) person: &'a PersonClaims,
    pub(super) scopes: &'a [String],
    pub(super) requested: Vec<String>,
    /// The nonce of the request; none when it is given anew (section 12.2).
    pub(super) nonce: Option<String>,
    pub(super) session: Option<Uuid>,
    pub(super) authenticated_at: DateTime<Utc>,
    pub(super) amr: &'a [String],
    pub(super) access_token: &'a str,
}

impl Provider {
    /// Signs an ID token.
    pub(super) fn issue_id_token(&self, new: NewIdToken<'_>, now: DateTime<Utc>) -> Result<String> {
        let unreadable = |_error| Error::Inconsistent("claims of an ID token");
        let scopes = new.scopes.iter().map(String::as_str).collect::<Vec<_>>();
        let acr = bheem_identity::acr(new.amr);
        let mut claims =
            person_claims::claims(new.person, new.client, acr, &scopes, &new.requested);
        let life =
            TimeDelta::from_std(self.inner.config.id_token_life).unwrap_or(TimeDelta::minutes(10));
        let mut add = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        add("iss", self.inner.config.issuer.as_str().into());
        add("sub", new.person.account.id.to_string().into());
        add("aud", Value::from(vec![new.client.id()]));
        add("azp", new.client.id().into());
        add("iat", now.timestamp().into());
        add("exp", (now + life).timestamp().into());
        add("auth_time", new.authenticated_at.timestamp().into());
        add("acr", acr.into());
        add("amr", Value::from(new.amr.to_vec()));
        if let Some(nonce) = new.nonce {
            add("nonce", nonce.into());
        }
        if let Some(session) = new.session {
            add("sid", session.to_string().into());
        }
        let claims: IdTokenClaims<MoreClaims, CoreGenderClaim> =
            serde_json::from_value(claims.into()).map_err(unreadable)?;
        let key = self.inner.identity.keys().current(new.client.algorithm)?;
        let signer = Signer {
            public: serde_json::from_value(key.jwk()).map_err(unreadable)?,
            key: &key,
        };
        let access_token = AccessToken::new(new.access_token.to_owned());
        let token = OurIdToken::new(
            claims,
            &signer,
            core_algorithm(key.algorithm),
            Some(&access_token),
            None,
        )
        .map_err(|_error| Error::Inconsistent("an ID token"))?;
        match serde_json::to_value(&token).map_err(unreadable)? {
            Value::String(text) => Ok(text),
            _ => Err(Error::Inconsistent("an ID token")),
        }
    }
}
