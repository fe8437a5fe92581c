//! Mails about accounts.

use bheem_domain::{EmailAddress, provisioning::ProvisioningStatus};
use bheem_provisioning::{MailKind, ServiceStatus};
use bheem_saga::RunState;
use uuid::Uuid;

use crate::support::{FRONTEND, Options, World, text};

/// Enqueues the mail that tells the owner of an address of an attempt to register with it.
pub(crate) async fn already_registered(world: &World, to: &str) -> Uuid {
    let to = EmailAddress::parse(to).unwrap();
    let run = world
        .planner
        .account_mail(MailKind::AlreadyRegistered, None, &to, "test")
        .unwrap();
    world.enqueue_system(&run.unwrap()).await
}

async fn mail_to_owner(world: &World, kind: MailKind) -> (Uuid, bheem_domain::AccountId) {
    let tenant = world.tenant("acme").await;
    let to = EmailAddress::parse("owner@acme.test").unwrap();
    let run = world
        .planner
        .account_mail(kind, Some(tenant.owner), &to, "test")
        .unwrap();
    (world.enqueue_system(&run.unwrap()).await, tenant.owner)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_welcome_leads_to_the_sign_in_and_holds_no_password() {
    let world = World::new().await;
    let (run, _) = mail_to_owner(&world, MailKind::Welcome).await;
    let outcome = world.outcome(run).await;
    assert_eq!(outcome.status, ProvisioningStatus::Success);
    assert_eq!(outcome.services[0].service, "notify");
    let message = world.messages().remove(0);
    assert_eq!(message["template_name"], "workspace_welcome");
    assert_eq!(message["to"], "owner@acme.test");
    let variables = &message["template_vars"];
    assert_eq!(variables["login_url"], *format!("{FRONTEND}/login"));
    assert_eq!(variables["user_name"], "Olivia Owner");
    assert!(!message.to_string().contains("password"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_carries_a_link_that_works_for_a_day() {
    let world = World::new().await;
    let (run, account) = mail_to_owner(&world, MailKind::ResetPassword).await;
    assert_eq!(world.settled(run).await.state, RunState::Succeeded);
    let message = world.messages().remove(0);
    assert_eq!(message["template_name"], "password_reset");
    assert_eq!(message["template_vars"]["expires_in"], "24 hours");
    let url = text(&message["template_vars"]["reset_url"]).to_owned();
    let page = format!("{FRONTEND}/reset-password#token=");
    let hash = bheem_vault::token::hash(url.strip_prefix(&page).unwrap().as_bytes());
    let scope = bheem_persistence::SystemScope::server("test");
    let mut read = world.database.system_read(&scope).await.unwrap();
    let now = world.database.clock().now();
    let found = read.link_tokens().find(&hash, now).await.unwrap().unwrap();
    assert_eq!(found.account_id, account);
    let later = now + chrono::TimeDelta::hours(25);
    assert!(
        read.link_tokens()
            .find(&hash, later)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_occasion_is_one_mail() {
    let world = World::new().await;
    let first = already_registered(&world, "ann@a.test").await;
    let second = already_registered(&world, "ann@a.test").await;
    assert_eq!(first, second);
    world.settled(first).await;
    let messages = world.messages();
    assert_eq!(messages.len(), 1);
    assert!(text(&messages[0]["text_body"]).contains("already"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_for_an_account_that_is_closed_sends_nothing() {
    let mut world = World::idle(Options::default()).await;
    let (run, account) = mail_to_owner(&world, MailKind::ResetPassword).await;
    let scope = bheem_persistence::SystemScope::server("test");
    let mut tx = world.database.system(&scope).await.unwrap();
    tx.accounts().set_active(account, false).await.unwrap();
    tx.commit().await.unwrap();
    world.work();
    let outcome = world.outcome(run).await;
    assert_eq!(outcome.status, ProvisioningStatus::Failed);
    assert_eq!(outcome.services[0].status, ServiceStatus::Failed);
    assert!(world.messages().is_empty());
}
