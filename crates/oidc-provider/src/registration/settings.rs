//! Whether what is decided about a client makes sense, whoever decides it.

use std::str::FromStr;

use bheem_domain::Invalid;
use bheem_identity::Algorithm;
use bheem_persistence::repo::{ClientAuthMethod, ClientSettings};

use super::redirect_uri;
use crate::{
    jose::PublicKey,
    scope,
    token::{CLIENT_CREDENTIALS, CODE, EXCHANGE, GRANTS},
    wire::has_nul,
};

/// Most entries of any list.
const MOST: usize = 50;

/// Settings of an ordinary web application, to begin with.
#[must_use]
pub fn default_settings(name: impl Into<String>) -> ClientSettings {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    ClientSettings {
        name: name.into(),
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        grant_types: words(&[CODE, crate::token::REFRESH]),
        scopes: words(&["openid", "profile", "email", "offline_access"]),
        resources: Vec::new(),
        auth_method: ClientAuthMethod::SecretBasic,
        jwks: None,
        is_native: false,
        id_token_alg: Algorithm::Es256.as_str().to_owned(),
        userinfo_alg: None,
        requires_pkce: true,
        requires_par: false,
        requires_dpop: false,
        is_first_party: false,
        is_bound: false,
        backchannel_logout_uri: None,
        default_max_age: None,
        client_uri: None,
        logo_uri: None,
        policy_uri: None,
        tos_uri: None,
        contacts: Vec::new(),
    }
}

/// Checks the settings of a client.
///
/// # Errors
/// [`Invalid`] naming the field as RFC 7591 does.
pub(crate) fn check(settings: &ClientSettings) -> Result<(), Invalid> {
    check_text("client_name", &settings.name, 255)?;
    check_uris(settings)?;
    check_grants(settings)?;
    check_keys(settings)?;
    for (field, list) in [
        ("scope", &settings.scopes),
        ("resources", &settings.resources),
    ] {
        if list.len() > MOST {
            return Err(Invalid::new(field, "has too many entries"));
        }
    }
    if !settings.scopes.iter().all(|scope| scope::is_scope(scope)) {
        return Err(Invalid::new("scope", "has an entry that is not a scope"));
    }
    for resource in &settings.resources {
        let is_fine = resource.bytes().all(|b| b.is_ascii_graphic());
        if resource.is_empty() || resource.len() > 500 || !is_fine || resource.contains('#') {
            return Err(Invalid::new(
                "resources",
                "has an entry that is not a resource",
            ));
        }
    }
    if settings.contacts.len() > MOST {
        return Err(Invalid::new("contacts", "has too many entries"));
    }
    for contact in &settings.contacts {
        check_text("contacts", contact, 320)?;
    }
    if settings.default_max_age.is_some_and(|age| age < 0) {
        return Err(Invalid::new("default_max_age", "must not be negative"));
    }
    Ok(())
}

fn check_text(field: &'static str, text: &str, longest: usize) -> Result<(), Invalid> {
    if text.trim().is_empty() {
        return Err(Invalid::new(field, "must not be empty"));
    }
    if text.chars().count() > longest || text.chars().any(char::is_control) {
        return Err(Invalid::new(
            field,
            "is too long, or has control characters",
        ));
    }
    Ok(())
}

fn check_uris(settings: &ClientSettings) -> Result<(), Invalid> {
    for (field, uris) in [
        ("redirect_uris", &settings.redirect_uris),
        (
            "post_logout_redirect_uris",
            &settings.post_logout_redirect_uris,
        ),
    ] {
        if uris.len() > MOST {
            return Err(Invalid::new(field, "has too many entries"));
        }
        for uri in uris {
            redirect_uri::check(uri, settings.is_native).map_err(|why| Invalid::new(field, why))?;
        }
    }
    for (field, uri) in [
        ("backchannel_logout_uri", &settings.backchannel_logout_uri),
        ("client_uri", &settings.client_uri),
        ("logo_uri", &settings.logo_uri),
        ("policy_uri", &settings.policy_uri),
        ("tos_uri", &settings.tos_uri),
    ] {
        if let Some(uri) = uri {
            redirect_uri::check_web(uri).map_err(|why| Invalid::new(field, why))?;
        }
    }
    Ok(())
}

