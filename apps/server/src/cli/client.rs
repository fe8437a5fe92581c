//! `client`: applications that people sign in to.

use std::{io::Write, time::Duration};

use bheem_domain::TenantId;
use bheem_oidc_provider::{
    ClientScope, CreatedClient, NewClientRequest, Provider, default_settings,
};
use bheem_persistence::{SystemScope, repo::ClientSettings};
use secrecy::ExposeSecret;

use super::args::{ClientArguments, ClientVerb, NewClientArguments};
use crate::wiring;

pub(super) async fn run(arguments: ClientArguments) -> anyhow::Result<()> {
    let settings = super::installation(&arguments.target)?;
    let database = wiring::database(&settings).await?;
    let identity = wiring::identity(&settings, &database).await?;
    let provider = wiring::provider(&settings, &database, &identity)?;
    let scope = SystemScope::server("the command line");
    let scope = ClientScope::Platform(&scope);
    match arguments.verb {
        ClientVerb::Create(new) => created(&provider.create_client(scope, request(*new)?).await?),
        ClientVerb::List { limit } => list(&provider, scope, limit).await,
        ClientVerb::RotateSecret {
            client_id,
            grace_hours,
        } => {
            let grace = Duration::from_hours(grace_hours);
            created(
                &provider
                    .rotate_client_secret(scope, &client_id, grace)
                    .await?,
            )
        }
        ClientVerb::Remove { client_id } => {
            provider.remove_client(scope, &client_id).await?;
            writeln!(std::io::stdout(), "Removed {client_id}")?;
            Ok(())
        }
    }
}

fn request(new: NewClientArguments) -> anyhow::Result<NewClientRequest> {
    let defaults = default_settings(new.name);
    let or = |given: Vec<String>, default| if given.is_empty() { default } else { given };
    Ok(NewClientRequest {
        client_id: new.client_id,
        settings: ClientSettings {
            redirect_uris: new.redirect_uris,
            post_logout_redirect_uris: new.post_logout_redirect_uris,
            backchannel_logout_uri: new.backchannel_logout_uri,
            grant_types: or(new.grant_types, defaults.grant_types),
            scopes: or(new.scopes, defaults.scopes),
            resources: new.resources,
            auth_method: new.auth_method.parse()?,
            id_token_alg: new.id_token_alg,
            is_native: new.native,
            is_first_party: new.first_party,
            requires_pkce: !new.no_pkce,
            is_bound: !new.tenants.is_empty(),
            name: defaults.name,
            jwks: defaults.jwks,
            userinfo_alg: defaults.userinfo_alg,
            requires_par: defaults.requires_par,
            requires_dpop: defaults.requires_dpop,
            default_max_age: defaults.default_max_age,
            client_uri: defaults.client_uri,
            logo_uri: defaults.logo_uri,
            policy_uri: defaults.policy_uri,
            tos_uri: defaults.tos_uri,
            contacts: defaults.contacts,
        },
        tenants: new.tenants.into_iter().map(TenantId::from).collect(),
    })
}

fn created(client: &CreatedClient) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "Client ID: {}", client.record.client_id)?;
    if let Some(secret) = &client.secret {
        writeln!(out, "Secret: {}", secret.expose_secret())?;
    }
    Ok(())
}

async fn list(provider: &Provider, scope: ClientScope<'_>, limit: i64) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    let (clients, next) = provider.clients(scope, None, limit).await?;
    for client in &clients {
        let state = if client.is_active {
            "active"
        } else {
            "disabled"
        };
        let method = client.settings.auth_method.as_str();
        let name = &client.settings.name;
        writeln!(
            out,
            "{:<38} {state:<9} {method:<20} {name}",
            client.client_id
        )?;
    }
    if next.is_some() {
        writeln!(out, "There are more; raise --limit, or use the API.")?;
    }
    Ok(())
}
