//! An authorization request (OpenID Connect Core section 3.1.2.1), once its client and its redirect
//! address are proven.

use bheem_domain::AccountId;
use bheem_persistence::repo::{ClientAuthMethod, ClientRecord};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::claims::ClaimsRequest;
use crate::{OAuthError, Parameters, scope};

/// Longest `state`, `nonce` and `login_hint`.
const LONGEST: usize = 4_096;
/// How an answer travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ResponseMode {
    /// In the query of a redirect.
    #[default]
    Query,
    /// In a form that the browser posts (OAuth 2.0 Form Post Response Mode).
    FormPost,
}

/// What the client wants the person to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Prompt {
    /// Nothing at all.
    None,
    /// Sign in, again.
    Login,
    /// Agree, again.
    Consent,
    /// Say which account.
    SelectAccount,
}

/// The request; what is kept of it while a person acts.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AuthorizationRequest {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) response_mode: ResponseMode,
    pub(crate) state: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) nonce: Option<String>,
    /// Method S256 (RFC 7636).
    pub(crate) code_challenge: Option<String>,
    pub(crate) prompts: Vec<Prompt>,
    /// Seconds.
    pub(crate) max_age: Option<u32>,
    pub(crate) login_hint: Option<String>,
    /// Nobody else may answer, by `id_token_hint` or `claims`.
    pub(crate) subject: Option<AccountId>,
    pub(crate) ui_locales: Vec<String>,
    /// Levels it would like, in order.
    pub(crate) acr_values: Vec<String>,
    /// Levels of which one must be reached.
    pub(crate) essential_acr: Vec<String>,
    pub(crate) claims: Option<Value>,
    pub(crate) resources: Vec<String>,
    /// RFC 9449 section 10.
    pub(crate) dpop_jkt: Option<String>,
}

impl std::fmt::Debug for AuthorizationRequest {
    /// Without what is the client's secret or the person's business.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthorizationRequest")
            .field("client_id", &self.client_id)
            .field("scopes", &self.scopes)
            .field("prompts", &self.prompts)
            .finish_non_exhaustive()
    }
}

/// What is known before the rest of a request is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Proven<'a> {
    /// Registered by the client.
    pub(crate) redirect_uri: &'a str,
    pub(crate) response_mode: ResponseMode,
    /// Whom a good `id_token_hint` names.
    pub(crate) hint: Option<AccountId>,
    /// The audience of our own API.
    pub(crate) own_audience: &'a str,
}

impl AuthorizationRequest {
    /// Reads the parameters of a request of `client`.
    ///
    /// # Errors
    /// The refusal, which goes back to the client.
    pub(crate) fn parse(
        parameters: &Parameters,
        client: &ClientRecord,
        proven: &Proven<'_>,
    ) -> Result<Self, OAuthError> {
        for (name, code) in [
            ("request", "request_not_supported"),
            ("request_uri", "request_uri_not_supported"),
            ("registration", "registration_not_supported"),
        ] {
            if parameters.get(name).is_some() {
                return Err(OAuthError::new(code, format!("{name} is not supported")));
            }
        }
        if parameters.required("response_type")? != "code" {
            return Err(OAuthError::new(
                "unsupported_response_type",
                "response_type can only be code",
            ));
        }
        let settings = &client.settings;
        if !settings
            .grant_types
            .iter()
            .any(|grant| grant == "authorization_code")
        {
            return Err(OAuthError::new(
                "unauthorized_client",
                "this client may not use authorization codes",
            ));
        }
        let claims = parameters
            .get("claims")
            .map(ClaimsRequest::parse)
            .transpose()?
            .unwrap_or_default();
        let request = Self {
            client_id: client.client_id.clone(),
            redirect_uri: proven.redirect_uri.to_owned(),
            response_mode: proven.response_mode,
            state: bounded(parameters, "state")?,
            scopes: scopes(parameters, client)?,
            nonce: bounded(parameters, "nonce")?,
            code_challenge: code_challenge(parameters)?,
            prompts: prompts(parameters)?,
            max_age: max_age(parameters, client)?,
            login_hint: bounded(parameters, "login_hint")?,
            subject: subject(proven.hint, claims.subject)?,
            ui_locales: words(parameters, "ui_locales", 10),
            acr_values: {
                let mut values = words(parameters, "acr_values", 10);
                values.extend(claims.voluntary_acr);
                values
            },
            essential_acr: claims.essential_acr,
            claims: Some(claims.whole).filter(|whole| !whole.is_null()),
            resources: resources(parameters, client, proven.own_audience)?,
            dpop_jkt: parameters
                .get("dpop_jkt")
                .map(|text| thumbprint("dpop_jkt", text))
                .transpose()?,
        };
        request.check_challenge(client)?;
        Ok(request)
    }

    /// A code that is stolen must be of no use (RFC 9700 section 2.1.1).
    fn check_challenge(&self, client: &ClientRecord) -> Result<(), OAuthError> {
        let settings = &client.settings;
        if self.code_challenge.is_some() {
            return Ok(());
        }
        if settings.requires_pkce || settings.auth_method == ClientAuthMethod::None {
            return Err(bad("code_challenge is missing"));
        }
        if self.nonce.is_none() && self.state.is_none() {
            return Err(bad("without a code_challenge a nonce or a state is needed"));
        }
        Ok(())
    }

    pub(crate) fn has_prompt(&self, prompt: Prompt) -> bool {
        self.prompts.contains(&prompt)
    }
}

