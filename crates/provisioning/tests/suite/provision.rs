//! What one person gets when every peer is well.

use bheem_domain::provisioning::ProvisioningStatus;
use bheem_persistence::repo::SealedCredential;
use bheem_provisioning::{ProvisioningConfig, ServiceStatus, Wanted, credential, outcome};
use bheem_saga::RunState;
use secrecy::ExposeSecret;

use crate::support::{EVERYTHING, FRONTEND, Options, Person, World, text};

#[tokio::test(flavor = "multi_thread")]
async fn one_action_gives_a_person_every_service_once() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    let view = world.settled(john.run).await;
    assert_eq!(view.state, RunState::Succeeded, "{view:#?}");
    let outcome = outcome(&view);
    assert_eq!(outcome.status, ProvisioningStatus::Success);
    assert_eq!(
        outcome.provisioned(),
        ["workspace", "mailbox", "nextcloud", "notify"]
    );
    assert!(outcome.errors.is_empty());
    world.assert_complete(john, "john@acme.test");
    assert_eq!(world.mailboxes().len(), 1);
    assert_eq!(world.app_passwords().len(), 1);
    assert_eq!(world.users().len(), 1);
    assert_eq!(world.messages().len(), 1);
    let quota = 1024 * 1024 * 1024;
    assert_eq!(world.mailboxes()[0]["quota"], quota);
    let member = world.member(john).await.unwrap();
    assert!(member.is_confirmed && member.is_active);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_invitation_holds_a_link_that_works_and_no_password() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    world.settled(john.run).await;
    let message = world.messages().remove(0);
    assert_eq!(message["template_name"], "workspace_invite");
    let variables = &message["template_vars"];
    assert_eq!(variables["inviter_name"], "Olivia Owner");
    assert_eq!(variables["workspace_name"], "Tenant acme");
    assert_eq!(variables["role"], "member");
    assert!(!message.to_string().to_lowercase().contains("temp_password"));
    let token = token_in(text(&variables["invite_url"]), "/set-password#token=");
    let hash = bheem_vault::token::hash(token.as_bytes());
    let mut tx = world.tenant_tx(tenant).await;
    let now = world.database.clock().now();
    let found = tx.link_tokens().find(&hash, now).await.unwrap().unwrap();
    assert_eq!(found.account_id, john.account);
    assert_eq!(found.delivered_to, "john@acme.test");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_written_down_holds_a_secret() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    world.settled(john.run).await;
    let (view, events) = world.store.show(john.run).await.unwrap();
    let written = format!("{view:?}{events:?}");
    let invitation = world.messages().remove(0);
    let url = text(&invitation["template_vars"]["invite_url"]).to_owned();
    let (mailbox, files) = credentials(&world, john).await;
    let mailbox = open(&world, john, &mailbox, true);
    let files = open(&world, john, &files, false);
    let token = token_in(&url, "/set-password#token=");
    for secret in [token, &mailbox, &files] {
        assert!(secret.len() > 20 && !written.contains(secret));
    }
    for peer in world.sandbox.peers() {
        let state = peer.state().to_string();
        assert!(
            !state.contains(&mailbox) && !state.contains(&files),
            "{}",
            peer.name
        );
    }
}

