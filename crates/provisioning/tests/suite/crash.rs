//! Workers that are killed: whoever comes next finishes each thing once.

use std::time::Duration;

use bheem_saga::RunState;
use bheem_sandbox::{Fault, FaultAction};
use futures::StreamExt;

use crate::support::{EVERYTHING, Options, World};

#[tokio::test(flavor = "multi_thread")]
async fn what_killed_workers_began_is_finished_once() {
    let mut world = World::with(Options {
        lease: Duration::from_secs(1),
        ..Options::default()
    })
    .await;
    let tenant = world.mail_tenant("acme").await;
    // Slow enough that workers die with requests under way.
    for peer in world.sandbox.peers() {
        peer.fault(Fault {
            action: FaultAction::Delay,
            times: Some(0),
            delay_ms: 20,
            ..Fault::default()
        });
    }
    let mut people = Vec::new();
    for name in ["ann", "bob", "cid", "dan"] {
        let address = format!("{name}@acme.test");
        people.push((world.add(tenant, &address, EVERYTHING).await, address));
    }
    for at in 0..8 {
        // Whenever somebody's run has moved, in turn.
        let run = people[at % people.len()].0.run;
        {
            let mut moves = std::pin::pin!(world.store.watch(run));
            moves.next().await.unwrap().unwrap();
            if let Some(moved) = moves.next().await {
                moved.unwrap();
            }
        }
        world.kill().await;
        world.work();
    }
    for (person, address) in &people {
        let view = world.settled(person.run).await;
        assert_eq!(view.state, RunState::Succeeded, "{view:#?}");
        world.assert_complete(*person, address);
    }
    assert_eq!(world.mailboxes().len(), people.len());
    assert_eq!(world.app_passwords().len(), people.len());
    assert_eq!(world.users().len(), people.len());
    assert_eq!(world.messages().len(), people.len());
}
