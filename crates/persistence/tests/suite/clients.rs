//! Relying parties and what hangs on them: whose they are, and what is good once.

use bheem_domain::{AccountId, Clock, SessionId, TenantId};
use bheem_persistence::{
    Error,
    repo::{
        ClientAuthMethod, ClientChange, ClientSettings, NewAuthorizationCode, NewClient,
        NewClientSecret, NewGrant, NewInitialAccessToken, NewSession, SessionKind,
    },
};
use chrono::TimeDelta;
use uuid::Uuid;

use crate::support::Bed;

fn settings(name: &str) -> ClientSettings {
    ClientSettings {
        name: name.to_owned(),
        redirect_uris: vec!["https://app.example/cb".to_owned()],
        post_logout_redirect_uris: Vec::new(),
        grant_types: vec!["authorization_code".to_owned()],
        scopes: vec!["openid".to_owned()],
        resources: Vec::new(),
        auth_method: ClientAuthMethod::SecretBasic,
        jwks: None,
        is_native: false,
        id_token_alg: "ES256".to_owned(),
        userinfo_alg: None,
        requires_pkce: true,
        requires_par: false,
        requires_dpop: false,
        is_first_party: false,
        is_bound: true,
        backchannel_logout_uri: Some("https://app.example/out".to_owned()),
        default_max_age: Some(60),
        client_uri: None,
        logo_uri: None,
        policy_uri: None,
        tos_uri: None,
        contacts: Vec::new(),
    }
}

fn new_client(bed: &Bed, id: &str, tenant_id: Option<TenantId>) -> NewClient {
    NewClient {
        client_id: id.to_owned(),
        tenant_id,
        settings: settings(id),
        registration_token_hash: None,
        created_at: bed.clock.now(),
    }
}

fn secret(bed: &Bed, client_id: &str, number: u8) -> NewClientSecret {
    NewClientSecret {
        id: bed.clock.new_uuid(),
        client_id: client_id.to_owned(),
        secret_hash: [number; 32],
        created_at: bed.clock.now(),
    }
}

async fn session(bed: &Bed, account_id: AccountId) -> SessionId {
    let id = SessionId::generate(&bed.clock);
    let new = NewSession {
        id,
        account_id,
        ip_address: None,
        user_agent: None,
        created_at: bed.now(),
        expires_at: bed.now() + TimeDelta::hours(1),
        kind: SessionKind::Browser,
        amr: vec!["pwd".to_owned()],
        idle_expires_at: None,
    };
    bed.read().await.sessions().insert(&new).await.unwrap();
    id
}

