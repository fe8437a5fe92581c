//! Peers that are away for long: nothing is lost, and nothing is said to be done.

use bheem_domain::provisioning::ProvisioningStatus;
use bheem_provisioning::{ServiceStatus, outcome};
use bheem_saga::{RunState, RunView};
use bheem_sandbox::{Fault, FaultAction};

use crate::support::{EVERYTHING, Options, World, outage};

fn waits(view: &RunView, step: &str, code: &str) -> bool {
    let error = view.step(step).and_then(|step| step.error.as_ref());
    error.is_some_and(|error| error.code == code)
}

fn is_done(view: &RunView, step: &str) -> bool {
    view.step(step)
        .is_some_and(|step| step.state == bheem_saga::StepState::Done)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_is_down_delays_and_never_loses() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    world.sandbox.mailcow.fault(outage(503));
    let mut people = Vec::new();
    for name in ["ann", "bob", "cid"] {
        let address = format!("{name}@acme.test");
        people.push((world.add(tenant, &address, EVERYTHING).await, address));
    }
    for (person, _) in &people {
        let view = world
            .until(person.run, |view| {
                waits(view, "mailbox", "peer_down") && is_done(view, "nextcloud_calendar")
            })
            .await;
        assert_eq!(view.state, RunState::Forward);
        let outcome = outcome(&view);
        assert_eq!(outcome.status, ProvisioningStatus::Running);
        assert_eq!(outcome.provisioned(), ["workspace", "nextcloud"]);
        assert_eq!(outcome.services[1].status, ServiceStatus::Running);
        assert!(outcome.services[1].reason.is_some());
        assert!(outcome.errors.is_empty());
        assert!(world.member(*person).await.unwrap().is_confirmed);
    }
    assert!(world.mailboxes().is_empty() && world.messages().is_empty());
    world.sandbox.mailcow.clear_faults();
    for (person, address) in people {
        let outcome = world.outcome(person.run).await;
        assert_eq!(outcome.status, ProvisioningStatus::Success);
        world.assert_complete(person, &address);
    }
    assert_eq!(world.mailboxes().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_down_at_once_is_given_in_the_end() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    for peer in world.sandbox.peers() {
        peer.fault(outage(502));
    }
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    world
        .until(john.run, |view| {
            waits(view, "mailbox", "peer_down") && waits(view, "nextcloud_account", "peer_down")
        })
        .await;
    world.sandbox.mailcow.clear_faults();
    world.sandbox.nextcloud.clear_faults();
    world
        .until(john.run, |view| {
            let step = view.step("invitation").unwrap();
            step.error.is_some() && step.attempt > 1
        })
        .await;
    world.sandbox.notify.clear_faults();
    let outcome = world.outcome(john.run).await;
    assert_eq!(outcome.status, ProvisioningStatus::Success);
    world.assert_complete(john, "john@acme.test");
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_of_ours_that_are_refused_wait_for_an_operator() {
    let world = World::with(Options {
        mailcow_key: Some("AAAAAA-BBBBBB-CCCCCC-DDDDDD-EEEEEE".to_owned()),
        ..Options::default()
    })
    .await;
    let tenant = world.mail_tenant("acme").await;
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    let view = world
        .until(john.run, |view| waits(view, "mailbox", "peer_down"))
        .await;
    let outcome = outcome(&view);
    assert_eq!(outcome.status, ProvisioningStatus::Running);
    let reason = outcome.services[1].reason.clone().unwrap();
    assert!(reason.contains("own credentials"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_asks_for_time_is_asked_again() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    let slow_down = Fault {
        action: FaultAction::Fail,
        status: Some(429),
        times: Some(3),
        ..Fault::default()
    };
    world.sandbox.nextcloud.fault(slow_down.clone());
    world.sandbox.notify.fault(slow_down);
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    let outcome = world.outcome(john.run).await;
    assert_eq!(outcome.status, ProvisioningStatus::Success, "{outcome:?}");
    world.assert_complete(john, "john@acme.test");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_stops_leaves_the_rest_to_the_next() {
    let mut world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    world.sandbox.mailcow.fault(outage(503));
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    world
        .until(john.run, |view| waits(view, "mailbox", "peer_down"))
        .await;
    world.stop().await;
    world.sandbox.mailcow.clear_faults();
    assert!(world.mailboxes().is_empty());
    world.work();
    let outcome = world.outcome(john.run).await;
    assert_eq!(outcome.status, ProvisioningStatus::Success);
    world.assert_complete(john, "john@acme.test");
}
