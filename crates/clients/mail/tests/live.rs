//! Against a real server, with `LIVE_MAIL_HOST`, `LIVE_MAIL_USER`, `LIVE_MAIL_PASSWORD` and `LIVE_MAIL_STRANGER`, an
//! address of the server's that belongs to somebody else: `cargo test -p bheem-mail --test live -- --ignored`. Works in
//! folders of its own and removes them, those of a run that did not come to its end too; sends messages to itself, and
//! puts the filter back that was active before. May be run again and again.
#![cfg(test)]

use bheem_mail::{Account, Client};

mod contract;

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

/// Removes what a run that did not come to its end left behind: its folders and its filters.
async fn clean(account: &Account) {
    for folder in account.folders().list().await.unwrap() {
        if folder.label().starts_with("contract-") {
            account.folders().delete(&folder.name).await.unwrap();
        }
    }
    let is_ours = |name: &str| name.starts_with("contract-");
    for script in account.scripts().list().await.unwrap() {
        if is_ours(&script.name) {
            if script.is_active {
                account.scripts().deactivate().await.unwrap();
            }
            account.scripts().delete(&script.name).await.unwrap();
        }
    }
}

#[tokio::test]
#[ignore = "needs a mail server: LIVE_MAIL_HOST, LIVE_MAIL_USER, LIVE_MAIL_PASSWORD and LIVE_MAIL_STRANGER"]
async fn a_real_server_does_what_is_expected() {
    let address = setting("LIVE_MAIL_USER");
    let client = Client::builder(setting("LIVE_MAIL_HOST")).build().unwrap();
    let subject = contract::Subject {
        account: client.account_with_password(&address, setting("LIVE_MAIL_PASSWORD")),
        address,
    };
    let stranger = setting("LIVE_MAIL_STRANGER");
    clean(&subject.account).await;
    let scripts = subject.account.scripts();
    let active = scripts
        .list()
        .await
        .unwrap()
        .into_iter()
        .find(|one| one.is_active);
    // Twice in a row: what the first run leaves behind would be in the way of the second.
    for _run in 0..2 {
        contract::imap(&subject).await;
        contract::submission(&subject, &stranger).await;
        contract::scripts(&subject).await;
    }
    if let Some(active) = active {
        scripts.activate(&active.name).await.unwrap();
    }
}
