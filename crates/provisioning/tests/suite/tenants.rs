//! Many people at once, in several tenants.

use bheem_saga::RunState;

use crate::support::{EVERYTHING, World};

#[tokio::test(flavor = "multi_thread")]
async fn many_people_at_once_get_everything_once_each() {
    let world = World::new().await;
    let mut people = Vec::new();
    for slug in ["one", "two"] {
        let tenant = world.mail_tenant(slug).await;
        for name in ["ann", "bob", "cid", "dan", "eve"] {
            let address = format!("{name}@{slug}.test");
            people.push((world.add(tenant, &address, EVERYTHING).await, address));
        }
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

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_on_the_same_runs_do_nothing_twice() {
    let mut world = World::new().await;
    world.work();
    let tenant = world.mail_tenant("acme").await;
    let mut people = Vec::new();
    for name in ["ann", "bob", "cid", "dan", "eve"] {
        let address = format!("{name}@acme.test");
        people.push((world.add(tenant, &address, EVERYTHING).await, address));
    }
    for (person, address) in people {
        world.settled(person.run).await;
        world.assert_complete(person, &address);
    }
}
