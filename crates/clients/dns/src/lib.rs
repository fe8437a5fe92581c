#![doc = include_str!("../README.md")]

mod address;
mod aliases;
mod answer;
mod authoritative;
mod builder;
mod checks;
mod der;
mod dkim;
mod dmarc;
mod error;
mod lookups;
mod mail_checks;
mod name;
mod observe;
mod resolver;
pub mod spf;
mod tags;
mod transport;
mod verdict;

pub use aliases::AliasChain;
pub use answer::Answer;
pub use builder::{BuildError, ResolverBuilder};
pub use dkim::{DkimError, DkimKey, KeyType};
pub use dmarc::{Alignment, DmarcError, DmarcPolicy, DmarcRecord};
pub use error::{Cause, Error};
pub use lookups::Mx;
pub use resolver::Resolver;
pub use tags::TagError;
pub use transport::{MtaSts, TlsReporting, TransportError};
pub use verdict::{Check, Verdict};

pub use bheem_http_kit::{Effect, ErrorKind};
pub use hickory_resolver::proto::rr::RecordType;
