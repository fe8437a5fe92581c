//! A new name, and a new address.

use serde_json::{Value, json};

use crate::{
    PASSWORD_OF_ALL, operation, succeeds,
    support::{Person, TestApp},
};

struct Bed {
    app: TestApp,
    owner: Person,
    users: String,
    john: Person,
}

impl Bed {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let owner = app.person("owner").await;
        let slug = app.tenant(&owner, "Acme").await;
        app.proven_domain(&owner, &slug, "acme.test").await;
        let john = app
            .invited(
                &owner,
                &slug,
                json!({"username": "john", "name": "John Doe"}),
            )
            .await;
        Self {
            users: format!("/admin/tenants/{slug}/users"),
            app,
            owner,
            john,
        }
    }

    fn path(&self) -> String {
        format!("{}/{}", self.users, self.john.id)
    }

    async fn renamed(&self, change: &Value) -> Value {
        let changed = self.owner.patch(&self.path(), change).await;
        assert_eq!(changed.status, 200, "{:?}", changed.body);
        succeeds(&self.owner, &operation(&changed.body)).await;
        changed.body
    }

    fn nextcloud(&self) -> Value {
        let state = self.app.sandbox.nextcloud.state();
        let users = state["users"].as_array().unwrap();
        let found = users
            .iter()
            .find(|user| user["id"] == self.john.id.as_str());
        found.unwrap().clone()
    }

    /// Where mail to an address goes.
    fn alias(&self, address: &str) -> Option<String> {
        let aliases = self.app.sandbox.mail().aliases();
        let found = aliases.into_iter().find(|alias| alias.address == address)?;
        Some(found.targets.join(","))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_name_reaches_every_peer() {
    let bed = Bed::new().await;
    let body = bed.renamed(&json!({"name": "John Roe"})).await;
    assert_eq!(body["name"], "John Roe");
    // What the person has is told as before.
    assert_eq!(body["provisioning_status"], "success", "{body}");
    let mailcow = bed.app.sandbox.mailcow.state();
    assert_eq!(mailcow["mailboxes"][0]["name"], "John Roe");
    assert_eq!(bed.nextcloud()["displayname"], "John Roe");
    let john = bed.app.sign_in("john@acme.test", PASSWORD_OF_ALL).await;
    let me = john.get("/auth/me").await;
    assert_eq!(me.body["name"], "John Roe", "{:?}", me.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_address_reaches_the_same_mailbox_and_so_does_the_one_before() {
    let bed = Bed::new().await;
    let body = bed.renamed(&json!({"email": "roe@acme.test"})).await;
    assert_eq!(body["email"], "roe@acme.test");
    assert_eq!(bed.app.mailbox("john@acme.test"), Some(1));
    assert_eq!(
        bed.alias("roe@acme.test").as_deref(),
        Some("john@acme.test")
    );
    assert_eq!(bed.nextcloud()["email"], "roe@acme.test");
    // Once more: every address before leads there.
    bed.renamed(&json!({"email": "jr@acme.test"})).await;
    for address in ["roe@acme.test", "jr@acme.test"] {
        assert_eq!(bed.alias(address).as_deref(), Some("john@acme.test"));
    }
    let john = bed.app.sign_in("jr@acme.test", PASSWORD_OF_ALL).await;
    assert_eq!(john.id, bed.john.id);

    // Nobody else is given an address that somebody had.
    for address in ["john@acme.test", "roe@acme.test"] {
        let body = json!({"email": address, "name": "Somebody"});
        let refused = bed.owner.post(&bed.users, &body).await;
        refused.is_problem(409, "address_taken");
    }
    // Closing and opening find the mailbox where it is.
    let gone = bed.owner.delete(&bed.path()).await;
    assert_eq!(gone.status, 200, "{:?}", gone.body);
    assert_eq!(bed.app.mailbox("john@acme.test"), Some(0));
    let back = bed
        .owner
        .patch(&bed.path(), &json!({"is_active": true}))
        .await;
    assert_eq!(
        back.body["provisioning_status"], "success",
        "{:?}",
        back.body
    );
    assert_eq!(bed.app.mailbox("john@acme.test"), Some(1));
    assert_eq!(bed.app.mailbox("jr@acme.test"), None);
    // And back to the first one.
    bed.renamed(&json!({"email": "john@acme.test"})).await;
    assert_eq!(bed.alias("jr@acme.test").as_deref(), Some("john@acme.test"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_changed_on_the_tenant_s_own_domain_and_for_its_own_accounts_alone() {
    let bed = Bed::new().await;
    let elsewhere = json!({"email": "john@else.test"});
    let refused = bed.owner.patch(&bed.path(), &elsewhere).await;
    assert_eq!(refused.status, 422, "{:?}", refused.body);
    let body = json!({"username": "jane", "name": "Jane"});
    assert_eq!(bed.owner.post(&bed.users, &body).await.status, 201);
    let taken = json!({"email": "jane@acme.test"});
    let refused = bed.owner.patch(&bed.path(), &taken).await;
    refused.is_problem(409, "address_taken");
    // Somebody's own account is not the tenant's to rename.
    let own = format!("{}/{}", bed.users, bed.owner.id);
    let body = json!({"email": "boss@acme.test"});
    let refused = bed.owner.patch(&own, &body).await;
    refused.is_problem(409, "account_not_managed");
    let me = bed.owner.get("/auth/me").await;
    let before = me.body["name"].clone();
    let named = bed.owner.patch(&own, &json!({"name": "Boss"})).await;
    assert_eq!(named.status, 200, "{:?}", named.body);
    let me = bed.owner.get("/auth/me").await;
    assert_eq!(me.body["name"], before);
}
