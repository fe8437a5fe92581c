//! Taking services away: everything is closed, nothing is deleted, and it opens again.

use bheem_domain::provisioning::ProvisioningStatus;
use bheem_mailcow::{CreateAppPassword, CreateMailbox, UpdateMailbox};
use bheem_persistence::repo::{MemberChange, NewSession, SessionKind};
use bheem_provisioning::ServiceStatus;
use bheem_saga::RunState;
use bheem_sandbox::{Fault, FaultAction};
use chrono::TimeDelta;
use uuid::Uuid;

use crate::support::{EVERYTHING, Person, World, fault};

/// Takes the seat, as the API does, and enqueues the run.
pub(crate) async fn remove(world: &World, person: Person) -> Uuid {
    let mut tx = world.tenant_tx(person.tenant).await;
    set_active(&mut tx, person, false).await;
    let member = tx.members().find(person.member).await.unwrap().unwrap();
    let domains = tx.domains().list().await.unwrap();
    let domains: Vec<_> = domains.into_iter().map(|domain| domain.domain).collect();
    let run = world
        .planner
        .deprovision_member(person.tenant.id, &member, &domains)
        .unwrap();
    let run = tx.runs().enqueue(&run).await.unwrap().run_id;
    tx.commit().await.unwrap();
    run
}

/// Gives the seat back, as the API does.
async fn give_back(world: &World, person: Person) -> Person {
    let mut tx = world.tenant_tx(person.tenant).await;
    tx.accounts()
        .set_active(person.account, true)
        .await
        .unwrap();
    set_active(&mut tx, person, true).await;
    let member = tx.members().find(person.member).await.unwrap().unwrap();
    let account = tx.accounts().find(person.account).await.unwrap().unwrap();
    let again = world
        .enqueue(&mut tx, person.tenant, &member, &account, EVERYTHING)
        .await;
    tx.commit().await.unwrap();
    again
}

async fn set_active(tx: &mut bheem_persistence::TenantTx, person: Person, is_active: bool) {
    let change = MemberChange {
        is_active: Some(is_active),
        ..MemberChange::default()
    };
    tx.members().update(person.member, &change).await.unwrap();
}

