//! Leaving, suspending and deleting: what is taken is taken at once, at our own doors and at the peers that are well,
//! whatever else is at work and whichever peer is not.
#![cfg(test)]

#[path = "leaving/app_passwords.rs"]
mod app_passwords;
#[path = "leaving/deleting.rs"]
mod deleting;
#[path = "leaving/removing.rs"]
mod removing;
#[path = "leaving/renaming.rs"]
mod renaming;
mod support;
#[path = "leaving/suspending.rs"]
mod suspending;

use bheem_http_kit::Method;
use bheem_sandbox::{Fault, FaultAction};
use serde_json::{Value, json};
use support::{Answer, PASSWORD as PASSWORD_OF_ALL, Person, TestApp, eventually};

/// Nobody waits for the peers.
const AT_ONCE: &[(&str, &str)] = &[("prefer", "respond-async")];

/// A server whose calls to the mail server are given up after a second.
async fn impatient() -> TestApp {
    TestApp::start_with(|settings| settings.mailcow.timeout_seconds = 1).await
}

impl TestApp {
    /// The mail server answers nobody until its faults are cleared.
    fn mail_hangs(&self) {
        self.sandbox.mailcow.fault(Fault {
            action: FaultAction::Hang,
            times: Some(-1),
            ..Fault::default()
        });
    }

    /// `0` closed, `1` open; nothing when there is none.
    fn mailbox(&self, address: &str) -> Option<i64> {
        let state = self.sandbox.mailcow.state();
        let mailboxes = state["mailboxes"].as_array().unwrap();
        let found = mailboxes.iter().find(|one| one["username"] == address)?;
        found["active"].as_i64()
    }

    /// Whether the person may use files and calendars, and is in the tenant's group.
    fn files(&self, user_id: &str, tenant_id: &str) -> (bool, bool) {
        let state = self.sandbox.nextcloud.state();
        let users = state["users"].as_array().unwrap();
        let Some(user) = users.iter().find(|one| one["id"] == user_id) else {
            return (false, false);
        };
        let group = format!("tenant-{tenant_id}");
        let groups = user["groups"].to_string();
        (user["enabled"] == true, groups.contains(&group))
    }
}

/// Adds somebody with every service; answers the stored person.
async fn add(owner: &Person, slug: &str, name: &str) -> Value {
    let path = format!("/admin/tenants/{slug}/users");
    let added = owner
        .post(&path, &json!({"username": name, "name": name}))
        .await;
    assert_eq!(
        added.body["provisioning_status"], "success",
        "{:?}",
        added.body
    );
    added.body
}

/// A plan with seats for everybody.
async fn enlarge(root: &Person, slug: &str) {
    let path = format!("/admin/tenants/{slug}");
    let changed = root.patch(&path, &json!({"plan": "starter"})).await;
    assert_eq!(changed.status, 200, "{:?}", changed.body);
}

/// Begins to add people whom the mail server keeps waiting; goes on when the first of them wait.
async fn begin_additions(owner: &Person, slug: &str, names: &[&str]) -> Vec<Answer> {
    let path = format!("/admin/tenants/{slug}/users");
    let mut begun = Vec::new();
    for name in names {
        let body = json!({"username": name, "name": name});
        let added = owner.send(Method::POST, &path, AT_ONCE, &body).await;
        assert_eq!(added.status, 202, "{:?}", added.body);
        begun.push(added);
    }
    let operation = format!("/operations/{}", operation(&begun[0].body));
    eventually("the mail server is asked", async || {
        let seen = owner.get(&operation).await;
        step(&seen.body, "mailbox") == "started"
    })
    .await;
    begun
}

fn operation(body: &Value) -> String {
    let id = body["operation"]["id"].as_str();
    id.unwrap_or_else(|| panic!("no operation in {body}"))
        .to_owned()
}

fn step(body: &Value, name: &str) -> String {
    let steps = body["steps"].as_array().unwrap();
    let found = steps.iter().find(|step| step["name"] == name).unwrap();
    found["state"].as_str().unwrap().to_owned()
}

/// Waits until an operation has succeeded.
async fn succeeds(reader: &Person, id: &str) {
    let path = format!("/operations/{id}");
    eventually("the operation ends", async || {
        reader.get(&path).await.body["is_settled"] == true
    })
    .await;
    let ended = reader.get(&path).await;
    assert_eq!(ended.body["status"], "success", "{:?}", ended.body);
}
