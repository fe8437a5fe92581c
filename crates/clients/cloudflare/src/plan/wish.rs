//! What an owner wants in a zone.

use std::collections::BTreeSet;

use super::Marker;
use crate::{NewRecord, RecordType, canonical_name};

/// Everything that an owner wants in a zone.
#[derive(Debug, Clone)]
pub struct Wish {
    pub(super) zone: String,
    pub(super) owner: Marker,
    pub(super) records: Vec<NewRecord>,
    pub(super) mail_hosts: BTreeSet<String>,
    pub(super) may_replace_mx: bool,
}

impl Wish {
    /// Nothing yet, in the zone of this name.
    #[must_use]
    pub fn new(zone: &str, owner: Marker) -> Self {
        Self {
            zone: canonical_name(zone),
            owner,
            records: Vec::new(),
            mail_hosts: BTreeSet::new(),
            may_replace_mx: false,
        }
    }

    /// Also this record. An SPF text is merged into the one that is there. Hosts of mail exchangers are taken for
    /// [mail hosts](Self::mail_host).
    #[must_use]
    pub fn record(mut self, record: NewRecord) -> Self {
        if record.record_type == RecordType::Mx {
            self.mail_hosts.insert(canonical_name(&record.content));
        }
        self.records.push(record);
        self
    }

    /// This host receives or submits mail, and must not be proxied.
    #[must_use]
    pub fn mail_host(mut self, name: &str) -> Self {
        self.mail_hosts.insert(canonical_name(name));
        self
    }

    /// Mail exchangers of others are to go: the administrator has confirmed that their mail moves.
    #[must_use]
    pub fn replacing_foreign_mx(mut self) -> Self {
        self.may_replace_mx = true;
        self
    }
}