/// The mailbox is closed and the account at Nextcloud disabled; both are still there.
pub(crate) fn assert_closed(world: &World, person: Person, address: &str) {
    let mailboxes = world.mailboxes();
    let mailbox = mailboxes.iter().find(|one| one["username"] == address);
    assert_eq!(mailbox.expect("the mailbox stays")["active"], 0);
    let user = world.user(person.account).expect("the account stays");
    assert_eq!(user["enabled"], false);
    let group = format!("tenant-{}", person.tenant.id);
    assert!(!user["groups"].to_string().contains(&group), "{user}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_closed_and_nothing_deleted() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    world.settled(john.run).await;
    let now = world.database.clock().now();
    let mut tx = world.tenant_tx(tenant).await;
    let session = NewSession {
        id: bheem_domain::SessionId::generate(&bheem_domain::SystemClock),
        account_id: john.account,
        ip_address: None,
        user_agent: None,
        created_at: now,
        expires_at: now + TimeDelta::days(1),
        kind: SessionKind::Api,
        amr: vec!["pwd".to_owned()],
        idle_expires_at: None,
    };
    tx.sessions().insert(&session).await.unwrap();
    tx.commit().await.unwrap();

    let run = remove(&world, john).await;
    let outcome = world.outcome(run).await;
    assert_eq!(outcome.status, ProvisioningStatus::Success);
    assert!(outcome.provisioned().is_empty(), "nothing was given");
    assert_eq!(outcome.services.len(), 3);
    assert_closed(&world, john, "john@acme.test");
    assert_eq!(world.calendars(john.account).len(), 1);
    assert!(world.app_passwords().is_empty(), "not even our own stays");
    assert!(!world.account(john.account).await.unwrap().is_active);
    let mut tx = world.tenant_tx(tenant).await;
    let sessions = tx.sessions().list(john.account, now).await.unwrap();
    assert!(sessions.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_closed_opens_again_with_the_same_things() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    world.settled(john.run).await;
    let run = remove(&world, john).await;
    world.settled(run).await;
    let again = give_back(&world, john).await;
    let view = world.settled(again.run).await;
    assert_eq!(view.state, RunState::Succeeded, "{view:#?}");
    assert_eq!(world.mailboxes().len(), 1);
    assert_eq!(world.mailboxes()[0]["active"], 1);
    assert_eq!(world.app_passwords().len(), 1);
    assert_eq!(world.users().len(), 1);
    world.assert_files(john);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_leaves_one_tenant_and_keeps_their_account() {
    let world = World::new().await;
    let (one, two) = (
        world.mail_tenant("one").await,
        world.mail_tenant("two").await,
    );
    let john = world.add(one, "john@one.test", EVERYTHING).await;
    world.settled(john.run).await;
    let also = world.add_account(two, john.account, "john@two.test").await;
    world.settled(also.run).await;
    let run = remove(&world, also).await;
    let view = world.settled(run).await;
    assert_eq!(view.state, RunState::Succeeded, "{view:#?}");
    world.assert_files(john);
    let user = world.user(john.account).unwrap();
    assert!(!user["groups"].to_string().contains(&two.id.to_string()));
    assert!(world.account(john.account).await.unwrap().is_active);
    let active = |address: &str| {
        let mailboxes = world.mailboxes();
        let found = mailboxes.iter().find(|one| one["username"] == address);
        found.unwrap()["active"] == 1
    };
    assert!(active("john@one.test") && !active("john@two.test"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tenant_that_manages_an_account_closes_it_everywhere() {
    let world = World::new().await;
    let (one, two) = (
        world.mail_tenant("one").await,
        world.mail_tenant("two").await,
    );
    let john = world.add(one, "john@one.test", EVERYTHING).await;
    world.settled(john.run).await;
    let also = world.add_account(two, john.account, "john@two.test").await;
    world.settled(also.run).await;
    let run = remove(&world, john).await;
    let view = world.settled(run).await;
    assert_eq!(view.state, RunState::Succeeded, "{view:#?}");
    assert!(!world.account(john.account).await.unwrap().is_active);
    assert_eq!(world.user(john.account).unwrap()["enabled"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_its_owner_registered_stays_the_owners() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    let owner = world
        .add_account(tenant, tenant.owner, "olivia@acme.test")
        .await;
    world.settled(owner.run).await;
    let run = remove(&world, owner).await;
    world.settled(run).await;
    assert!(world.account(tenant.owner).await.unwrap().is_active);
    assert_closed(&world, owner, "olivia@acme.test");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_of_somebody_else_is_left_open() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    world.settled(john.run).await;
    let mailboxes = world.mailcow.mailboxes();
    mailboxes.delete("john@acme.test").await.unwrap();
    let other = "bheem:01990000-0000-7000-8000-000000000000";
    let foreign = CreateMailbox::new("john", "acme.test").tag(other);
    mailboxes.create(&foreign).await.unwrap();
    let own = format!("bheem-workspace {}", john.member);
    let ours = CreateAppPassword::new("john@acme.test", own, "a long password".into());
    world.mailcow.app_passwords().create(&ours).await.unwrap();
    let theirs = CreateAppPassword::new("john@acme.test", "phone", "a long password".into());
    world.mailcow.app_passwords().create(&theirs).await.unwrap();
    let run = remove(&world, john).await;
    let view = world.settled(run).await;
    assert_eq!(view.state, RunState::Succeeded, "{view:#?}");
    let found = view.step("mailbox_disable").unwrap();
    assert_eq!(found.output, Some("foreign".into()));
    assert_eq!(world.mailboxes()[0]["active"], 1);
    // Nobody is told that it was closed, and of what is in it only our own password goes.
    let outcome = bheem_provisioning::outcome(&view);
    let mailbox = outcome.services.iter().find(|one| one.service == "mailbox");
    assert_eq!(mailbox.unwrap().status, ServiceStatus::Skipped);
    assert!(
        mailbox
            .unwrap()
            .reason
            .as_deref()
            .unwrap()
            .contains("left alone")
    );
    let left = world.app_passwords();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["name"], "phone");
}

/// An administrator took the tags away by hand.
async fn untag(world: &World, address: &str) {
    let mailbox = world
        .mailcow
        .mailboxes()
        .find(address)
        .await
        .unwrap()
        .unwrap();
    let (local, domain) = address.split_once('@').unwrap();
    world.mailcow.mailboxes().delete(address).await.unwrap();
    let bare = CreateMailbox::new(local, domain).name(mailbox.name.unwrap_or_default());
    world.mailcow.mailboxes().create(&bare).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_without_its_tags_is_closed_and_opened_all_the_same() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    world.settled(john.run).await;
    untag(&world, "john@acme.test").await;
    let run = remove(&world, john).await;
    let view = world.settled(run).await;
    let found = view.step("mailbox_disable").unwrap();
    assert_eq!(found.output, Some("closed".into()), "{view:#?}");
    assert_closed(&world, john, "john@acme.test");
    untag(&world, "john@acme.test").await;
    let again = give_back(&world, john).await;
    let view = world.settled(again.run).await;
    assert_eq!(view.state, RunState::Succeeded, "{view:#?}");
    let mailbox = &world.mailboxes()[0];
    assert_eq!(mailbox["active"], 1);
    let tag = format!("bheem:{}", john.member);
    assert!(mailbox["tags"].to_string().contains(&tag), "{mailbox}");
    assert_eq!(world.app_passwords().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_already_is_as_good_as_closed() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    world.settled(john.run).await;
    let mailboxes = world.mailcow.mailboxes();
    mailboxes.delete("john@acme.test").await.unwrap();
    world.sandbox.nextcloud.reset().unwrap();
    let run = remove(&world, john).await;
    let view = world.settled(run).await;
    assert_eq!(view.state, RunState::Succeeded, "{view:#?}");
    assert!(world.mailboxes().is_empty() && world.users().is_empty());
    let outcome = bheem_provisioning::outcome(&view);
    for name in ["mailbox", "nextcloud"] {
        let service = outcome.services.iter().find(|one| one.service == name);
        assert_eq!(
            service.unwrap().status,
            ServiceStatus::Skipped,
            "{name} was not closed"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_closed_for_login_only_is_not_opened_by_coming_back() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    world.settled(john.run).await;
    let closed = UpdateMailbox::new().state(bheem_mailcow::MailboxState::LoginDisallowed);
    let mailboxes = world.mailcow.mailboxes();
    mailboxes.update("john@acme.test", &closed).await.unwrap();
    let again = give_back(&world, john).await;
    let view = world.settled(again.run).await;
    assert_eq!(view.state, RunState::Succeeded, "{view:#?}");
    assert_eq!(world.mailboxes()[0]["active"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_service_that_refuses_to_close_is_named_and_closed_by_a_retry() {
    let world = World::new().await;
    let requests = [
        ("mailcow", "mailbox", "POST", "/api/v1/edit/mailbox"),
        ("nextcloud", "nextcloud", "PUT", "/ocs/v2.php/cloud/users"),
    ];
    for (at, (name, service, method, path)) in requests.into_iter().enumerate() {
        let slug = format!("t{at}");
        let tenant = world.mail_tenant(&slug).await;
        let address = format!("john@{slug}.test");
        let john = world.add(tenant, &address, EVERYTHING).await;
        world.settled(john.run).await;
        let peers = world.sandbox.peers();
        let peer = peers.into_iter().find(|peer| peer.name == name).unwrap();
        peer.fault(Fault {
            status: Some(400),
            ..fault(method, path, FaultAction::Fail)
        });
        let run = remove(&world, john).await;
        let before = world.outcome(run).await;
        assert_eq!(before.status, ProvisioningStatus::Partial, "{before:?}");
        let failed = before
            .services
            .iter()
            .filter(|one| one.status == ServiceStatus::Failed);
        let failed: Vec<_> = failed.map(|one| one.service).collect();
        assert_eq!(failed, [service]);
        assert!(!world.account(john.account).await.unwrap().is_active);
        world.store.retry(run, "test").await.unwrap();
        let after = world.outcome(run).await;
        assert_eq!(after.status, ProvisioningStatus::Success);
        assert_closed(&world, john, &address);
    }
}