/// A client of tenant A with a secret, and tenant B.
async fn two(bed: &Bed) -> (TenantId, TenantId) {
    let (a, b) = (bed.tenant("aaa").await.id, bed.tenant("bbb").await.id);
    let mut tx = bed.tenant_tx(a).await;
    tx.clients()
        .insert(&new_client(bed, "app", Some(a)))
        .await
        .unwrap();
    tx.client_secrets()
        .insert(&secret(bed, "app", 1))
        .await
        .unwrap();
    tx.tenant_clients()
        .insert(a, "app", bed.clock.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    (a, b)
}

#[tokio::test]
async fn a_client_of_another_tenant_is_absent() {
    let bed = Bed::new().await;
    let (a, b) = two(&bed).await;
    let now = bed.clock.now();
    let mut tx = bed.tenant_tx(b).await;
    assert!(tx.clients().find("app").await.unwrap().is_none());
    assert!(tx.clients().find_known("app").await.unwrap().is_none());
    for whose in [None, Some(a), Some(b)] {
        assert!(tx.clients().list(whose, None, 10).await.unwrap().is_empty());
    }
    let change = ClientChange {
        version: 1,
        settings: settings("stolen"),
    };
    assert!(
        tx.clients()
            .update("app", &change, now)
            .await
            .unwrap()
            .is_none()
    );
    assert!(!tx.clients().set_active("app", false, now).await.unwrap());
    assert!(!tx.clients().remove("app").await.unwrap());
    let refused = tx.client_secrets().insert(&secret(&bed, "app", 2)).await;
    assert!(
        matches!(refused, Err(Error::NotFound { .. })),
        "{refused:?}"
    );
    assert_eq!(
        tx.client_secrets().expire("app", None, now).await.unwrap(),
        0
    );
    assert_eq!(tx.tenant_clients().keep_only("app", &[]).await.unwrap(), 0);
    tx.commit().await.unwrap();
    let mut tx = bed.tenant_tx(a).await;
    let known = tx.clients().find_known("app").await.unwrap().unwrap();
    assert_eq!(known.record.settings, settings("app"));
    assert_eq!(
        (known.secrets.len(), known.secrets[0].expires_at),
        (1, None)
    );
    assert_eq!(known.tenants, [a]);
}

#[tokio::test]
async fn a_tenant_cannot_make_a_client_for_another() {
    let bed = Bed::new().await;
    let (a, b) = two(&bed).await;
    for whose in [None, Some(a)] {
        let mut tx = bed.tenant_tx(b).await;
        assert!(
            tx.clients()
                .insert(&new_client(&bed, "evil", whose))
                .await
                .is_err()
        );
    }
    let mut tx = bed.tenant_tx(b).await;
    let now = bed.clock.now();
    assert!(tx.tenant_clients().insert(a, "app", now).await.is_err());
    drop(tx);
    let mut tx = bed.tenant_tx(b).await;
    let token = NewInitialAccessToken {
        id: bed.clock.new_uuid(),
        tenant_id: Some(a),
        token_hash: [3; 32],
        created_by: None,
        uses: 1,
        created_at: now,
        expires_at: now + TimeDelta::hours(1),
    };
    assert!(tx.initial_access_tokens().insert(&token).await.is_err());
}

#[tokio::test]
async fn a_client_is_changed_from_its_newest_version_only() {
    let bed = Bed::new().await;
    let (a, _) = two(&bed).await;
    let mut tx = bed.tenant_tx(a).await;
    let now = bed.clock.now();
    let mut change = ClientChange {
        version: 1,
        settings: settings("renamed"),
    };
    change.settings.backchannel_logout_uri = None;
    let changed = tx
        .clients()
        .update("app", &change, now)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (changed.version, changed.settings),
        (2, change.settings.clone())
    );
    assert!(
        tx.clients()
            .update("app", &change, now)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn codes_assertions_and_initial_tokens_are_good_once() {
    let bed = Bed::new().await;
    two(&bed).await;
    let now = bed.clock.now();
    let mut read = bed.read().await;
    let hour = now + TimeDelta::hours(1);
    let mut used = read.used_assertions();
    assert!(used.insert(&[1; 32], hour, now).await.unwrap());
    assert!(!used.insert(&[1; 32], hour, now).await.unwrap());
    let later = hour + TimeDelta::seconds(1);
    assert!(used.insert(&[1; 32], later, later).await.unwrap());

    let token = NewInitialAccessToken {
        id: bed.clock.new_uuid(),
        tenant_id: None,
        token_hash: [2; 32],
        created_by: None,
        uses: 1,
        created_at: now,
        expires_at: hour,
    };
    read.initial_access_tokens().insert(&token).await.unwrap();
    let mut tokens = read.initial_access_tokens();
    assert_eq!(tokens.take(&[2; 32], hour).await.unwrap(), None);
    assert_eq!(tokens.take(&[2; 32], now).await.unwrap(), Some(None));
    assert_eq!(tokens.take(&[2; 32], now).await.unwrap(), None);

    let account = bed.account("ada").await;
    let session = session(&bed, account.id).await;
    let code = NewAuthorizationCode {
        code_hash: [4; 32],
        client_id: "app".to_owned(),
        account_id: account.id,
        session_id: session,
        redirect_uri: "https://app.example/cb".to_owned(),
        scopes: vec!["openid".to_owned()],
        resources: Vec::new(),
        claims: None,
        nonce: None,
        code_challenge: None,
        dpop_jkt: None,
        authenticated_at: now,
        amr: vec!["pwd".to_owned()],
        created_at: now,
        expires_at: hour,
    };
    read.authorization_codes().insert(&code).await.unwrap();
    let grant = bed.clock.new_uuid();
    let mut codes = read.authorization_codes();
    assert!(codes.consume(&[4; 32], grant, now).await.unwrap().is_some());
    assert!(
        codes
            .consume(&[4; 32], Uuid::nil(), now)
            .await
            .unwrap()
            .is_none()
    );
    let found = codes.find(&[4; 32]).await.unwrap().unwrap();
    assert_eq!((found.grant_id, found.used_at), (Some(grant), Some(now)));
}

#[tokio::test]
async fn a_grant_rotates_at_its_own_generation_and_while_its_session_lives() {
    let bed = Bed::new().await;
    two(&bed).await;
    let account = bed.account("ada").await;
    let session = session(&bed, account.id).await;
    let now = bed.clock.now();
    let mut read = bed.read().await;
    let new = NewGrant {
        id: bed.clock.new_uuid(),
        client_id: "app".to_owned(),
        account_id: account.id,
        session_id: Some(session),
        is_offline: false,
        scopes: vec!["openid".to_owned()],
        resources: Vec::new(),
        claims: None,
        nonce: None,
        dpop_jkt: Some("key".to_owned()),
        authenticated_at: now,
        amr: vec!["pwd".to_owned()],
        created_at: now,
        expires_at: now + TimeDelta::hours(1),
    };
    read.grants().insert(&new).await.unwrap();
    let mut grants = read.grants();
    for (client, generation, key) in [
        ("other", 0, Some("key")),
        ("app", 1, Some("key")),
        ("app", 0, Some("another")),
        ("app", 0, None),
    ] {
        let refused = grants.rotate(new.id, client, generation, key, now).await;
        assert!(refused.unwrap().is_none(), "{client} {generation} {key:?}");
    }
    let rotated = grants
        .rotate(new.id, "app", 0, Some("key"), now)
        .await
        .unwrap();
    assert_eq!(rotated.unwrap().generation, 1);
    assert!(grants.may_go_on(new.id, now).await.unwrap());
    read.sessions()
        .revoke(account.id, session, "logout", now)
        .await
        .unwrap();
    let mut grants = read.grants();
    assert!(!grants.may_go_on(new.id, now).await.unwrap());
    let ended = grants.rotate(new.id, "app", 1, Some("key"), now).await;
    assert!(ended.unwrap().is_none());
    // The session took it along.
    assert!(
        grants
            .find(new.id)
            .await
            .unwrap()
            .unwrap()
            .revoked_at
            .is_some()
    );
}
