//! How much room there is (RFC 2087, RFC 9208).

use super::{command::Command, response::Untagged, value::Value};
use crate::{Account, Error, observe::observe};

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
    pub async fn quota(&self) -> Result<Vec<Quota>, Error> {
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
            Ok(answer.untagged.iter().flat_map(read).collect())
        })
        .await
    }
}

fn read(item: &Untagged) -> Vec<Quota> {
    let Untagged::Named(name, values) = item else {
        return Vec::new();
    };
    let ([root, resources], "QUOTA") = (values.as_slice(), name.as_str()) else {
        return Vec::new();
    };
    let (Some(root), Some(resources)) = (root.text(), resources.list()) else {
        return Vec::new();
    };
    resources
        .chunks_exact(3)
        .filter_map(|triple| match triple {
            [resource, used, limit] => {
                let word = resource.text()?.to_ascii_uppercase();
                let unit = if word == "STORAGE" { 1024 } else { 1 };
                Some(Quota {
                    root: root.clone(),
                    resource: match word.as_str() {
                        "STORAGE" => QuotaResource::StorageBytes,
                        "MESSAGE" => QuotaResource::Messages,
                        _ => QuotaResource::Other(word),
                    },
                    used: number(used)?.saturating_mul(unit),
                    limit: number(limit)?.saturating_mul(unit),
                })
            }
            _ => None,
        })
        .collect()
}

fn number(value: &Value) -> Option<u64> {
    value.number()
}
