//! What is there in the end: in our rows and at the peers.

use bheem_domain::AccountId;
use bheem_persistence::{
    SystemScope,
    repo::{AccountRecord, MemberRecord},
};
use bheem_sandbox::PeerHandle;
use serde_json::Value;

use super::{Person, World};

impl World {
    pub(crate) async fn account(&self, id: AccountId) -> Option<AccountRecord> {
        let scope = SystemScope::server("test");
        let mut read = self.database.system_read(&scope).await.unwrap();
        read.accounts().find(id).await.unwrap()
    }

    pub(crate) async fn member(&self, person: Person) -> Option<MemberRecord> {
        let mut tx = self.tenant_tx(person.tenant).await;
        let member = tx.members().find(person.member).await.unwrap();
        tx.commit().await.unwrap();
        member
    }

    pub(crate) fn mailboxes(&self) -> Vec<Value> {
        list(&self.sandbox.mailcow, "mailboxes")
    }

    pub(crate) fn app_passwords(&self) -> Vec<Value> {
        list(&self.sandbox.mailcow, "app_passwords")
    }

    pub(crate) fn messages(&self) -> Vec<Value> {
        list(&self.sandbox.notify, "messages")
    }

    /// Users beside those of a fresh installation.
    pub(crate) fn users(&self) -> Vec<Value> {
        let mut users = list(&self.sandbox.nextcloud, "users");
        users.retain(|user| !["admin", "sample"].contains(&text(&user["id"])));
        users
    }

    pub(crate) fn user(&self, account: AccountId) -> Option<Value> {
        let mut users = self.users().into_iter();
        users.find(|user| user["id"] == account.to_string())
    }

    /// Names of the calendars of an account.
    pub(crate) fn calendars(&self, account: AccountId) -> Vec<String> {
        let owner = account.to_string();
        list(&self.sandbox.nextcloud, "calendars")
            .iter()
            .filter(|calendar| calendar.to_string().contains(&owner))
            .map(ToString::to_string)
            .collect()
    }

    /// That the person has everything, once.
    pub(crate) fn assert_complete(&self, person: Person, address: &str) {
        let of_address = |list: Vec<Value>, key: &str| -> Vec<Value> {
            let mut list = list;
            list.retain(|one| one[key] == address);
            list
        };
        let mailboxes = of_address(self.mailboxes(), "username");
        assert_eq!(mailboxes.len(), 1, "{mailboxes:?}");
        assert_eq!(mailboxes[0]["active"], 1);
        let tag = format!("bheem:{}", person.member);
        let tags = mailboxes[0]["tags"].as_array().unwrap();
        assert!(tags.iter().any(|one| *one == *tag), "{tags:?}");
        let passwords = of_address(self.app_passwords(), "mailbox");
        assert_eq!(passwords.len(), 1, "{passwords:?}");
        let name = format!("bheem-workspace {}", person.member);
        assert_eq!(passwords[0]["name"], *name);
        self.assert_files(person);
        let invitations = of_address(self.messages(), "to");
        assert_eq!(invitations.len(), 1, "{invitations:?}");
    }

    /// That the person has an account, the group and a calendar at Nextcloud, once.
    pub(crate) fn assert_files(&self, person: Person) {
        let user = self.user(person.account).expect("a Nextcloud account");
        assert_eq!(user["enabled"], true);
        let group = format!("tenant-{}", person.tenant.id);
        let groups = user["groups"].as_array().unwrap();
        assert!(groups.iter().any(|one| *one == *group), "{groups:?}");
        let calendars = self.calendars(person.account);
        assert_eq!(calendars.len(), 1, "{calendars:?}");
        assert!(calendars[0].contains("personal"), "{calendars:?}");
    }
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

pub(crate) fn list(peer: &PeerHandle, key: &str) -> Vec<Value> {
    peer.state()[key].as_array().cloned().unwrap_or_default()
}
