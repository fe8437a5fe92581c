//! Permanent refusals: before the point of no return nothing is left, after it the rest is given and a person decides.

use bheem_domain::provisioning::ProvisioningStatus;
use bheem_mailcow::UpdateDomain;
use bheem_persistence::repo::{MemberChange, TenantChange};
use bheem_provisioning::{ServiceStatus, outcome};
use bheem_saga::RunState;
use bheem_sandbox::{Fault, FaultAction};

use crate::support::{EVERYTHING, Options, Person, World, fault};

/// Nothing is left of somebody who was refused.
async fn assert_nothing_left(world: &World, john: Person, code: &str) {
    let view = world.settled(john.run).await;
    assert_eq!(view.state, RunState::Undone, "{view:#?}");
    assert_eq!(view.error.as_ref().unwrap().code, code);
    let outcome = outcome(&view);
    assert_eq!(outcome.status, ProvisioningStatus::Failed);
    assert!(outcome.provisioned().is_empty(), "{outcome:?}");
    assert!(outcome.errors[0].starts_with("Workspace: "), "{outcome:?}");
    assert!(world.member(john).await.is_none());
    assert!(world.account(john.account).await.is_none());
    assert!(world.mailboxes().is_empty() && world.users().is_empty());
    assert!(world.messages().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_somebody_added_to_a_suspended_workspace() {
    let mut world = World::idle(Options::default()).await;
    let tenant = world.mail_tenant("acme").await;
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    let mut tx = world.tenant_tx(tenant).await;
    let change = TenantChange {
        suspension: Some(Some("unpaid".to_owned())),
        ..TenantChange::default()
    };
    tx.tenant().update(&change).await.unwrap();
    tx.commit().await.unwrap();
    world.work();
    assert_nothing_left(&world, john, "tenant_suspended").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_somebody_whose_account_was_disabled() {
    let mut world = World::idle(Options::default()).await;
    let tenant = world.mail_tenant("acme").await;
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    let mut tx = world.tenant_tx(tenant).await;
    tx.accounts().set_active(john.account, false).await.unwrap();
    tx.commit().await.unwrap();
    world.work();
    assert_nothing_left(&world, john, "account_disabled").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_somebody_who_was_removed_before_the_run_began() {
    let mut world = World::idle(Options::default()).await;
    let tenant = world.mail_tenant("acme").await;
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    let mut tx = world.tenant_tx(tenant).await;
    let change = MemberChange {
        is_active: Some(false),
        ..MemberChange::default()
    };
    tx.members().update(john.member, &change).await.unwrap();
    tx.commit().await.unwrap();
    world.work();
    assert_nothing_left(&world, john, "member_removed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_in_use_survives_a_refusal() {
    let mut world = World::idle(Options::default()).await;
    let tenant = world.mail_tenant("acme").await;
    let owner = world
        .add_account(tenant, tenant.owner, "olivia@acme.test")
        .await;
    let mut tx = world.tenant_tx(tenant).await;
    let change = TenantChange {
        suspension: Some(Some("unpaid".to_owned())),
        ..TenantChange::default()
    };
    tx.tenant().update(&change).await.unwrap();
    tx.commit().await.unwrap();
    world.work();
    let view = world.settled(owner.run).await;
    assert_eq!(view.state, RunState::Undone);
    assert!(world.member(owner).await.is_none());
    assert!(world.account(tenant.owner).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_at_the_mail_server_leaves_the_rest_and_a_retry_completes_it() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    let domains = world.mailcow.domains();
    let none = UpdateDomain::new().max_mailboxes(0);
    domains.update("acme.test", &none).await.unwrap();
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    let view = world.settled(john.run).await;
    assert_eq!(view.state, RunState::Stuck, "{view:#?}");
    let error = view.step("mailbox").unwrap().error.clone().unwrap();
    assert_eq!(error.code, "limit_reached");
    let before = outcome(&view);
    assert_eq!(before.status, ProvisioningStatus::Partial);
    assert_eq!(before.provisioned(), ["workspace", "nextcloud"]);
    let mailbox = &before.services[1];
    assert_eq!(
        (mailbox.service, mailbox.status),
        ("mailbox", ServiceStatus::Failed)
    );
    assert!(world.member(john).await.unwrap().is_confirmed);
    assert!(world.messages().is_empty(), "invited before all was there");

    let many = UpdateDomain::new().max_mailboxes(10);
    domains.update("acme.test", &many).await.unwrap();
    world.store.retry(john.run, "test").await.unwrap();
    let after = world.outcome(john.run).await;
    assert_eq!(after.status, ProvisioningStatus::Success);
    assert!(after.errors.is_empty(), "{after:?}");
    world.assert_complete(john, "john@acme.test");
}

/// Each service is refused for good once; the run names it, and completes when a person says so.
#[tokio::test(flavor = "multi_thread")]
async fn each_refused_service_is_named_and_completed_by_a_retry() {
    let world = World::new().await;
    let requests = [
        ("nextcloud", 2, "POST", "/ocs/v2.php/cloud/users", 400),
        ("nextcloud", 2, "MKCALENDAR", "/remote.php/dav", 400),
        ("notify", 3, "POST", "/api/v1/email", 422),
    ];
    for (at, (service, index, method, path, status)) in requests.into_iter().enumerate() {
        let slug = format!("t{at}");
        let tenant = world.mail_tenant(&slug).await;
        let refuse = Fault {
            status: Some(status),
            ..fault(method, path, FaultAction::Fail)
        };
        let peers = world.sandbox.peers();
        let peer = peers.into_iter().find(|peer| peer.name == service).unwrap();
        peer.fault(refuse);
        let address = format!("john@{slug}.test");
        let john = world.add(tenant, &address, EVERYTHING).await;
        let before = world.outcome(john.run).await;
        assert_eq!(before.status, ProvisioningStatus::Partial, "{path}");
        let failed = &before.services[index];
        assert_eq!(
            (failed.service, failed.status),
            (service, ServiceStatus::Failed)
        );
        assert!(!before.provisioned().contains(&service));
        assert!(before.provisioned().contains(&"mailbox"));
        assert_eq!(before.errors.len(), 1, "{before:?}");
        world.store.retry(john.run, "test").await.unwrap();
        let after = world.outcome(john.run).await;
        assert_eq!(after.status, ProvisioningStatus::Success, "{path}");
        world.assert_complete(john, &address);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_an_operator_leaves_out_is_skipped_with_the_reason() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    let refuse = Fault {
        status: Some(422),
        ..fault("POST", "/api/v1/email", FaultAction::Fail)
    };
    world.sandbox.notify.fault(refuse);
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    world.settled(john.run).await;
    let reason = "told by telephone";
    let skipped = world.store.skip(john.run, "invitation", reason, "test");
    skipped.await.unwrap();
    let outcome = world.outcome(john.run).await;
    assert_eq!(outcome.status, ProvisioningStatus::Success);
    assert_eq!(outcome.services[3].status, ServiceStatus::Skipped);
    assert_eq!(outcome.services[3].reason.as_deref(), Some(reason));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_run_has_failed() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    let refuse = Fault {
        status: Some(422),
        ..fault("POST", "/api/v1/email", FaultAction::Fail)
    };
    world.sandbox.notify.fault(refuse);
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    world.settled(john.run).await;
    let abandoned = world.store.abandon(john.run, "the address is gone", "test");
    abandoned.await.unwrap();
    let outcome = world.outcome(john.run).await;
    assert_eq!(outcome.status, ProvisioningStatus::Failed);
    assert!(!outcome.errors.is_empty());
}
