//! What is logged while services are given: a program of its own, because a log has one subscriber in a process.

#[cfg(test)]
#[expect(
    dead_code,
    unused_imports,
    reason = "shared with the other tests, which use all of it"
)]
#[path = "suite/support/mod.rs"]
mod support;

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use bheem_provisioning::credential;
use bheem_sandbox::FaultAction;
use secrecy::ExposeSecret;
use support::{EVERYTHING, FRONTEND, World, fault, text};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Our own crates at their most talkative; libraries as in production.
fn start(log: &Log) {
    let ours = [
        "saga",
        "provisioning",
        "persistence",
        "vault",
        "http_kit",
        "mailcow",
        "nextcloud",
        "webdav",
        "caldav",
        "notify",
    ];
    let ours: Vec<String> = ours
        .iter()
        .map(|name| format!("bheem_{name}=trace"))
        .collect();
    tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_ansi(false)
        .with_env_filter(EnvFilter::new(format!("info,{}", ours.join(","))))
        .init();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_line_holds_a_secret() {
    let log = Log::default();
    start(&log);
    let world = World::hasty().await;
    let tenant = world.mail_tenant("acme").await;
    // Failures talk most.
    for (peer, path) in [
        (&world.sandbox.mailcow, "/api/v1/add/app-passwd"),
        (&world.sandbox.nextcloud, "/ocs/v2.php/cloud/users"),
        (&world.sandbox.notify, "/api/v1/email"),
    ] {
        for action in [FaultAction::Fail, FaultAction::Hang, FaultAction::Garbage] {
            peer.fault(fault("POST", path, action));
        }
    }
    let john = world.add(tenant, "john@acme.test", EVERYTHING).await;
    let view = world.settled(john.run).await;
    assert_eq!(view.state, bheem_saga::RunState::Succeeded, "{view:#?}");

    let mut secrets = Vec::new();
    for peer in world.sandbox.peers() {
        let credentials = peer.credentials.iter();
        secrets.extend(
            credentials
                .filter(|(name, _)| !name.ends_with("user"))
                // The name of LiveKit's key goes to every browser.
                .filter(|(name, _)| (peer.name, **name) != ("livekit", "api_key"))
                .map(|(_, value)| value.clone()),
        );
    }
    let message = world.messages().remove(0);
    let url = text(&message["template_vars"]["invite_url"]);
    let page = format!("{FRONTEND}/set-password#token=");
    secrets.push(url.strip_prefix(&page).unwrap().to_owned());
    let mut tx = world.tenant_tx(tenant).await;
    let mailbox = tx
        .credentials()
        .find_for_member(john.member, credential::MAILCOW, "john@acme.test")
        .await;
    let user_id = john.account.to_string();
    let files = tx
        .credentials()
        .find_for_account(john.account, credential::NEXTCLOUD, &user_id)
        .await;
    for (context, kept) in [
        (
            credential::mailbox_app_password(tenant.id, john.member),
            mailbox,
        ),
        (credential::nextcloud_password(john.account), files),
    ] {
        let kept = kept.unwrap().unwrap();
        let opened = world.vault.open(&context, &kept.sealed).unwrap();
        secrets.push(opened.expose_secret().to_owned());
    }

    let log = log.text();
    assert!(log.contains("run settled"), "nothing was logged: {log}");
    assert!(secrets.len() >= 7);
    for secret in secrets {
        assert!(secret.len() >= 20 && !log.contains(&secret));
    }
    assert!(!log.contains("john@"), "an address was logged");
}
