//! The tables that Postfix looks addresses up in.
//!
//! They are compiled, and put in place by a rename: Postfix's processes look before each new connection whether the
//! table they have open is still the one with that name, so a change holds from the next connection on, without a reload.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::PathBuf};

use tokio::process::Command;

use super::{
    layout::{Layout, replace},
    users::{Alias, MailUser},
};
use crate::Error;

pub(super) const MAILBOXES: &str = "mailboxes";
pub(super) const ALIASES: &str = "aliases";
pub(super) const SENDERS: &str = "senders";

#[derive(Debug)]
pub(super) struct Maps {
    directory: PathBuf,
    /// `hash` or `lmdb`, what this Postfix is built with.
    kind: String,
}

impl Maps {
    pub(super) async fn new(layout: &Layout) -> Result<Self, Error> {
        let mut command = Command::new("postconf");
        command.args(["-d", "-h", "default_database_type"]);
        let kind = super::servers::run("postconf", &mut command).await?;
        Ok(Self {
            directory: layout.postfix(),
            kind: kind.trim().to_owned(),
        })
    }

    /// How `main.cf` names a table.
    pub(super) fn name(&self, table: &str) -> String {
        format!("{}:{}", self.kind, self.directory.join(table).display())
    }

    pub(super) async fn write(&self, users: &[MailUser], aliases: &[Alias]) -> Result<(), Error> {
        let mut mailboxes = BTreeMap::new();
        // Who may write in the name of an address: its owner, and for an alias those behind it.
        let mut senders: BTreeMap<&str, String> = BTreeMap::new();
        for user in users {
            mailboxes.insert(user.address.as_str(), "ok".to_owned());
            senders.insert(&user.address, user.address.clone());
        }
        let mut targets = BTreeMap::new();
        for alias in aliases {
            let list = alias.targets.join(", ");
            senders
                .entry(&alias.address)
                .and_modify(|owners| {
                    owners.push_str(", ");
                    owners.push_str(&list);
                })
                .or_insert_with(|| list.clone());
            targets.insert(alias.address.as_str(), list);
        }
        self.table(MAILBOXES, &mailboxes).await?;
        self.table(ALIASES, &targets).await?;
        self.table(SENDERS, &senders).await
    }

    async fn table(&self, name: &str, rows: &BTreeMap<&str, String>) -> Result<(), Error> {
        let text = rows.iter().fold(String::new(), |mut text, (key, value)| {
            let _infallible = writeln!(text, "{key} {value}");
            text
        });
        let source = self.directory.join(format!("{name}-next"));
        replace(&source, &text, 0o644, None)?;
        let mut command = Command::new("postmap");
        command
            .arg("-c")
            .arg(&self.directory)
            .arg(format!("{}:{}", self.kind, source.display()));
        super::servers::run("postmap", &mut command).await?;
        let suffix = if self.kind == "lmdb" { "lmdb" } else { "db" };
        let compiled = self.directory.join(format!("{name}-next.{suffix}"));
        let target = self.directory.join(format!("{name}.{suffix}"));
        fs::rename(&compiled, &target).map_err(Error::io("replace", &target))
    }
}
