//! What an operator's `unwind` takes back after the point of no return: what the run made, and nothing else.

use bheem_saga::RunState;
use bheem_sandbox::{Fault, FaultAction};

use crate::support::{EVERYTHING, Person, Tenant, World, fault};

/// Somebody who has everything but the invitation, which is refused for good.
async fn stuck_at_the_invitation(world: &World, tenant: Tenant, address: &str) -> Person {
    refuse_invitation(world);
    let john = world.add(tenant, address, EVERYTHING).await;
    let view = world.settled(john.run).await;
    assert_eq!(view.state, RunState::Stuck, "{view:#?}");
    john
}

fn refuse_invitation(world: &World) {
    world.sandbox.notify.fault(Fault {
        status: Some(422),
        ..fault("POST", "/api/v1/email", FaultAction::Fail)
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_the_run_made_goes_and_the_membership_stays() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    let john = stuck_at_the_invitation(&world, tenant, "john@acme.test").await;
    world.assert_files(john);
    world.store.unwind(john.run, "test").await.unwrap();
    let view = world.settled(john.run).await;
    assert_eq!(view.state, RunState::Undone, "{view:#?}");
    assert!(world.mailboxes().is_empty() && world.app_passwords().is_empty());
    assert!(world.users().is_empty());
    assert!(world.member(john).await.unwrap().is_confirmed);
}

#[tokio::test(flavor = "multi_thread")]
async fn undoing_survives_a_failure_and_a_lost_answer_of_each_request() {
    let world = World::hasty().await;
    let requests = [
        ("mailcow", "POST", "/api/v1/delete/app-passwd"),
        ("mailcow", "POST", "/api/v1/delete/mailbox"),
        ("nextcloud", "DELETE", "/ocs/v2.php/cloud/users"),
    ];
    let actions = [FaultAction::Fail, FaultAction::ApplyThenDrop];
    for (at, (name, method, path)) in requests.into_iter().enumerate() {
        for action in actions {
            let slug = format!("t{at}-{}", u8::from(action == FaultAction::Fail));
            let tenant = world.mail_tenant(&slug).await;
            let address = format!("john@{slug}.test");
            let john = stuck_at_the_invitation(&world, tenant, &address).await;
            let peers = world.sandbox.peers();
            let peer = peers.into_iter().find(|peer| peer.name == name).unwrap();
            peer.fault(fault(method, path, action));
            world.store.unwind(john.run, "test").await.unwrap();
            let view = world.settled(john.run).await;
            assert_eq!(view.state, RunState::Undone, "{path}: {view:#?}");
            assert!(peer.faults().is_empty(), "{path} was never sent");
            assert!(world.mailboxes().is_empty() && world.app_passwords().is_empty());
            assert!(world.users().is_empty());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_another_tenant_uses_only_leaves_the_group() {
    let world = World::new().await;
    let (one, two) = (
        world.mail_tenant("one").await,
        world.mail_tenant("two").await,
    );
    let john = world.add(one, "john@one.test", EVERYTHING).await;
    world.settled(john.run).await;
    refuse_invitation(&world);
    let also = world.add_account(two, john.account, "john@two.test").await;
    let view = world.settled(also.run).await;
    assert_eq!(view.state, RunState::Stuck, "{view:#?}");
    world.store.unwind(also.run, "test").await.unwrap();
    let view = world.settled(also.run).await;
    assert_eq!(view.state, RunState::Undone, "{view:#?}");
    world.assert_complete(john, "john@one.test");
    let user = world.user(john.account).unwrap();
    assert!(!user["groups"].to_string().contains(&two.id.to_string()));
    assert_eq!(world.mailboxes().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_maker_of_an_account_does_not_take_it_from_another_tenant() {
    let world = World::new().await;
    let (one, two) = (
        world.mail_tenant("one").await,
        world.mail_tenant("two").await,
    );
    let john = stuck_at_the_invitation(&world, one, "john@one.test").await;
    let also = world.add_account(two, john.account, "john@two.test").await;
    world.settled(also.run).await;
    world.store.unwind(john.run, "test").await.unwrap();
    let view = world.settled(john.run).await;
    assert_eq!(view.state, RunState::Undone, "{view:#?}");
    world.assert_files(also);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_that_is_refused_waits_for_a_person_and_goes_on_when_told() {
    let world = World::new().await;
    let requests = [
        ("mailcow", "POST", "/api/v1/delete/app-passwd"),
        ("mailcow", "POST", "/api/v1/delete/mailbox"),
        ("nextcloud", "DELETE", "/ocs/v2.php/cloud/users"),
    ];
    for (at, (name, method, path)) in requests.into_iter().enumerate() {
        let slug = format!("t{at}");
        let tenant = world.mail_tenant(&slug).await;
        let address = format!("john@{slug}.test");
        let john = stuck_at_the_invitation(&world, tenant, &address).await;
        let peers = world.sandbox.peers();
        let peer = peers.into_iter().find(|peer| peer.name == name).unwrap();
        peer.fault(Fault {
            status: Some(400),
            ..fault(method, path, FaultAction::Fail)
        });
        world.store.unwind(john.run, "test").await.unwrap();
        let view = world.settled(john.run).await;
        assert_eq!(view.state, RunState::Stuck, "{path}: {view:#?}");
        world.store.retry(john.run, "test").await.unwrap();
        let view = world.settled(john.run).await;
        assert_eq!(view.state, RunState::Undone, "{path}: {view:#?}");
        assert!(world.mailboxes().is_empty() && world.app_passwords().is_empty());
        assert!(world.users().is_empty());
    }
}
