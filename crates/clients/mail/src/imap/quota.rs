//! How much room there is (RFC 2087, RFC 9208).

use super::{
    command::Command,
    response::{Untagged, count_broken},
    value::Value,
};
use crate::{Account, Error, Listed, observe::observe};

/// What is limited.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QuotaResource {
    /// Bytes. The protocol counts units of 1024.
    StorageBytes,
    /// Messages.
    Messages,
    /// Another thing.
    Other(String),
}

/// A limit and how much of it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quota {
    /// The name of the limit's scope, such as `User quota`.
    pub root: String,
    /// What is limited.
    pub resource: QuotaResource,
    /// How much is used.
    pub used: u64,
    /// How much may be.
    pub limit: u64,
}

impl Account {
    /// The limits on the inbox; none if there is no limit.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if the server does not tell.
    pub async fn quota(&self) -> Result<Listed<Quota>, Error> {
        const OPERATION: &str = "get_quota";
        observe(OPERATION, async {
            let mut lease = self.lease(OPERATION).await?;
            if !lease.capabilities.has("QUOTA") {
                return Err(Error::Unsupported {
                    operation: OPERATION,
                    capability: "QUOTA",
                });
            }
            let command = Command::new("GETQUOTAROOT INBOX");
            let answer = lease.run(OPERATION, &command).await?;
            Ok(read_all(&answer.untagged))
        })
        .await
    }
}

fn read_all(untagged: &[Untagged]) -> Listed<Quota> {
    let mut quotas = Listed::new(Vec::new(), count_broken(untagged, "QUOTA"));
    for item in untagged {
        let Untagged::Named(name, values) = item else {
            continue;
        };
        if name != "QUOTA" {
            continue;
        }
        let parts = match values.as_slice() {
            [root, resources, ..] => root.text().zip(resources.list()),
            _ => None,
        };
        let Some((root, resources)) = parts else {
            quotas.left_out = quotas.left_out.saturating_add(1);
            continue;
        };
        for triple in resources.chunks(3) {
            match read(&root, triple) {
                Some(quota) => quotas.items.push(quota),
                None => quotas.left_out = quotas.left_out.saturating_add(1),
            }
        }
    }
    quotas
}

/// `STORAGE 10 512`
fn read(root: &str, triple: &[Value]) -> Option<Quota> {
    let [resource, used, limit] = triple else {
        return None;
    };
    let word = resource.text()?.to_ascii_uppercase();
    let unit = if word == "STORAGE" { 1024 } else { 1 };
    Some(Quota {
        root: root.to_owned(),
        resource: match word.as_str() {
            "STORAGE" => QuotaResource::StorageBytes,
            "MESSAGE" => QuotaResource::Messages,
            _ => QuotaResource::Other(word),
        },
        used: used.number()?.saturating_mul(unit),
        limit: limit.number()?.saturating_mul(unit),
    })
}
