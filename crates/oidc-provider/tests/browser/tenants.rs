use bheem_domain::{Clock, EmailAddress, MemberId, Slug, TenantId, TenantRole};
use bheem_oidc_provider::{ClientScope, NewClientRequest};
use bheem_persistence::{
    TenantScope,
    repo::{ClientSettings, NewMember, NewTenant, TenantChange},
};
use serde_json::json;

use crate::support::{
    App, Bed, Person, authorize, code, header, leads_to, location, refused, text,
};

async fn tenant(bed: &Bed, slug: &str) -> TenantId {
    let id = TenantId::generate(&bed.clock);
    let mut tx = bed.database.system(&Bed::system()).await.unwrap();
    let plan = tx.plans().list().await.unwrap().remove(0);
    tx.tenants()
        .insert(&NewTenant {
            id,
            name: slug.to_owned(),
            slug: Slug::parse(slug).unwrap(),
            domain: None,
            owner_email: EmailAddress::parse("owner@people.example").unwrap(),
            owner_name: None,
            plan: plan.code,
            quotas: plan.quotas,
            trial_ends_at: None,
            created_by: None,
            created_at: bed.clock.now(),
        })
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

async fn change(bed: &Bed, tenant: TenantId, change: TenantChange) {
    let scope = TenantScope::for_run(tenant);
    let mut tx = bed.database.tenant(&scope).await.unwrap();
    tx.tenant().update(&change).await.unwrap();
    tx.commit().await.unwrap();
}

async fn join(bed: &Bed, tenant: TenantId, person: &Person) {
    let scope = TenantScope::for_run(tenant);
    let mut tx = bed.database.tenant(&scope).await.unwrap();
    tx.members()
        .insert(&NewMember {
            id: MemberId::generate(&bed.clock),
            user_id: person.id,
            email: EmailAddress::parse(&format!("{}@people.example", person.name)).unwrap(),
            name: "Somebody".to_owned(),
            personal_email: None,
            role: TenantRole::Member,
            is_confirmed: true,
            provisioned_by: "admin",
            invited_by: None,
            invited_at: None,
            joined_at: Some(bed.clock.now()),
            created_at: bed.clock.now(),
        })
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn bound(bed: &Bed, tenants: Vec<TenantId>) -> App {
    let request = NewClientRequest {
        client_id: None,
        settings: ClientSettings {
            is_first_party: true,
            is_bound: true,
            ..Bed::settings("App")
        },
        tenants,
    };
    let scope = Bed::system();
    let created = bed
        .provider
        .create_client(ClientScope::Platform(&scope), request);
    App {
        id: created.await.unwrap().record.client_id,
        secret: None,
    }
}

#[tokio::test]
async fn only_members_of_its_open_tenants_use_a_bound_client() {
    let bed = Bed::new().await;
    let (ours, theirs) = (tenant(&bed, "ours").await, tenant(&bed, "theirs").await);
    let app = bound(&bed, vec![ours]).await;
    let (ada, bob) = (bed.person("ada").await, bed.person("bob").await);
    join(&bed, ours, &ada).await;
    join(&bed, theirs, &bob).await;
    let mut adas = bed.signed_in(&ada).await;
    code(&adas.get(&authorize(&app, "")).await);
    let mut bobs = bed.signed_in(&bob).await;
    assert_eq!(
        refused(&bobs.get(&authorize(&app, "")).await),
        "access_denied"
    );
    let suspended = TenantChange {
        suspension: Some(Some("unpaid".to_owned())),
        ..TenantChange::default()
    };
    change(&bed, ours, suspended).await;
    let answer = adas.get(&authorize(&app, "")).await;
    assert_eq!((answer.status, header(&answer, "location")), (400, None));
}

#[tokio::test]
async fn a_client_of_one_tenant_looks_like_it() {
    let bed = Bed::new().await;
    let acme = tenant(&bed, "acme").await;
    let app = bound(&bed, vec![acme]).await;
    for (settings, name, colour) in [
        (
            json!({"brand_name": "ACME <b>", "brand_color": "#C0FFEE"}),
            "ACME &#60;b&#62;",
            Some("brand-c0ffee.css"),
        ),
        (json!({"brand_color": "red;} *{"}), "acme", None),
        (json!({"brand_name": 7}), "acme", None),
    ] {
        let settings = TenantChange {
            settings: Some(settings),
            ..TenantChange::default()
        };
        change(&bed, acme, settings).await;
        let mut browser = bed.browser();
        let asked = browser.get(&authorize(&app, "")).await;
        let html = text(&browser.follow(&asked).await);
        assert!(html.contains(&format!("<span>{name}</span>")), "{html}");
        assert_eq!(html.contains("brand-"), colour.is_some(), "{html}");
        assert!(colour.is_none_or(|colour| html.contains(colour)), "{html}");
    }
}

#[tokio::test]
async fn a_tenant_that_wants_a_second_factor_has_it_set_up_on_the_way() {
    let bed = Bed::new().await;
    let acme = tenant(&bed, "acme").await;
    let app = bound(&bed, vec![acme]).await;
    let ada = bed.person("ada").await;
    join(&bed, acme, &ada).await;
    let mut before = bed.signed_in(&ada).await;
    let strict = TenantChange {
        requires_second_factor: Some(true),
        ..TenantChange::default()
    };
    change(&bed, acme, strict).await;
    // Who is signed in is sent to prove more, and having nothing to prove it by, to the password.
    let asked = before.get(&authorize(&app, "")).await;
    leads_to(&asked, "/login/second-factor");
    let login = before.follow(&asked).await;
    leads_to(&login, "/login");
    let page = before.follow(&login).await;
    let asked = before.sign_in(&page, &ada).await;
    leads_to(&asked, "/login/enrol");
    let page = before.follow(&asked).await;
    let html = text(&page);
    assert!(html.contains("Your workspace requires a second factor"));
    let secret = html.split_once("<span class=\"show\">").unwrap().1;
    let secret = secret.split_once("</span>").unwrap().0;
    let shown = crate::factors::shown(&bed, secret);
    let codes = before.submit(&page, &[("code", &shown)]).await;
    let html = text(&codes);
    assert!(html.contains("Recovery codes"), "{html}");
    let onward = html.split_once("<a class=\"button\" href=\"").unwrap().1;
    let onward = onward.split_once('"').unwrap().0;
    let done = before.get(onward).await;
    assert!(location(&done).contains("code="));
    code(&done);
    let living = bed.identity.sessions(ada.id).await.unwrap();
    assert_eq!(living.len(), 1, "the session was raised");
}
