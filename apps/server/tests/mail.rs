//! A real mail server asks our provider about the tokens that the workspace acts with.
#![cfg(test)]

mod support;

use bheem_domain::AccountId;
use bheem_http_kit::{ErrorKind, Method};
use bheem_local_servers::{
    mail::{MailOptions, MailServers, MailUser, OAuth},
    tools,
};
use bheem_mail::{Client, Credentials, Endpoint};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use support::{PASSWORD, Person, TestApp};

/// The client that the mail server is; the audience of tokens for it.
const AUDIENCE: &str = "bheem-imap";

/// Adds somebody to a tenant, and lets them choose a password.
async fn member(app: &TestApp, owner: &Person, slug: &str, name: &str) -> Person {
    let path = format!("/admin/tenants/{slug}/users");
    let body = json!({"username": name, "name": name});
    let added = owner.post(&path, &body).await;
    assert_eq!(
        added.body["provisioning_status"], "success",
        "{:?}",
        added.body
    );
    let address = format!("{name}@acme.test");
    let token = TestApp::link_token(app.messages_to(&address).last().unwrap());
    let body = json!({"token": token, "password": PASSWORD});
    let set = app.send(Method::POST, "/auth/set-password", &body).await;
    assert_eq!(set.status, 200, "{:?}", set.body);
    app.sign_in(&address, PASSWORD).await
}

async fn mail_server(app: &TestApp, client: &Value) -> MailServers {
    let secret = client["client_secret"].as_str().unwrap().to_owned();
    let introspection = format!("{}/api/v1/sso/introspect", app.base_url);
    let oauth = OAuth::new(introspection, AUDIENCE, secret.into());
    let servers = MailServers::start(MailOptions::new().oauth(oauth))
        .await
        .unwrap();
    let users: Vec<MailUser> = app
        .sandbox
        .mail()
        .accounts()
        .iter()
        .map(|account| MailUser::new(&account.address))
        .collect();
    assert_eq!(users.len(), 2);
    servers.set_users(&users).await.unwrap();
    servers
}

#[tokio::test]
async fn a_mailbox_opens_with_the_token_of_its_owner_and_with_no_other() {
    if tools("mail").await.unwrap().is_none() {
        return;
    }
    let app = TestApp::at_localhost(|_| {}).await;
    let admin = app.super_admin().await;
    let body = json!({
        "client_id": AUDIENCE, "name": "Mail server", "grant_types": ["client_credentials"], "redirect_uris": [],
    });
    let client = TestApp::client(&admin, &body).await;
    let owner = app.person("owner").await;
    let slug = app.tenant(&owner, "Acme").await;
    app.proven_domain(&owner, &slug, "acme.test").await;
    let john = member(&app, &owner, &slug, "john").await;
    let jane = member(&app, &owner, &slug, "jane").await;
    let servers = mail_server(&app, &client).await;

    let mail = Client::builder("localhost")
        .imap(Endpoint::implicit(servers.imaps().port()))
        .root_certificate_pem(servers.certificate_pem())
        .build()
        .unwrap();
    let tokens = app.running.app().services.identity().user_tokens();
    let token = async |person: &Person, audience: &str| {
        let id: AccountId = person.id.parse().unwrap();
        tokens.token(id, audience, "mail").await.unwrap()
    };
    let open = async |address: &str, token: &SecretString| {
        let credentials = Credentials::oauth_bearer(token.clone());
        let folders = mail.account(address, credentials).folders().list().await;
        folders
            .map(|folders| folders.len())
            .map_err(|error| error.kind())
    };
    let johns = token(&john, AUDIENCE).await;
    assert!(open("john@acme.test", &johns).await.unwrap() > 1);
    assert_eq!(
        open("jane@acme.test", &johns).await,
        Err(ErrorKind::Unauthorized)
    );
    let elsewhere = token(&jane, "bheem-docs").await;
    assert_eq!(
        open("jane@acme.test", &elsewhere).await,
        Err(ErrorKind::Unauthorized)
    );
    let changed = SecretString::from(format!("{}x", johns.expose_secret()));
    assert_eq!(
        open("john@acme.test", &changed).await,
        Err(ErrorKind::Unauthorized)
    );

    // Who is switched off is so at once, whatever the token says.
    let janes = token(&jane, AUDIENCE).await;
    assert!(open("jane@acme.test", &janes).await.is_ok());
    let path = format!("/admin/tenants/{slug}/users/{}", jane.id);
    let removed = owner.delete(&path).await;
    assert!(removed.status < 300, "{:?}", removed.body);
    support::eventually("the token is refused", async || {
        open("jane@acme.test", &janes).await == Err(ErrorKind::Unauthorized)
    })
    .await;
}
