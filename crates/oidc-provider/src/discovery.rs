//! What clients find out about this provider (OpenID Connect Discovery, RFC 8414), and its public
//! keys (RFC 7517). Both are rendered once and handed out as they are.

use bheem_identity::{AAL1, AAL2, Algorithm};
use bytes::Bytes;
use openidconnect::{
    AdditionalProviderMetadata, AuthUrl, AuthenticationContextClass, IssuerUrl, JsonWebKeySetUrl,
    LanguageTag, ProviderMetadata, RegistrationUrl, ResponseTypes, Scope, TokenUrl, UserInfoUrl,
    core::{
        CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType,
        CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
        CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Error, Provider, ProviderConfig, Result,
    jose::SUPPORTED,
    pages::strings,
    scope,
    token::{GRANTS, core_algorithm},
    wire::put,
};

/// Members of other standards than Discovery.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct More {
    introspection_endpoint: String,
    introspection_endpoint_auth_methods_supported: Vec<String>,
    revocation_endpoint: String,
    revocation_endpoint_auth_methods_supported: Vec<String>,
    /// RFC 7636.
    code_challenge_methods_supported: Vec<String>,
    /// RFC 8628.
    device_authorization_endpoint: String,
    /// RFC 9126.
    pushed_authorization_request_endpoint: String,
    require_pushed_authorization_requests: bool,
    /// RFC 9207.
    authorization_response_iss_parameter_supported: bool,
    /// RFC 9449.
    dpop_signing_alg_values_supported: Vec<String>,
    /// OpenID Connect RP-Initiated Logout and Back-Channel Logout.
    end_session_endpoint: String,
    backchannel_logout_supported: bool,
    backchannel_logout_session_supported: bool,
    /// OpenID Connect Prompt Create.
    prompt_values_supported: Vec<String>,
}

impl AdditionalProviderMetadata for More {}

type Metadata = ProviderMetadata<
    More,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

const CLAIMS: &[&str] = &[
    "sub",
    "iss",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "at_hash",
    "sid",
    "tid",
    "preferred_username",
    "name",
    "given_name",
    "family_name",
    "locale",
    "updated_at",
    "company_id",
    "company_code",
    "role",
    "email",
    "email_verified",
    "phone_number",
    "phone_number_verified",
    "groups",
    "roles",
];

const AUTH_METHODS: &[&str] = &[
    "client_secret_basic",
    "client_secret_post",
    "private_key_jwt",
    "none",
];

impl Provider {
    /// The discovery document; the same at both well-known paths.
    ///
    /// # Errors
    /// When the issuer that was configured is not a URL.
    pub fn discovery(&self) -> Result<Bytes> {
        if let Some(document) = self.inner.discovery.get() {
            return Ok(document.clone());
        }
        let document: Bytes = render(&self.inner.config)?.into();
        Ok(self.inner.discovery.get_or_init(|| document).clone())
    }

    /// The published keys: next, current and retired ones.
    #[must_use]
    pub fn jwks(&self) -> Bytes {
        use std::sync::PoisonError;
        let keys = self.inner.identity.keys();
        let version = keys.version();
        {
            let rendered = self.inner.jwks.read();
            let rendered = rendered.unwrap_or_else(PoisonError::into_inner);
            if let Some((of, document)) = &*rendered
                && *of == version
            {
                return document.clone();
            }
        }
        let published = keys.published();
        let set = json!({ "keys": published.iter().map(|key| key.jwk()).collect::<Vec<_>>() });
        let document: Bytes = set.to_string().into();
        let mut rendered = self
            .inner
            .jwks
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *rendered = Some((version, document.clone()));
        document
    }
}

fn render(config: &ProviderConfig) -> Result<String> {
    let metadata = metadata(config).map_err(|_error| Error::Inconsistent("the issuer"))?;
    let mut document = serde_json::to_value(&metadata)
        .map_err(|_error| Error::Inconsistent("the discovery document"))?;
    // The crate knows no name for these two and would write its own.
    put(
        &mut document,
        "token_endpoint_auth_signing_alg_values_supported",
        SUPPORTED,
    );
    put(&mut document, "grant_types_supported", GRANTS);
    for silent in ["service_documentation", "op_policy_uri", "op_tos_uri"] {
        if let Some(members) = document.as_object_mut()
            && members.get(silent).is_some_and(Value::is_null)
        {
            members.remove(silent);
        }
    }
    Ok(document.to_string())
}

