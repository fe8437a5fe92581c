//! Client metadata as RFC 7591 section 2 and OpenID Connect Registration section 2 write it.

use bheem_domain::Invalid;
use bheem_persistence::repo::{ClientAuthMethod, ClientSettings};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::settings::default_settings;
use crate::{
    OAuthError, scope,
    token::{CLIENT_CREDENTIALS, CODE, DEVICE, REFRESH},
};

/// Grants that a client may give itself.
const OPEN_GRANTS: &[&str] = &[CODE, REFRESH, DEVICE, CLIENT_CREDENTIALS];

/// What a client says about itself.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Metadata {
    pub(super) client_name: Option<String>,
    pub(super) redirect_uris: Vec<String>,
    pub(super) post_logout_redirect_uris: Vec<String>,
    pub(super) grant_types: Option<Vec<String>>,
    pub(super) response_types: Option<Vec<String>>,
    pub(super) token_endpoint_auth_method: Option<String>,
    pub(super) scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) jwks: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) jwks_uri: Option<String>,
    pub(super) application_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subject_type: Option<String>,
    pub(super) id_token_signed_response_alg: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) userinfo_signed_response_alg: Option<String>,
    pub(super) require_pushed_authorization_requests: bool,
    pub(super) dpop_bound_access_tokens: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) backchannel_logout_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default_max_age: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) client_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) logo_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) policy_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tos_uri: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) contacts: Vec<String>,
}

/// What is wrong, in the words of RFC 7591 section 3.2.2.
pub(super) fn refused(invalid: &Invalid) -> OAuthError {
    let code = if invalid.field == "redirect_uris" {
        "invalid_redirect_uri"
    } else {
        "invalid_client_metadata"
    };
    OAuthError::new(code, format!("{} {}", invalid.field, invalid.reason))
}

impl Metadata {
    /// The settings that it stands for. A client cannot give itself more than what stands for the
    /// people who sign in to it: no first party, no resources, no exchange of tokens.
    pub(super) fn into_settings(self) -> Result<ClientSettings, Invalid> {
        let invalid = |field, why: &'static str| Invalid::new(field, why);
        if self.jwks_uri.is_some() {
            return Err(invalid("jwks_uri", "is not supported; send jwks"));
        }
        if self.subject_type.is_some_and(|kind| kind != "public") {
            return Err(invalid("subject_type", "must be public"));
        }
        let grant_types = self.grant_types.unwrap_or_else(|| vec![CODE.to_owned()]);
        if !grant_types
            .iter()
            .all(|grant| OPEN_GRANTS.contains(&grant.as_str()))
        {
            return Err(invalid(
                "grant_types",
                "has one that a client cannot give itself",
            ));
        }
        if let Some(types) = &self.response_types
            && !types.iter().all(|kind| kind == CODE_RESPONSE)
        {
            return Err(invalid("response_types", "must be code"));
        }
        let is_native = match self.application_type.as_deref() {
            None | Some("web") => false,
            Some("native") => true,
            Some(_) => return Err(invalid("application_type", "must be web or native")),
        };
        let base = default_settings(self.client_name.unwrap_or_else(|| "Unnamed".to_owned()));
        let scopes = match self.scope {
            None => base.scopes.clone(),
            Some(text) => scope::parse(&text)
                .ok()
                .filter(|scopes| scopes.iter().all(|s| scope::IDENTITY.contains(&s.as_str())))
                .ok_or_else(|| invalid("scope", "has one that is not open to this client"))?,
        };
        let auth_method: Option<ClientAuthMethod> = self
            .token_endpoint_auth_method
            .map(|method| method.parse())
            .transpose()?;
        Ok(ClientSettings {
            redirect_uris: self.redirect_uris,
            post_logout_redirect_uris: self.post_logout_redirect_uris,
            grant_types,
            scopes,
            auth_method: auth_method.unwrap_or(base.auth_method),
            jwks: self.jwks,
            is_native,
            id_token_alg: self
                .id_token_signed_response_alg
                .unwrap_or(base.id_token_alg),
            userinfo_alg: self.userinfo_signed_response_alg,
            requires_par: self.require_pushed_authorization_requests,
            requires_dpop: self.dpop_bound_access_tokens,
            backchannel_logout_uri: self.backchannel_logout_uri,
            default_max_age: self.default_max_age,
            client_uri: self.client_uri,
            logo_uri: self.logo_uri,
            policy_uri: self.policy_uri,
            tos_uri: self.tos_uri,
            contacts: self.contacts,
            name: base.name,
            resources: base.resources,
            requires_pkce: base.requires_pkce,
            is_first_party: base.is_first_party,
            is_bound: base.is_bound,
        })
    }
}

const CODE_RESPONSE: &str = "code";

impl From<&ClientSettings> for Metadata {
    fn from(settings: &ClientSettings) -> Self {
        let has_code = settings.grant_types.iter().any(|grant| grant == CODE);
        let response_types = if has_code {
            vec![CODE_RESPONSE.to_owned()]
        } else {
            Vec::new()
        };
        let settings = settings.clone();
        Self {
            client_name: Some(settings.name),
            redirect_uris: settings.redirect_uris,
            post_logout_redirect_uris: settings.post_logout_redirect_uris,
            grant_types: Some(settings.grant_types),
            response_types: Some(response_types),
            token_endpoint_auth_method: Some(settings.auth_method.as_str().to_owned()),
            scope: Some(settings.scopes.join(" ")),
            jwks: settings.jwks,
            jwks_uri: None,
            application_type: Some(if settings.is_native { "native" } else { "web" }.to_owned()),
            subject_type: None,
            id_token_signed_response_alg: Some(settings.id_token_alg),
            userinfo_signed_response_alg: settings.userinfo_alg,
            require_pushed_authorization_requests: settings.requires_par,
            dpop_bound_access_tokens: settings.requires_dpop,
            backchannel_logout_uri: settings.backchannel_logout_uri,
            default_max_age: settings.default_max_age,
            client_uri: settings.client_uri,
            logo_uri: settings.logo_uri,
            policy_uri: settings.policy_uri,
            tos_uri: settings.tos_uri,
            contacts: settings.contacts,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings(metadata: Value) -> Result<ClientSettings, Invalid> {
        serde_json::from_value::<Metadata>(metadata)
            .unwrap()
            .into_settings()
    }

    #[test]
    fn a_client_cannot_give_itself_much() {
        for (field, metadata) in [
            (
                "grant_types",
                json!({"grant_types": ["urn:ietf:params:oauth:grant-type:token-exchange"]}),
            ),
            ("grant_types", json!({"grant_types": ["implicit"]})),
            ("response_types", json!({"response_types": ["token"]})),
            ("scope", json!({"scope": "openid admin"})),
            ("jwks_uri", json!({"jwks_uri": "https://app.example/keys"})),
            ("subject_type", json!({"subject_type": "pairwise"})),
            ("application_type", json!({"application_type": "service"})),
            (
                "token_endpoint_auth_method",
                json!({"token_endpoint_auth_method": "client_secret_jwt"}),
            ),
        ] {
            assert_eq!(settings(metadata).unwrap_err().field, field);
        }
        let given = settings(json!({"is_first_party": true, "resources": ["x"]})).unwrap();
        assert!(!given.is_first_party && given.resources.is_empty() && given.requires_pkce);
    }
}
