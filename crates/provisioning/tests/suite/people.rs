//! Whose things are whose: foreign objects, shared names, accounts in two tenants, lost credentials.

use bheem_domain::provisioning::ProvisioningStatus;
use bheem_mailcow::{CreateAppPassword, CreateMailbox};
use bheem_provisioning::{ServiceStatus, credential};
use bheem_saga::RunState;

use crate::support::{EVERYTHING, FRONTEND, World, text};

#[tokio::test(flavor = "multi_thread")]
async fn two_tenants_johns_are_two_people() {
    let world = World::new().await;
    let (one, two) = (
        world.mail_tenant("one").await,
        world.mail_tenant("two").await,
    );
    let first = world.add(one, "john@one.test", EVERYTHING).await;
    let second = world.add(two, "john@two.test", EVERYTHING).await;
    for (john, address) in [(first, "john@one.test"), (second, "john@two.test")] {
        let view = world.settled(john.run).await;
        assert_eq!(view.state, RunState::Succeeded, "{view:#?}");
        world.assert_complete(john, address);
    }
    assert_eq!(world.users().len(), 2);
    let groups = |john: crate::support::Person| world.user(john.account).unwrap()["groups"].clone();
    assert_eq!(groups(first).as_array().unwrap().len(), 1);
    assert_ne!(groups(first), groups(second));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_in_two_tenants_has_one_account_in_two_groups() {
    let world = World::new().await;
    let (one, two) = (
        world.mail_tenant("one").await,
        world.mail_tenant("two").await,
    );
    let john = world.add(one, "john@one.test", EVERYTHING).await;
    world.settled(john.run).await;
    let also = world.add_account(two, john.account, "john@two.test").await;
    let view = world.settled(also.run).await;
    assert_eq!(view.state, RunState::Succeeded, "{view:#?}");
    assert_eq!(world.users().len(), 1);
    world.assert_files(john);
    world.assert_files(also);
    assert_eq!(world.mailboxes().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_mailbox_is_never_touched_and_the_rest_goes_on() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    let foreign = CreateMailbox::new("john", "acme.test")
        .name("Somebody Else")
        .tag("bheem:00000000-0000-0000-0000-000000000000");
    world.mailcow.mailboxes().create(&foreign).await.unwrap();
    let before = world.mailboxes();
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    let outcome = world.outcome(john.run).await;
    assert_eq!(outcome.status, ProvisioningStatus::Partial);
    assert_eq!(outcome.provisioned(), ["workspace", "nextcloud"]);
    assert_eq!(outcome.services[1].service, "mailbox");
    assert_eq!(outcome.services[1].status, ServiceStatus::Failed);
    assert_eq!(outcome.errors.len(), 1, "{outcome:?}");
    assert!(outcome.errors[0].starts_with("Mailbox: "), "{outcome:?}");
    assert_eq!(world.mailboxes(), before);
    assert!(world.app_passwords().is_empty());
    // Also when the run is taken back by a person.
    world.store.unwind(john.run, "test").await.unwrap();
    world.settled(john.run).await;
    assert_eq!(world.mailboxes(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_on_a_domain_that_is_no_longer_proven_is_refused() {
    let mut world = World::idle(crate::support::Options::default()).await;
    let tenant = world.mail_tenant("acme").await;
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    let mut tx = world.tenant_tx(tenant).await;
    let domains = tx.domains().list().await.unwrap();
    tx.domains().remove(domains[0].id).await.unwrap();
    tx.commit().await.unwrap();
    world.work();
    let view = world.settled(john.run).await;
    assert_eq!(view.state, RunState::Stuck);
    let error = view.step("mailbox").unwrap().error.clone().unwrap();
    assert_eq!(error.code, "domain_not_verified");
    assert!(world.mailboxes().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_password_that_nobody_knows_is_replaced() {
    let mut world = World::idle(crate::support::Options::default()).await;
    let tenant = world.mail_tenant("acme").await;
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    let name = format!("bheem-workspace {}", john.member);
    let mailbox = CreateMailbox::new("john", "acme.test").tag(format!("bheem:{}", john.member));
    world.mailcow.mailboxes().create(&mailbox).await.unwrap();
    for _ in 0..2 {
        let password = bheem_vault::token::generate_password().unwrap();
        let lost = CreateAppPassword::new("john@acme.test", &name, password);
        world.mailcow.app_passwords().create(&lost).await.unwrap();
    }
    let before = world.app_passwords();
    world.work();
    let view = world.settled(john.run).await;
    assert_eq!(view.state, RunState::Succeeded, "{view:#?}");
    world.assert_complete(john, "john@acme.test");
    assert!(!before.contains(&world.app_passwords()[0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_has_a_password_is_led_to_the_sign_in() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    let owner = world
        .add_account(tenant, tenant.owner, "olivia@acme.test")
        .await;
    world.settled(owner.run).await;
    let message = world.messages().remove(0);
    let url = text(&message["template_vars"]["invite_url"]);
    assert_eq!(url, format!("{FRONTEND}/login"));
    assert_eq!(message["to"], "olivia@acme.test");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_tenant_cannot_have_the_first_link_sent_elsewhere() {
    let world = World::new().await;
    let (one, two) = (world.tenant("one").await, world.tenant("two").await);
    let ann = world.add(one, "ann@home.test", EVERYTHING).await;
    world.settled(ann.run).await;
    let also = world.add_account(two, ann.account, "ann@home.test").await;
    let mut tx = world.tenant_tx(two).await;
    let elsewhere = bheem_domain::EmailAddress::parse("mallory@evil.test").unwrap();
    let change = bheem_persistence::repo::MemberChange {
        personal_email: Some(Some(elsewhere)),
        ..bheem_persistence::repo::MemberChange::default()
    };
    tx.members().update(also.member, &change).await.unwrap();
    tx.commit().await.unwrap();
    world.settled(also.run).await;
    let messages = world.messages();
    assert_eq!(messages.len(), 2);
    assert!(messages.iter().all(|one| one["to"] == "ann@home.test"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_was_disabled_meanwhile_does_not_look_like_an_outage() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    // The calendar is asked for while the account is disabled, as by another tenant's removal.
    let hold = bheem_sandbox::Fault {
        times: Some(0),
        ..crate::support::fault("*", "/remote.php/dav", bheem_sandbox::FaultAction::Garbage)
    };
    world.sandbox.nextcloud.fault(hold);
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    world
        .until(john.run, |view| {
            view.step("nextcloud_calendar").unwrap().error.is_some()
        })
        .await;
    let admin = bheem_nextcloud::Auth::basic(
        world.sandbox.nextcloud.credential("admin_user"),
        world
            .sandbox
            .nextcloud
            .credential("admin_password")
            .to_owned()
            .into(),
    );
    let ocs = bheem_nextcloud::Client::builder(&world.sandbox.nextcloud.base_url, admin)
        .build()
        .unwrap();
    ocs.users()
        .disable(&john.account.to_string())
        .await
        .unwrap();
    world.sandbox.nextcloud.clear_faults();
    let view = world.settled(john.run).await;
    assert_eq!(view.state, RunState::Succeeded, "{view:#?}");
    world.assert_files(john);
    let (_, events) = world.store.show(john.run).await.unwrap();
    let events = format!("{events:?}");
    assert!(!events.contains("peer_down"), "{events}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_nextcloud_refuses_waits_for_a_person() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    let refuse = bheem_sandbox::Fault {
        status: Some(401),
        ..crate::support::fault("MKCALENDAR", "/", bheem_sandbox::FaultAction::Fail)
    };
    world.sandbox.nextcloud.fault(refuse);
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    let view = world.settled(john.run).await;
    assert_eq!(view.state, RunState::Stuck);
    let error = view
        .step("nextcloud_calendar")
        .unwrap()
        .error
        .clone()
        .unwrap();
    assert_eq!(error.code, "credentials_refused");
    let mut tx = world.tenant_tx(tenant).await;
    let kept = tx
        .credentials()
        .find_for_account(
            john.account,
            credential::NEXTCLOUD,
            &john.account.to_string(),
        )
        .await;
    assert!(kept.unwrap().is_some());
}