/// How the answer to this request travels.
///
/// # Errors
/// `invalid_request`, which travels in a query.
pub(crate) fn response_mode(parameters: &Parameters) -> Result<ResponseMode, OAuthError> {
    match parameters.get("response_mode") {
        None | Some("query") => Ok(ResponseMode::Query),
        Some("form_post") => Ok(ResponseMode::FormPost),
        Some(_) => Err(bad("response_mode can be query or form_post")),
    }
}

fn bounded(parameters: &Parameters, name: &'static str) -> Result<Option<String>, OAuthError> {
    match parameters.get(name) {
        Some(text) if text.len() > LONGEST => Err(OAuthError::new(
            "invalid_request",
            format!("{name} is too long"),
        )),
        // PostgreSQL keeps no NUL in a text.
        Some(text) if text.contains('\0') => Err(OAuthError::new(
            "invalid_request",
            format!("{name} is not a text"),
        )),
        text => Ok(text.map(str::to_owned)),
    }
}

fn words(parameters: &Parameters, name: &str, most: usize) -> Vec<String> {
    let text = parameters.get(name).unwrap_or_default();
    text.split(' ')
        .filter(|word| !word.is_empty() && word.len() <= 64 && !word.contains('\0'))
        .take(most)
        .map(str::to_owned)
        .collect()
}

/// What is asked for, within what the client may ask for. What means nothing here is ignored, as
/// section 3.1.2.1 wants it of scopes that are not understood.
fn scopes(parameters: &Parameters, client: &ClientRecord) -> Result<Vec<String>, OAuthError> {
    let allowed = &client.settings.scopes;
    let Some(text) = parameters.get("scope") else {
        // RFC 6749 section 3.3: a default, which gives nothing that outlives the session.
        let default = allowed.iter().filter(|scope| *scope != "offline_access");
        return Ok(default.cloned().collect());
    };
    let mut scopes = scope::parse(text)?;
    if scopes
        .iter()
        .any(|one| scope::IDENTITY.contains(&one.as_str()) && !allowed.contains(one))
    {
        return Err(OAuthError::new(
            "invalid_scope",
            "this client may not ask for one of these scopes",
        ));
    }
    scopes.retain(|one| allowed.contains(one));
    if scopes.is_empty() {
        return Err(OAuthError::new(
            "invalid_scope",
            "none of these scopes is known",
        ));
    }
    Ok(scopes)
}

fn code_challenge(parameters: &Parameters) -> Result<Option<String>, OAuthError> {
    let method = parameters.get("code_challenge_method");
    let Some(challenge) = parameters.get("code_challenge") else {
        return match method {
            Some(_) => Err(bad("code_challenge_method without a code_challenge")),
            None => Ok(None),
        };
    };
    // RFC 7636 section 4.3: left out, the method is plain, which protects nothing.
    if method != Some("S256") {
        return Err(bad("code_challenge_method can only be S256"));
    }
    let is_text = challenge
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    if !(43..=128).contains(&challenge.len()) || !is_text {
        return Err(bad("code_challenge has 43 to 128 unreserved characters"));
    }
    Ok(Some(challenge.to_owned()))
}

fn prompts(parameters: &Parameters) -> Result<Vec<Prompt>, OAuthError> {
    let text = parameters.get("prompt").unwrap_or_default();
    let mut prompts = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let prompt = match word {
            "none" => Prompt::None,
            "login" => Prompt::Login,
            "consent" => Prompt::Consent,
            "select_account" => Prompt::SelectAccount,
            _ => {
                return Err(bad(
                    "prompt can be none, or login, consent and select_account",
                ));
            }
        };
        if !prompts.contains(&prompt) {
            prompts.push(prompt);
        }
    }
    if prompts.len() > 1 && prompts.contains(&Prompt::None) {
        return Err(bad("prompt none stands alone"));
    }
    Ok(prompts)
}

fn max_age(parameters: &Parameters, client: &ClientRecord) -> Result<Option<u32>, OAuthError> {
    match parameters.get("max_age") {
        Some(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            // More than fits is as good as for ever.
            Ok(Some(text.parse().unwrap_or(u32::MAX)))
        }
        Some(_) => Err(bad("max_age is a number of seconds")),
        None => Ok(client
            .settings
            .default_max_age
            .and_then(|age| u32::try_from(age).ok())),
    }
}

fn subject(
    hint: Option<AccountId>,
    claimed: Option<AccountId>,
) -> Result<Option<AccountId>, OAuthError> {
    match (hint, claimed) {
        (Some(hint), Some(claimed)) if hint != claimed => {
            Err(bad("id_token_hint and claims name two subjects"))
        }
        (hint, claimed) => Ok(hint.or(claimed)),
    }
}

/// RFC 8707 section 2: one that the client may have tokens for, or our own API.
fn resources(
    parameters: &Parameters,
    client: &ClientRecord,
    own: &str,
) -> Result<Vec<String>, OAuthError> {
    let allowed = &client.settings.resources;
    let mut resources: Vec<String> = Vec::new();
    for resource in parameters.all("resource") {
        if resource != own && !allowed.iter().any(|one| one == resource) {
            return Err(OAuthError::new(
                "invalid_target",
                "the client may not have tokens for this resource",
            ));
        }
        if !resources.iter().any(|one| one == resource) {
            resources.push(resource.to_owned());
        }
    }
    Ok(resources)
}

/// A SHA-256 in base64url (RFC 7638).
fn thumbprint(name: &'static str, text: &str) -> Result<String, OAuthError> {
    let is_one = bheem_vault::token::decode(text).is_some_and(|bytes| bytes.len() == 32);
    if is_one {
        Ok(text.to_owned())
    } else {
        Err(OAuthError::new(
            "invalid_request",
            format!("{name} is not a thumbprint"),
        ))
    }
}

fn bad(description: &'static str) -> OAuthError {
    OAuthError::new("invalid_request", description)
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