fn metadata(config: &ProviderConfig) -> Result<Metadata, url::ParseError> {
    let at = |path: &str| config.url(&format!("/api/v1/sso/{path}"));
    let algorithms = || -> Vec<CoreJwsSigningAlgorithm> {
        Algorithm::ALL.into_iter().map(core_algorithm).collect()
    };
    let confidential = || owned(AUTH_METHODS.iter().filter(|method| **method != "none"));
    let more = More {
        introspection_endpoint: at("introspect"),
        introspection_endpoint_auth_methods_supported: confidential(),
        revocation_endpoint: at("revoke"),
        revocation_endpoint_auth_methods_supported: owned(AUTH_METHODS),
        code_challenge_methods_supported: owned(&["S256"]),
        device_authorization_endpoint: at("device_authorization"),
        pushed_authorization_request_endpoint: at("par"),
        require_pushed_authorization_requests: false,
        authorization_response_iss_parameter_supported: true,
        dpop_signing_alg_values_supported: owned(SUPPORTED),
        end_session_endpoint: at("logout"),
        backchannel_logout_supported: true,
        backchannel_logout_session_supported: true,
        prompt_values_supported: owned(&["none", "login", "consent", "select_account"]),
    };
    let metadata = Metadata::new(
        IssuerUrl::new(config.issuer.clone())?,
        AuthUrl::new(at("authorize"))?,
        JsonWebKeySetUrl::new(at("jwks"))?,
        vec![ResponseTypes::new(vec![CoreResponseType::Code])],
        vec![CoreSubjectIdentifierType::Public],
        algorithms(),
        more,
    )
    .set_token_endpoint(Some(TokenUrl::new(at("token"))?))
    .set_userinfo_endpoint(Some(UserInfoUrl::new(at("userinfo"))?))
    .set_registration_endpoint(Some(RegistrationUrl::new(at("register"))?))
    .set_scopes_supported(Some(
        scope::IDENTITY
            .iter()
            .map(|scope| Scope::new((*scope).to_owned()))
            .collect(),
    ))
    .set_response_modes_supported(Some(vec![
        CoreResponseMode::Query,
        CoreResponseMode::FormPost,
    ]))
    .set_acr_values_supported(Some(vec![
        AuthenticationContextClass::new(AAL1.to_owned()),
        AuthenticationContextClass::new(AAL2.to_owned()),
    ]))
    .set_userinfo_signing_alg_values_supported(Some(algorithms()))
    .set_token_endpoint_auth_methods_supported(Some(vec![
        CoreClientAuthMethod::ClientSecretBasic,
        CoreClientAuthMethod::ClientSecretPost,
        CoreClientAuthMethod::PrivateKeyJwt,
        CoreClientAuthMethod::None,
    ]))
    .set_claim_types_supported(Some(vec![CoreClaimType::Normal]))
    .set_claims_supported(Some(
        CLAIMS
            .iter()
            .map(|claim| CoreClaimName::new((*claim).to_owned()))
            .collect(),
    ))
    .set_ui_locales_supported(Some(
        strings::languages()
            .map(|language| LanguageTag::new(language.to_owned()))
            .collect(),
    ))
    .set_claims_parameter_supported(Some(true))
    .set_request_parameter_supported(Some(false))
    .set_request_uri_parameter_supported(Some(false));
    Ok(metadata)
}

fn owned<'a>(words: impl IntoIterator<Item = &'a &'a str>) -> Vec<String> {
    words.into_iter().map(|word| (*word).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_url_begins_with_the_issuer() {
        let config = ProviderConfig::new("https://work.example");
        let document: Value = serde_json::from_str(&render(&config).unwrap()).unwrap();
        assert_eq!(document["issuer"], "https://work.example");
        let members = document.as_object().unwrap();
        let urls = members
            .iter()
            .filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri")
            .collect::<Vec<_>>();
        assert_eq!(urls.len(), 10);
        for (name, url) in urls {
            let url = url.as_str().unwrap();
            assert!(
                url.starts_with("https://work.example/api/v1/sso/"),
                "{name}"
            );
        }
        assert_eq!(
            document["response_modes_supported"],
            json!(["query", "form_post"])
        );
        assert_eq!(document["request_uri_parameter_supported"], false);
        assert_eq!(
            document["authorization_response_iss_parameter_supported"],
            true
        );
        assert!(members.values().all(|value| !value.is_null()));
    }
}
