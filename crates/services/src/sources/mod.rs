//! Identity sources over the wire: each turns what its system answers into a verdict.

mod erp;
mod passport;

use bheem_domain::{DomainName, EmailAddress};
pub use erp::ErpSource;
pub use passport::PassportSource;

/// Whether the name is an address on one of a source's domains.
fn is_on(domains: &[DomainName], name: &str) -> bool {
    EmailAddress::parse(name).is_ok_and(|address| domains.contains(address.domain()))
}
