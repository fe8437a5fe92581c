//! Filters on the server: the scripts (RFC 5228), made from typed rules, and the protocol that puts them there (ManageSieve,
//! RFC 5804).

mod client;
mod connection;
mod script;
mod token;

pub use client::{ScriptInfo, Scripts, SieveCapabilities};
pub use script::{Action, Comparison, Condition, Field, Match, Rule, Script, Vacation};
