//! Identity sources over the wire: each turns what its system answers into a verdict.

mod erp;
mod passport;

pub use erp::ErpSource;
pub use passport::PassportSource;