async fn calendars_of(world: &World, person: Person) -> bheem_caldav::Client {
    let (_, files) = credentials(world, person).await;
    let password = open(world, person, &files, false);
    let url = format!("{}/remote.php/dav", world.sandbox.nextcloud.base_url);
    let auth = bheem_nextcloud::Auth::basic(&files.username, password.into());
    bheem_caldav::Client::builder(url, auth).build().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kept_credentials_are_those_the_peers_know() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    world.settled(john.run).await;
    let (mailbox, files) = credentials(&world, john).await;
    assert_eq!(mailbox.username, "john@acme.test");
    assert_eq!(files.username, john.account.to_string());
    let caldav = calendars_of(&world, john).await;
    let home = bheem_caldav::CalendarHome::nextcloud(&files.username).unwrap();
    let calendar = caldav.find_calendar(&home, "personal").await.unwrap();
    assert!(calendar.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_in_the_trash_bin_is_taken_out_of_it() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    world.settled(john.run).await;
    let caldav = calendars_of(&world, john).await;
    let home = bheem_caldav::CalendarHome::nextcloud(&john.account.to_string()).unwrap();
    let path = home.calendar("personal").unwrap();
    caldav.delete_calendar(&path).await.unwrap();
    assert_eq!(caldav.find_calendar(&home, "personal").await.unwrap(), None);
    // Another workspace gives them a seat.
    let other = world.mail_tenant("beta").await;
    let again = world
        .add_account(other, john.account, "john@beta.test")
        .await;
    let view = world.settled(again.run).await;
    assert_eq!(view.state, RunState::Succeeded, "{view:#?}");
    let calendar = caldav.find_calendar(&home, "personal").await.unwrap();
    assert!(calendar.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_wanted_or_not_possible_is_skipped_with_a_reason() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    let nothing = Wanted {
        mailbox: false,
        invitation: false,
    };
    let john = world.add(tenant, "john@acme.test", nothing).await;
    let ann = world.add(tenant, "ann@elsewhere.test", EVERYTHING).await;
    assert_eq!(
        reasons(&world, john).await,
        [
            ("workspace", None),
            ("mailbox", Some("not requested".to_owned())),
            ("nextcloud", None),
            ("notify", Some("not requested".to_owned())),
        ]
    );
    let foreign = "Email domain elsewhere.test not in tenant domains".to_owned();
    assert_eq!(reasons(&world, ann).await[1], ("mailbox", Some(foreign)));
    assert!(world.mailboxes().is_empty());
    assert_eq!(world.messages().len(), 1);
    assert_eq!(
        world.outcome(john.run).await.provisioned(),
        ["workspace", "nextcloud"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn peers_that_are_not_configured_are_skipped_and_said_to_be() {
    let world = World::with(Options {
        has_mailcow: false,
        has_nextcloud: false,
        has_notify: false,
        ..Options::default()
    })
    .await;
    let tenant = world.tenant("acme").await;
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    let missing = Some("peer_not_configured".to_owned());
    assert_eq!(
        reasons(&world, john).await,
        [
            ("workspace", None),
            ("mailbox", missing.clone()),
            ("nextcloud", missing.clone()),
            ("notify", missing),
        ]
    );
    let outcome = world.outcome(john.run).await;
    assert_eq!(outcome.status, ProvisioningStatus::Success);
    assert_eq!(outcome.provisioned(), ["workspace"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operators_switches_are_honoured() {
    let usual = Options::default();
    let world = World::with(Options {
        config: ProvisioningConfig {
            auto_mailbox: false,
            send_welcome: false,
            sync_nextcloud: false,
            ..usual.config.clone()
        },
        ..usual
    })
    .await;
    let tenant = world.mail_tenant("acme").await;
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    assert_eq!(world.outcome(john.run).await.provisioned(), ["workspace"]);
    assert!(world.mailboxes().is_empty());
    assert!(world.users().is_empty());
    assert!(world.messages().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_and_files_do_not_wait_for_each_other() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    // Mailcow does not answer before the test is over, and files are complete meanwhile.
    let hang = crate::support::fault("POST", "/api/v1/add", bheem_sandbox::FaultAction::Hang);
    world.sandbox.mailcow.fault(hang);
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    let view = world
        .until(john.run, |view| is_done(view, "nextcloud_calendar"))
        .await;
    assert!(!is_done(&view, "mailbox"), "{view:#?}");
    world.assert_files(john);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_and_mail_do_not_wait_for_each_other() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    let hang = crate::support::fault("POST", "/ocs", bheem_sandbox::FaultAction::Hang);
    world.sandbox.nextcloud.fault(hang);
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    let view = world
        .until(john.run, |view| is_done(view, "mailbox_app_password"))
        .await;
    assert!(!is_done(&view, "nextcloud_account"), "{view:#?}");
    assert_eq!(world.app_passwords().len(), 1);
    assert!(
        world.messages().is_empty(),
        "invited to what is not there yet"
    );
}

fn is_done(view: &bheem_saga::RunView, step: &str) -> bool {
    view.step(step)
        .is_some_and(|step| step.state == bheem_saga::StepState::Done)
}

/// Service by service: nothing where it succeeded, the reason where it was skipped.
async fn reasons(world: &World, person: Person) -> Vec<(&'static str, Option<String>)> {
    let outcome = world.outcome(person.run).await;
    assert_eq!(outcome.status, ProvisioningStatus::Success);
    outcome
        .services
        .into_iter()
        .map(|service| {
            let is_skipped = service.status == ServiceStatus::Skipped;
            assert!(is_skipped || service.status == ServiceStatus::Success);
            assert_eq!(is_skipped, service.reason.is_some());
            (service.service, service.reason)
        })
        .collect()
}

fn token_in<'a>(url: &'a str, page: &str) -> &'a str {
    let token = url.strip_prefix(FRONTEND).unwrap();
    token.strip_prefix(page).unwrap()
}

async fn credentials(world: &World, john: Person) -> (SealedCredential, SealedCredential) {
    let mut tx = world.tenant_tx(john.tenant).await;
    let mut kept = tx.credentials();
    let mailbox = kept
        .find_for_member(john.member, credential::MAILCOW, "john@acme.test")
        .await;
    let user_id = john.account.to_string();
    let files = kept
        .find_for_account(john.account, credential::NEXTCLOUD, &user_id)
        .await;
    (mailbox.unwrap().unwrap(), files.unwrap().unwrap())
}

fn open(world: &World, john: Person, kept: &SealedCredential, is_mailbox: bool) -> String {
    let context = if is_mailbox {
        credential::mailbox_app_password(john.tenant.id, john.member)
    } else {
        credential::nextcloud_password(john.account)
    };
    let opened = world.vault.open(&context, &kept.sealed).unwrap();
    opened.expose_secret().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_nextcloud_made_only_half_is_mended() {
    let world = World::new().await;
    let tenant = world.mail_tenant("acme").await;
    let before = world.add(tenant, "jane@acme.test", EVERYTHING).await;
    world.settled(before.run).await;
    // The group is there by now, so that the next account gets into it before Nextcloud dies.
    world.sandbox.nextcloud.fault(crate::support::fault(
        "POST",
        "/ocs/v2.php/cloud/users",
        bheem_sandbox::FaultAction::DieHalfway,
    ));
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    let view = world.settled(john.run).await;
    assert_eq!(view.state, bheem_saga::RunState::Succeeded, "{view:#?}");
    let user = world.user(john.account).unwrap();
    assert_eq!(user["displayname"], "John Doe");
    assert_eq!(user["email"], "john@acme.test");
    assert_eq!(user["quota"], "1073741824", "{user}");
    world.assert_files(john);
}
