//! SPF (RFC 7208): reading records, and finding out what they mean without an address to judge.
//!
//! A [`SpfWalk`] follows `include` and `redirect` and counts what a receiver would count. It asks questions and is given
//! evidence, so it is free of any network; [`crate::Resolver::inspect_spf`] answers them.

mod domain_spec;
mod inspect;
mod parse;
mod report;
mod term;
mod walk;

pub use domain_spec::DomainSpec;
pub use parse::SpfError;
pub use report::{SpfProblem, SpfReport};
pub use term::{Directive, Mechanism, Qualifier, SpfRecord};
pub use walk::{Evidence, Question, SpfWalk};

/// Terms that ask the DNS, of which a receiver follows no more (section 4.6.4).
pub const LOOKUP_LIMIT: u32 = 10;
/// Lookups that find nothing, of which a receiver takes no more (section 4.6.4).
pub const VOID_LIMIT: u32 = 2;

/// Is a text an SPF record, well-formed or not? (Section 4.5)
#[must_use]
pub fn is_spf(text: &str) -> bool {
    let version = text.split(' ').next().unwrap_or_default();
    version.eq_ignore_ascii_case("v=spf1")
}

#[cfg(test)]
mod tests;
