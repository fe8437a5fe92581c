//! What a person has to decide.

use crate::{InvalidRecord, RecordType};

/// Why a part of a wish was left out. The text is for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Mail of this name goes elsewhere today, and nobody confirmed that it is to stop.
    #[error("{name} has mail exchangers of somebody else: {}", hosts.join(", "))]
    ForeignMx {
        /// The name.
        name: String,
        /// The hosts.
        hosts: Vec<String>,
    },
    /// There are several SPF records, which is an error by itself (RFC 7208, section 4.5).
    #[error("{name} has several SPF records")]
    SeveralSpf {
        /// The name.
        name: String,
    },
    /// The merged SPF record would be too long or ask too much.
    #[error("the SPF record of {name} would have {lookups} lookups and {length} characters")]
    SpfLimit {
        /// The name.
        name: String,
        /// Terms that make a receiver ask (10 at most).
        lookups: usize,
        /// Characters ([`crate::SPF_LENGTH_LIMIT`] at most).
        length: usize,
    },
    /// The SPF record judges what is wanted otherwise already.
    #[error("the SPF record of {name} says {term}")]
    SpfContradiction {
        /// The name.
        name: String,
        /// The term that is there.
        term: String,
    },
    /// A CNAME, or what excludes one, or a delegation is in the way (RFC 1034, section 3.6.2).
    #[error("{name} cannot have {record_type} beside {by}")]
    Excluded {
        /// The name.
        name: String,
        /// What is wanted.
        record_type: RecordType,
        /// What is there.
        by: RecordType,
    },
    /// Somebody else's record has the place that there is only one of.
    #[error("{name} has {record_type} of somebody else already")]
    Occupied {
        /// The name.
        name: String,
        /// What is wanted.
        record_type: RecordType,
        /// What is there, unquoted.
        found: Vec<String>,
    },
    /// A host that receives mail is behind Cloudflare's proxies, which do not let SMTP through.
    #[error("{name} receives mail and must not be proxied")]
    ProxiedMailHost {
        /// The host.
        name: String,
    },
    /// What is wanted is no record.
    #[error("{record_type} of {name}: {reason}")]
    Invalid {
        /// The name.
        name: String,
        /// The type.
        record_type: RecordType,
        /// What is wrong.
        reason: InvalidRecord,
    },
    /// A removal leaves this in an SPF record of somebody else.
    #[error("the SPF record of {name} still has {term}")]
    SpfStays {
        /// The name.
        name: String,
        /// The term.
        term: String,
    },
}
