//! Every request of every saga fails once, in each way there is; afterwards everything is there exactly once.

use bheem_sandbox::{FaultAction, PeerHandle};

use crate::support::{EVERYTHING, World, fault, text};

/// The requests that change something when the first person of a tenant is added, and the first that asks.
const PROVISIONING: [(&str, &str, &str); 9] = [
    ("mailcow", "POST", "/api/v1/add/mailbox"),
    ("mailcow", "GET", "/api/v1/get/app-passwd"),
    ("mailcow", "POST", "/api/v1/add/app-passwd"),
    ("nextcloud", "POST", "/ocs/v2.php/cloud/users"),
    ("nextcloud", "POST", "/ocs/v2.php/cloud/groups"),
    ("nextcloud", "PUT", "/ocs/v2.php/cloud/groups"),
    ("nextcloud", "MKCALENDAR", "/remote.php/dav/calendars"),
    ("nextcloud", "PROPFIND", "/remote.php/dav/calendars"),
    ("notify", "POST", "/api/v1/email/send/template"),
];

const DEPROVISIONING: [(&str, &str, &str); 4] = [
    ("mailcow", "GET", "/api/v1/get/mailbox"),
    ("mailcow", "POST", "/api/v1/edit/mailbox"),
    ("nextcloud", "DELETE", "/ocs/v2.php/cloud/users"),
    ("nextcloud", "PUT", "/ocs/v2.php/cloud/users"),
];

const DOMAIN_MAIL: [(&str, &str, &str); 2] = [
    ("mailcow", "POST", "/api/v1/add/domain"),
    ("mailcow", "GET", "/api/v1/get/dkim"),
];

fn peer<'a>(world: &'a World, name: &str) -> &'a PeerHandle {
    let peers = world.sandbox.peers();
    peers.into_iter().find(|peer| peer.name == name).unwrap()
}

/// The fault was met: else the test has shown nothing.
fn assert_met(world: &World, name: &str, request: &str) {
    let left = peer(world, name).faults();
    assert!(left.is_empty(), "{request} was never sent: {left:?}");
}

async fn provisioning_survives(action: FaultAction) {
    let world = World::hasty().await;
    for (at, (name, method, path)) in PROVISIONING.into_iter().enumerate() {
        let slug = format!("t{at}");
        let tenant = world.mail_tenant(&slug).await;
        peer(&world, name).fault(fault(method, path, action));
        let address = format!("john@{slug}.test");
        let john = world.add(tenant, &address, EVERYTHING).await;
        let view = world.settled(john.run).await;
        assert_eq!(
            view.state,
            bheem_saga::RunState::Succeeded,
            "{path}: {view:#?}"
        );
        world.assert_complete(john, &address);
        assert_met(&world, name, path);
    }
    let count = PROVISIONING.len();
    assert_eq!(world.mailboxes().len(), count);
    assert_eq!(world.app_passwords().len(), count);
    assert_eq!(world.users().len(), count);
    assert_eq!(world.messages().len(), count);
}

async fn deprovisioning_survives(action: FaultAction) {
    let world = World::hasty().await;
    for (at, (name, method, path)) in DEPROVISIONING.into_iter().enumerate() {
        let slug = format!("t{at}");
        let tenant = world.mail_tenant(&slug).await;
        let address = format!("john@{slug}.test");
        let john = world.add(tenant, &address, EVERYTHING).await;
        world.settled(john.run).await;
        peer(&world, name).fault(fault(method, path, action));
        let run = crate::deprovision::remove(&world, john).await;
        let view = world.settled(run).await;
        assert_eq!(
            view.state,
            bheem_saga::RunState::Succeeded,
            "{path}: {view:#?}"
        );
        crate::deprovision::assert_closed(&world, john, &address);
        assert_met(&world, name, path);
    }
}

async fn domain_mail_survives(action: FaultAction) {
    let world = World::hasty().await;
    for (at, (name, method, path)) in DOMAIN_MAIL.into_iter().enumerate() {
        let slug = format!("t{at}");
        let tenant = world.tenant(&slug).await;
        peer(&world, name).fault(fault(method, path, action));
        let domain = format!("{slug}.test");
        let run = crate::domain_mail::enable(&world, tenant, &domain).await;
        let view = world.settled(run).await;
        assert_eq!(
            view.state,
            bheem_saga::RunState::Succeeded,
            "{path}: {view:#?}"
        );
        let state = world.sandbox.mailcow.state();
        let domains = state["domains"].as_array().unwrap();
        let of_name = |one: &&serde_json::Value| one.to_string().contains(&domain);
        assert_eq!(domains.iter().filter(of_name).count(), 1);
        assert_met(&world, name, path);
    }
}

async fn mail_survives(action: FaultAction) {
    let world = World::hasty().await;
    let path = "/api/v1/email/send";
    world.sandbox.notify.fault(fault("POST", path, action));
    let run = crate::account_mail::already_registered(&world, "ann@a.test").await;
    let view = world.settled(run).await;
    assert_eq!(view.state, bheem_saga::RunState::Succeeded, "{view:#?}");
    let messages = world.messages();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert_eq!(text(&messages[0]["to"]), "ann@a.test");
    assert_met(&world, "notify", path);
}

async fn phone_code_survives(action: FaultAction) {
    let world = World::hasty().await;
    let path = "/api/v1/bheem-tele/sms/send";
    world.sandbox.notify.fault(fault("POST", path, action));
    let (run, code) = crate::phone_code::asked(&world, chrono::TimeDelta::minutes(10)).await;
    let view = world.settled(run).await;
    assert_eq!(view.state, bheem_saga::RunState::Succeeded, "{view:#?}");
    crate::phone_code::sent_once(&world, &code);
    assert_met(&world, "notify", path);
}

macro_rules! each_way {
    ($($saga:ident: $survives:ident;)*) => {$(
        mod $saga {
            use super::*;

            #[tokio::test(flavor = "multi_thread")]
            async fn recovers_from_a_failure_of_each_request() {
                $survives(FaultAction::Fail).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn recovers_from_silence_to_each_request() {
                $survives(FaultAction::Hang).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn does_each_thing_once_though_its_answer_is_lost() {
                $survives(FaultAction::ApplyThenDrop).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn recovers_from_nonsense_in_answer_to_each_request() {
                $survives(FaultAction::Garbage).await;
            }
        }
    )*};
}

each_way! {
    provisioning: provisioning_survives;
    deprovisioning: deprovisioning_survives;
    domain_mail: domain_mail_survives;
    account_mail: mail_survives;
    phone_code: phone_code_survives;
}