fn check_grants(settings: &ClientSettings) -> Result<(), Invalid> {
    let grants = &settings.grant_types;
    let has = |grant: &str| grants.iter().any(|other| other == grant);
    if grants.is_empty() || !grants.iter().all(|grant| GRANTS.contains(&grant.as_str())) {
        return Err(Invalid::new(
            "grant_types",
            "has none, or one that is not supported",
        ));
    }
    if has(CODE) && settings.redirect_uris.is_empty() {
        return Err(Invalid::new("redirect_uris", "must not be empty"));
    }
    if settings.auth_method == ClientAuthMethod::None {
        if !settings.requires_pkce {
            return Err(Invalid::new(
                "requires_pkce",
                "is needed by a public client",
            ));
        }
        if has(CLIENT_CREDENTIALS) || has(EXCHANGE) {
            return Err(Invalid::new(
                "grant_types",
                "has one that a public client cannot use",
            ));
        }
    }
    Ok(())
}

fn check_keys(settings: &ClientSettings) -> Result<(), Invalid> {
    for (field, name) in [
        ("id_token_signed_response_alg", Some(&settings.id_token_alg)),
        (
            "userinfo_signed_response_alg",
            settings.userinfo_alg.as_ref(),
        ),
    ] {
        if let Some(name) = name
            && Algorithm::from_str(name).is_err()
        {
            return Err(Invalid::new(field, "is not supported"));
        }
    }
    let Some(jwks) = &settings.jwks else {
        return if settings.auth_method == ClientAuthMethod::PrivateKeyJwt {
            Err(Invalid::new("jwks", "is needed for private_key_jwt"))
        } else {
            Ok(())
        };
    };
    let count = jwks
        .get("keys")
        .and_then(|keys| keys.as_array())
        .map_or(0, Vec::len);
    // One that cannot be read may be a private one, which must not be kept.
    if count == 0 || count > MOST || has_nul(jwks) || PublicKey::parse_set(jwks).len() != count {
        return Err(Invalid::new(
            "jwks",
            "must be a set of supported public keys",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn good() -> ClientSettings {
        ClientSettings {
            redirect_uris: vec!["https://app.example/cb".to_owned()],
            ..default_settings("App")
        }
    }

    #[test]
    fn each_field_is_looked_at() {
        type Change = fn(&mut ClientSettings);
        check(&good()).unwrap();
        let bad: [(&str, Change); 12] = [
            ("client_name", |s| s.name = " ".to_owned()),
            ("client_name", |s| s.name = "a\0b".to_owned()),
            ("redirect_uris", |s| s.redirect_uris.clear()),
            ("redirect_uris", |s| {
                s.redirect_uris.push("http://app.example".to_owned());
            }),
            ("grant_types", |s| s.grant_types.push("password".to_owned())),
            ("grant_types", |s| s.grant_types.clear()),
            ("scope", |s| s.scopes.push("a b".to_owned())),
            ("jwks", |s| s.auth_method = ClientAuthMethod::PrivateKeyJwt),
            ("jwks", |s| {
                s.jwks = Some(json!({"keys": [{"kty": "oct", "k": "AA"}]}));
            }),
            ("id_token_signed_response_alg", |s| {
                s.id_token_alg = "none".to_owned();
            }),
            ("backchannel_logout_uri", |s| {
                s.backchannel_logout_uri = Some("http://app.example/out".to_owned());
            }),
            ("requires_pkce", |s| {
                s.auth_method = ClientAuthMethod::None;
                s.requires_pkce = false;
            }),
        ];
        for (field, change) in bad {
            let mut settings = good();
            change(&mut settings);
            assert_eq!(check(&settings).unwrap_err().field, field);
        }
    }
}
