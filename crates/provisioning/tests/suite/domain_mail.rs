//! Mail on a proven domain.

use bheem_domain::provisioning::ProvisioningStatus;
use bheem_mailcow::CreateDomain;
use bheem_persistence::repo::Purpose;
use bheem_saga::RunState;
use uuid::Uuid;

use crate::support::{EVERYTHING, Options, Tenant, World, list, text};

/// Enqueues the run for a proven domain.
pub(crate) async fn enable(world: &World, tenant: Tenant, name: &str) -> Uuid {
    let domain = world.proven_domain(tenant, name).await;
    let run = world
        .planner
        .enable_domain_mail(tenant.id, domain, "test")
        .unwrap();
    world.enqueue_system(&run.unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_domain_is_made_and_its_key_is_to_be_published() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let run = enable(&world, tenant, "acme.test").await;
    let outcome = world.outcome(run).await;
    assert_eq!(outcome.status, ProvisioningStatus::Success);
    assert!(outcome.provisioned().is_empty());
    let domain = world.mailcow.domains().find("acme.test").await.unwrap();
    let domain = domain.unwrap();
    assert!(domain.tags.contains(&format!("bheem-tenant:{}", tenant.id)));
    let mut tx = world.tenant_tx(tenant).await;
    let domains = tx.domains().list().await.unwrap();
    let records = tx.domains().records(&[domains[0].id]).await.unwrap();
    let dkim = records
        .iter()
        .find(|record| record.purpose == Purpose::Dkim)
        .unwrap();
    assert_eq!(dkim.record_type, "TXT");
    assert_eq!(dkim.name, "dkim._domainkey.acme.test");
    assert!(dkim.value.starts_with("v=DKIM1"), "{}", dkim.value);
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_room_for_the_mailbox_of_every_seat() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let run = enable(&world, tenant, "acme.test").await;
    world.settled(run).await;
    for name in ["a", "b", "c", "d", "e"] {
        let person = world
            .add(tenant, &format!("{name}@acme.test"), EVERYTHING)
            .await;
        let view = world.settled(person.run).await;
        assert_eq!(view.state, RunState::Succeeded, "{view:#?}");
    }
    assert_eq!(world.mailboxes().len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_waits_for_the_domain_that_is_still_being_set_up() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let domain = world.proven_domain(tenant, "acme.test").await;
    // As when somebody deletes the domain at the mail server after it was set up.
    world.note_mail(tenant, domain).await;
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    world
        .until(john.run, |view| {
            let step = view.step("mailbox").unwrap();
            step.error.is_some() && step.attempt > 1
        })
        .await;
    let run = world
        .planner
        .enable_domain_mail(tenant.id, domain, "test")
        .unwrap();
    world.enqueue_system(&run.unwrap()).await;
    let view = world.settled(john.run).await;
    assert_eq!(view.state, RunState::Succeeded, "{view:#?}");
    world.assert_complete(john, "john@acme.test");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_that_is_not_the_tenants_is_never_touched() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let foreign = CreateDomain::new("acme.test").description("somebody else's");
    world.mailcow.domains().create(&foreign).await.unwrap();
    let before = list(&world.sandbox.mailcow, "domains");
    let run = enable(&world, tenant, "acme.test").await;
    let view = world.settled(run).await;
    assert_eq!(view.state, RunState::Stuck);
    let error = view.step("mailcow_domain").unwrap().error.clone().unwrap();
    assert_eq!(error.code, "conflict");
    assert_eq!(list(&world.sandbox.mailcow, "domains"), before);
    let outcome = world.outcome(run).await;
    assert_eq!(outcome.status, ProvisioningStatus::Partial);
    assert!(outcome.errors[0].starts_with("Mailbox: "), "{outcome:?}");
    // Once an operator has seen to it, the same run sets the domain up.
    let domains = world.mailcow.domains();
    domains.delete("acme.test").await.unwrap();
    world.store.retry(run, "test").await.unwrap();
    let outcome = world.outcome(run).await;
    assert_eq!(outcome.status, ProvisioningStatus::Success);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_domain_never_reaches_the_mail_server() {
    let world = World::idle(Options::default()).await;
    let tenant = world.tenant("acme").await;
    let domain = world.proven_domain(tenant, "acme.test").await;
    let run = world
        .planner
        .enable_domain_mail(tenant.id, domain, "test")
        .unwrap();
    let run = world.enqueue_system(&run.unwrap()).await;
    let mut tx = world.tenant_tx(tenant).await;
    tx.domains().remove(domain).await.unwrap();
    tx.commit().await.unwrap();
    let mut world = world;
    world.work();
    let view = world.settled(run).await;
    assert_eq!(view.state, RunState::Undone);
    assert_eq!(view.error.unwrap().code, "domain_removed");
    assert!(list(&world.sandbox.mailcow, "domains").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unproven_domain_never_reaches_the_mail_server() {
    let mut world = World::idle(Options::default()).await;
    let tenant = world.tenant("acme").await;
    let domain = world.proven_domain(tenant, "acme.test").await;
    let run = world
        .planner
        .enable_domain_mail(tenant.id, domain, "test")
        .unwrap();
    let run = world.enqueue_system(&run.unwrap()).await;
    world.note(tenant, domain, false).await;
    world.work();
    world
        .until(run, |view| {
            let step = view.step("mailcow_domain").unwrap();
            step.error.is_some() && step.attempt > 1
        })
        .await;
    assert!(list(&world.sandbox.mailcow, "domains").is_empty());
    // The records are back: the run goes on by itself.
    world.note(tenant, domain, true).await;
    let outcome = world.outcome(run).await;
    assert_eq!(outcome.status, ProvisioningStatus::Success);
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_it_back_removes_the_domain_it_made_and_none_in_use() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    // The key never comes, so that the run can be taken back half way.
    let no_key = bheem_sandbox::Fault {
        times: Some(0),
        ..crate::support::fault(
            "GET",
            "/api/v1/get/dkim",
            bheem_sandbox::FaultAction::Garbage,
        )
    };
    for (name, is_used) in [("empty.test", false), ("used.test", true)] {
        world.sandbox.mailcow.fault(no_key.clone());
        let run = enable(&world, tenant, name).await;
        world
            .until(run, |view| view.step("dkim").unwrap().error.is_some())
            .await;
        if is_used {
            let mailbox = bheem_mailcow::CreateMailbox::new("john", name);
            world.mailcow.mailboxes().create(&mailbox).await.unwrap();
        }
        crate::support::insist(|| world.store.unwind(run, "test")).await;
        world.sandbox.mailcow.clear_faults();
        let view = world.settled(run).await;
        assert_eq!(view.state, RunState::Undone, "{view:#?}");
        let found = world.mailcow.domains().find(name).await.unwrap();
        assert_eq!(found.is_some(), is_used, "{name}");
    }
    assert_eq!(text(&world.mailboxes()[0]["username"]), "john@used.test");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mail_server_there_is_nothing_to_do() {
    let world = World::with(Options {
        has_mailcow: false,
        ..Options::default()
    })
    .await;
    let tenant = world.tenant("acme").await;
    let domain = world.proven_domain(tenant, "acme.test").await;
    let run = world
        .planner
        .enable_domain_mail(tenant.id, domain, "test")
        .unwrap();
    assert!(run.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_is_enabled_only_once_the_mail_server_has_the_domain() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let down = crate::support::fault("*", "/api/v1/add/domain", bheem_sandbox::FaultAction::Fail);
    world.sandbox.mailcow.fault(bheem_sandbox::Fault {
        times: Some(0),
        ..down
    });
    let run = enable(&world, tenant, "acme.test").await;
    world
        .until(run, |view| {
            view.step("mailcow_domain").unwrap().error.is_some()
        })
        .await;
    assert!(!is_enabled(&world, tenant).await);
    world.sandbox.mailcow.clear_faults();
    world.settled(run).await;
    assert!(is_enabled(&world, tenant).await);
}

async fn is_enabled(world: &World, tenant: Tenant) -> bool {
    let mut tx = world.tenant_tx(tenant).await;
    tx.domains().list().await.unwrap()[0].mail_enabled
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tenants_domain_is_taken_over_with_its_mailboxes_closed() {
    let world = World::new().await;
    let (old, next) = (world.mail_tenant("old").await, world.tenant("next").await);
    let john = world.add(old, "john@old.test", EVERYTHING).await;
    world.settled(john.run).await;
    let mut tx = world.tenant_tx(old).await;
    let id = tx.domains().list().await.unwrap()[0].id;
    tx.domains().remove(id).await.unwrap();
    tx.commit().await.unwrap();

    let run = enable(&world, next, "old.test").await;
    let view = world.settled(run).await;
    assert_eq!(view.state, RunState::Succeeded, "{view:#?}");
    let domain = world.mailcow.domains().find("old.test").await.unwrap();
    let domain = domain.unwrap();
    assert!(domain.is_active);
    assert!(domain.tags.contains(&format!("bheem-tenant:{}", next.id)));
    assert!(!domain.tags.contains(&format!("bheem-tenant:{}", old.id)));
    let mailbox = &world.mailboxes()[0];
    let aside = format!("closed-{}@old.test", john.member.as_uuid().simple());
    assert_eq!(mailbox["username"], aside.as_str());
    assert_eq!(mailbox["active"], 0);
    assert!(world.app_passwords().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_with_the_tag_of_nobody_known_stays_foreign() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let unknown = "bheem-tenant:00000000-0000-7000-8000-000000000000";
    let foreign = CreateDomain::new("acme.test").tag(unknown);
    world.mailcow.domains().create(&foreign).await.unwrap();
    let before = list(&world.sandbox.mailcow, "domains");
    let run = enable(&world, tenant, "acme.test").await;
    let view = world.settled(run).await;
    assert_eq!(view.state, RunState::Stuck);
    assert_eq!(list(&world.sandbox.mailcow, "domains"), before);
    assert!(!is_enabled(&world, tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_is_given_up_with_its_mail_closed_and_its_row_last() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    world.settled(john.run).await;
    let name = bheem_domain::DomainName::parse("acme.test").unwrap();
    let mut tx = world.tenant_tx(tenant).await;
    let id = tx.domains().list().await.unwrap()[0].id;
    let run = world
        .planner
        .disable_domain_mail(tenant.id, id, &name)
        .unwrap();
    let run = tx.runs().enqueue(&run).await.unwrap().run_id;
    let now = world.database.clock().now();
    let closing = tx.domains().begin_closing(id, run.into(), now).await;
    closing.unwrap();
    tx.commit().await.unwrap();
    let view = world.settled(run).await;
    assert_eq!(view.state, RunState::Succeeded, "{view:#?}");
    let domain = world.mailcow.domains().find("acme.test").await.unwrap();
    assert!(!domain.unwrap().is_active);
    assert_eq!(world.mailboxes()[0]["active"], 0);
    assert!(world.app_passwords().is_empty());
    let mut tx = world.tenant_tx(tenant).await;
    assert!(tx.domains().list().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_without_a_key_gets_one_and_a_rotated_one_is_expected() {
    let world = World::new().await;
    let template = serde_json::json!({"template_without_dkim": true});
    assert!(world.sandbox.mailcow.set_options(&template));
    let tenant = world.tenant("acme").await;
    let run = enable(&world, tenant, "acme.test").await;
    let view = world.settled(run).await;
    assert_eq!(view.state, RunState::Succeeded, "{view:#?}");
    let expected = async || {
        let mut tx = world.tenant_tx(tenant).await;
        let domains = tx.domains().list().await.unwrap();
        let records = tx.domains().records(&[domains[0].id]).await.unwrap();
        let dkim = records
            .into_iter()
            .find(|record| record.purpose == Purpose::Dkim);
        (domains[0].id, dkim.unwrap())
    };
    let (id, first) = expected().await;
    assert_eq!(first.name, "dkim._domainkey.acme.test");
    // Somebody rotates the key at the mail server.
    world.mailcow.delete_dkim("acme.test").await.unwrap();
    world
        .mailcow
        .create_dkim("acme.test", "s2", 2048)
        .await
        .unwrap();
    let run = world
        .planner
        .enable_domain_mail(tenant.id, id, "again")
        .unwrap();
    let run = world.enqueue_system(&run.unwrap()).await;
    world.settled(run).await;
    let (_, second) = expected().await;
    assert_eq!(second.name, "s2._domainkey.acme.test");
    assert_ne!(second.value, first.value);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_is_made_larger_when_mailboxes_are() {
    let mut options = Options::default();
    options.config.mailbox_quota_mb = 20_480;
    let world = World::with(options).await;
    let tenant = world.mail_tenant("acme").await;
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    let view = world.settled(john.run).await;
    assert_eq!(view.state, RunState::Succeeded, "{view:#?}");
    let domain = world
        .mailcow
        .domains()
        .find("acme.test")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(domain.max_mailbox_quota_bytes, Some(20_480 * 1_048_576));
    assert_eq!(
        domain.quota_bytes,
        Some(10_240_000 * 1_048_576),
        "it was large enough"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_mailbox_is_made_in_a_domain_that_is_foreign() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let domain = world.proven_domain(tenant, "acme.test").await;
    world.note_mail(tenant, domain).await;
    let foreign = CreateDomain::new("acme.test");
    world.mailcow.domains().create(&foreign).await.unwrap();
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    world
        .until(john.run, |view| {
            let step = view.step("mailbox").unwrap();
            step.error
                .as_ref()
                .is_some_and(|error| error.code == "domain_foreign")
        })
        .await;
    assert!(world.mailboxes().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_made_mailbox_is_shown_and_not_taken_for_done() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    world.sandbox.mailcow.fault(crate::support::fault(
        "POST",
        "/api/v1/add/mailbox",
        bheem_sandbox::FaultAction::DieHalfway,
    ));
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    world
        .until(john.run, |view| {
            let error = view.step("mailbox").unwrap().error.clone();
            error.is_some_and(|error| error.detail.contains("only half"))
        })
        .await;
}
