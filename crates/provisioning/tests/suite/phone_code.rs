//! Codes that prove a telephone number: each is sent once, whatever goes wrong, and never after it has lapsed.

use std::time::Duration;

use bheem_domain::{VerificationCodeId, provisioning::ProvisioningStatus};
use bheem_persistence::{SystemScope, repo::VerificationCodeRecord};
use bheem_saga::RunState;
use bheem_sandbox::{Fault, FaultAction};
use chrono::TimeDelta;
use uuid::Uuid;

use crate::support::{Options, World, outage};

const PHONE: &str = "+14155550123";

/// A code that somebody asked for, and the run that sends it.
pub(crate) async fn asked(world: &World, life: TimeDelta) -> (Uuid, String) {
    let owner = world.tenant("acme").await.owner;
    let clock = world.database.clock();
    let id = VerificationCodeId::generate(&**clock);
    let code = world
        .vault
        .six_digits("identity.phone_code", id.as_uuid().as_bytes());
    let new = VerificationCodeRecord {
        id,
        account_id: owner,
        target: PHONE.to_owned(),
        code_hash: vec![0; 32],
        created_at: clock.now() - TimeDelta::minutes(10),
        expires_at: clock.now() + life,
    };
    let mut tx = world
        .database
        .system(&SystemScope::server("test"))
        .await
        .unwrap();
    tx.verification_codes().insert(&new).await.unwrap();
    tx.commit().await.unwrap();
    let run = world.planner.phone_code(id).unwrap().unwrap();
    let run = world.enqueue_system(&run).await;
    (run, code.unwrap())
}

pub(crate) fn sent_once(world: &World, code: &str) {
    let messages = world.messages();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert_eq!(messages[0]["to"], PHONE);
    let text = messages[0].to_string();
    assert!(text.contains(&format!("code is {code}")), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_sent_once_by_workers_that_are_killed() {
    let mut world = World::with(Options {
        lease: Duration::from_secs(1),
        ..Options::default()
    })
    .await;
    // Slow enough that a worker dies with the request under way.
    world.sandbox.notify.fault(Fault {
        action: FaultAction::Delay,
        times: Some(2),
        delay_ms: 300,
        ..Fault::default()
    });
    let (run, code) = asked(&world, TimeDelta::minutes(10)).await;
    world
        .until(run, |view| view.steps.iter().any(|step| step.attempt > 0))
        .await;
    world.kill().await;
    world.work();
    assert_eq!(world.settled(run).await.state, RunState::Succeeded);
    sent_once(&world, &code);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_waits_for_a_peer_that_is_away() {
    let world = World::new().await;
    world.sandbox.notify.fault(outage(503));
    let (run, code) = asked(&world, TimeDelta::minutes(10)).await;
    world
        .until(run, |view| view.steps.iter().any(|step| step.attempt > 1))
        .await;
    assert!(world.messages().is_empty());
    world.sandbox.notify.clear_faults();
    assert_eq!(world.settled(run).await.state, RunState::Succeeded);
    sent_once(&world, &code);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_has_lapsed_is_not_sent() {
    let world = World::new().await;
    let (run, _) = asked(&world, TimeDelta::minutes(-1)).await;
    let outcome = world.outcome(run).await;
    assert_eq!(outcome.status, ProvisioningStatus::Failed);
    assert!(world.messages().is_empty());
}
