//! The applications that sign in to a sandbox. Their secrets are made once, when the client is, and kept beside the
//! other secrets.

use std::{collections::BTreeMap, path::Path};

use anyhow::Context;
use bheem_oidc_provider::{ClientScope, NewClientRequest, Provider, default_settings};
use bheem_persistence::SystemScope;
use bheem_sandbox::PeerHandle;
use secrecy::ExposeSecret;
use serde_json::json;

use super::secrets::write_private;

/// Client of Nextcloud; the audience of tokens for it.
pub(super) const DOCS: &str = "bheem-docs";
/// Nextcloud's name for the provider.
const IDENTIFIER: &str = "bheem";
const FILE: &str = "clients.json";

/// Public name, name for people, redirect URIs.
type Wanted<'a> = (&'static str, &'static str, Vec<String>, Option<String>);

/// Makes the clients that are missing, and answers the secrets of all.
pub(super) async fn ensure(
    provider: &Provider,
    base_url: &str,
    nextcloud: &PeerHandle,
    directory: &Path,
) -> anyhow::Result<BTreeMap<String, String>> {
    let path = directory.join(FILE);
    let mut secrets: BTreeMap<String, String> = match std::fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
        Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
        Ok(text) => serde_json::from_slice(&text)
            .with_context(|| format!("{} is damaged", path.display()))?,
    };
    let scope = SystemScope::server("clients of the sandbox");
    let scope = ClientScope::Platform(&scope);
    for (id, name, redirect_uris, backchannel_logout_uri) in wanted(base_url, nextcloud) {
        if secrets.contains_key(id) && provider.client(scope, id).await.is_ok() {
            continue;
        }
        // One whose secret nobody knows is of no use.
        if provider.client(scope, id).await.is_ok() {
            provider.remove_client(scope, id).await?;
        }
        let mut settings = default_settings(name.to_owned());
        if redirect_uris.is_empty() {
            settings.grant_types = vec!["client_credentials".to_owned()];
        }
        settings.redirect_uris = redirect_uris;
        settings.is_first_party = true;
        settings.backchannel_logout_uri = backchannel_logout_uri;
        let request = NewClientRequest {
            client_id: Some(id.to_owned()),
            settings,
            tenants: Vec::new(),
        };
        let created = provider.create_client(scope, request).await?;
        let secret = created
            .secret
            .context("a confidential client has a secret")?;
        secrets.insert(id.to_owned(), secret.expose_secret().to_owned());
        write_private(&path, &serde_json::to_vec_pretty(&secrets)?)?;
    }
    Ok(secrets)
}

fn wanted<'a>(base_url: &str, nextcloud: &PeerHandle) -> [Wanted<'a>; 5] {
    let uri = |text: &str| text.to_owned();
    let logout = format!(
        "{}/index.php/apps/user_oidc/backchannel-logout/{IDENTIFIER}",
        nextcloud.base_url
    );
    [
        (
            DOCS,
            "Bheem Docs",
            vec![
                uri("https://docs.bheem.cloud/apps/user_oidc/code"),
                format!("{}/apps/user_oidc/code", nextcloud.base_url),
            ],
            Some(logout),
        ),
        // It signs nobody in; it asks about the tokens that it is shown.
        (super::mail::CLIENT, "Mail server", Vec::new(), None),
        (
            "bheem-mail",
            "Bheem Mail",
            vec![uri("https://mail.bheem.cloud/sso/callback")],
            None,
        ),
        (
            "bheem-meet",
            "Bheem Meet",
            vec![
                uri("https://workspace.bheem.cloud/meet/callback"),
                uri("https://meet.bheem.cloud/oauth/callback"),
            ],
            None,
        ),
        (
            "bheem-workspace",
            "Bheem Workspace",
            vec![
                uri("https://workspace.bheem.cloud/callback"),
                format!("{base_url}/callback"),
            ],
            None,
        ),
    ]
}

/// Sets Nextcloud's app `user_oidc` up as `docs/identity.md` tells an administrator to.
pub(super) fn connect_nextcloud(nextcloud: &PeerHandle, base_url: &str) -> anyhow::Result<()> {
    let options = json!({"oidc": {
        "identifier": IDENTIFIER,
        "client_id": DOCS,
        "discovery_uri": format!("{base_url}/.well-known/openid-configuration"),
        "unique_uid": false,
        "mapping_uid": "sub",
        "check_bearer": true,
    }});
    anyhow::ensure!(
        nextcloud.set_options(&options),
        "Nextcloud's stand-in does not take its settings"
    );
    Ok(())
}
