//! Clients, seen by the platform and by tenants; and what is swept.

use bheem_domain::TenantId;
use bheem_oidc_provider::{AdminError, ClientScope, NewClientRequest};
use bheem_persistence::{
    TenantScope,
    repo::{ClientChange, ClientSettings},
};

use crate::support::Bed;

fn request(client_id: Option<&str>) -> NewClientRequest {
    NewClientRequest {
        client_id: client_id.map(str::to_owned),
        settings: Bed::settings("App"),
        tenants: Vec::new(),
    }
}

/// What a tenant may make.
fn plain() -> NewClientRequest {
    let mut request = request(None);
    request.settings.resources.clear();
    request.settings.scopes.retain(|scope| scope != "files");
    request
}

async fn two(bed: &Bed) -> (TenantId, TenantId) {
    (bed.tenant("acme").await, bed.tenant("other").await)
}

#[tokio::test]
async fn a_tenant_sees_and_changes_its_own_clients_only() {
    let bed = Bed::new().await;
    let (acme, other) = two(&bed).await;
    let (acme, other) = (TenantScope::for_run(acme), TenantScope::for_run(other));
    let (ours, theirs) = (ClientScope::Tenant(&acme), ClientScope::Tenant(&other));
    let system = Bed::system();
    let platform = ClientScope::Platform(&system);
    let provider = &bed.provider;
    let made = provider.create_client(ours, plain()).await.unwrap();
    let id = made.record.client_id.as_str();
    assert!(made.record.settings.is_bound && made.secret.is_some());
    let global = provider
        .create_client(platform, request(Some("bheem-docs")))
        .await
        .unwrap();

    for id in [id, global.record.client_id.as_str()] {
        let is_absent = |outcome: Result<(), AdminError>| {
            assert!(matches!(outcome, Err(AdminError::NotFound)), "{outcome:?}");
        };
        let change = ClientChange {
            version: 1,
            settings: Bed::settings("Stolen"),
        };
        is_absent(provider.client(theirs, id).await.map(drop));
        is_absent(
            provider
                .update_client(theirs, id, change, None)
                .await
                .map(drop),
        );
        is_absent(
            provider
                .set_client_active(theirs, id, false)
                .await
                .map(drop),
        );
        let rotated = provider.rotate_client_secret(theirs, id, std::time::Duration::ZERO);
        is_absent(rotated.await.map(drop));
        is_absent(provider.remove_client(theirs, id).await);
    }
    let (list, _) = provider.clients(theirs, None, 10).await.unwrap();
    assert!(list.is_empty());
    let (list, _) = provider.clients(ours, None, 10).await.unwrap();
    assert_eq!(list.len(), 1);
    let (list, _) = provider.clients(platform, None, 10).await.unwrap();
    assert_eq!(list.len(), 2);
}

#[tokio::test]
async fn a_tenant_cannot_give_its_clients_what_is_the_platforms() {
    type Change = fn(&mut ClientSettings);
    let bed = Bed::new().await;
    let (acme, _) = two(&bed).await;
    let (scope, system) = (TenantScope::for_run(acme), Bed::system());
    let (ours, platform) = (ClientScope::Tenant(&scope), ClientScope::Platform(&system));
    let too_much: [(&str, Change); 3] = [
        ("is_first_party", |s| s.is_first_party = true),
        ("resources", |s| {
            s.resources = vec!["https://files.example".to_owned()];
        }),
        ("scope", |s| s.scopes.push("files".to_owned())),
    ];
    for (field, change) in too_much {
        let mut wanted = plain();
        change(&mut wanted.settings);
        let refused = bed.provider.create_client(ours, wanted).await;
        assert!(
            matches!(refused, Err(AdminError::Invalid(invalid)) if invalid.field == field),
            "{field}"
        );
    }
    let made = bed.provider.create_client(ours, plain()).await.unwrap();
    let id = made.record.client_id.as_str();
    let mut settings = made.record.settings.clone();
    settings.resources = vec!["https://files.example".to_owned()];
    let change = |version| ClientChange {
        version,
        settings: settings.clone(),
    };
    let refused = bed.provider.update_client(ours, id, change(1), None).await;
    assert!(matches!(refused, Err(AdminError::Invalid(invalid)) if invalid.field == "resources"));
    let given = bed.provider.update_client(platform, id, change(1), None);
    given.await.unwrap();
    // What the platform gave it, it keeps.
    let kept = bed.provider.update_client(ours, id, change(2), None).await;
    assert_eq!(kept.unwrap().settings.resources, ["https://files.example"]);
}

#[tokio::test]
async fn names_are_taken_once_and_changes_meet() {
    let bed = Bed::new().await;
    let scope = Bed::system();
    let platform = ClientScope::Platform(&scope);
    let provider = &bed.provider;
    provider
        .create_client(platform, request(Some("bheem-docs")))
        .await
        .unwrap();
    let taken = provider
        .create_client(platform, request(Some("bheem-docs")))
        .await;
    assert!(matches!(taken, Err(AdminError::Taken)));
    let odd = provider.create_client(platform, request(Some("a b"))).await;
    assert!(matches!(odd, Err(AdminError::Invalid(invalid)) if invalid.field == "client_id"));
    let mut nowhere = request(None);
    nowhere.tenants = vec![TenantId::generate(&bed.clock)];
    let refused = provider.create_client(platform, nowhere).await;
    assert!(matches!(refused, Err(AdminError::Invalid(invalid)) if invalid.field == "tenants"));
    let change = |name: &str| ClientChange {
        version: 1,
        settings: Bed::settings(name),
    };
    let changed = provider
        .update_client(platform, "bheem-docs", change("One"), None)
        .await;
    assert_eq!(changed.unwrap().version, 2);
    let late = provider
        .update_client(platform, "bheem-docs", change("Two"), None)
        .await;
    assert!(matches!(late, Err(AdminError::Conflict)));
}

#[tokio::test]
async fn pages_of_clients_follow_one_another() {
    let bed = Bed::new().await;
    for name in ["a", "b", "c", "d", "e"] {
        bed.client(name).await;
    }
    let scope = Bed::system();
    let platform = ClientScope::Platform(&scope);
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let (page, next) = bed
            .provider
            .clients(platform, after.as_ref(), 2)
            .await
            .unwrap();
        seen.extend(page.into_iter().map(|record| record.client_id));
        match next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 5);
}

#[tokio::test]
async fn what_has_lapsed_is_swept_a_batch_at_a_time() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    for _ in 0..3 {
        bed.tokens(&app, ada, &["openid"]).await;
    }
    assert_eq!(bed.provider.sweep(2).await.unwrap(), 0);
    bed.pass(40 * 24 * 3_600);
    assert_eq!(bed.provider.sweep(2).await.unwrap(), 2);
    assert_eq!(bed.provider.sweep(2).await.unwrap(), 1);
    assert_eq!(bed.provider.sweep(2).await.unwrap(), 0);
}
