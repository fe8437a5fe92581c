#![doc = include_str!("../README.md")]

mod batch;
mod client;
mod envelope;
mod error;
mod names;
mod new_record;
mod page;
mod plan;
mod record;
mod records;
mod search;
mod tokens;
pub mod txt;
mod words;
mod zones;

pub use batch::{Batch, BatchResult, FREE_BATCH_LIMIT};
pub use client::Client;
pub use error::{Error, PeerError, Reason};
pub use names::canonical_name;
pub use new_record::{InvalidRecord, NewRecord, RecordPatch};
pub use plan::{Marker, MarkerError, Plan, Problem, SPF_LENGTH_LIMIT, SPF_LOOKUP_LIMIT, Wish};
pub use plan::{plan_records, plan_removal};
pub use record::Record;
pub use records::{RecordFilter, Records, Written};
pub use search::{ZoneSearch, zone_candidates};
pub use tokens::{Token, Tokens};
pub use words::{RecordType, TokenStatus, ZoneStatus};
pub use zones::{Account, Zone, ZoneFilter, Zones};

pub use bheem_http_kit::{
    BuildError, ClientBuilder, Created, Deleted, Effect, ErrorKind, Page, PeerText, RetryPolicy,
    SecretString,
};
