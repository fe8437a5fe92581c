//! Which part of a list is wanted.

use bheem_domain::Invalid;
use bheem_persistence::PageRequest;
use serde::Deserialize;
use utoipa::IntoParams;

/// Paging: `after` for keyset pages, `skip` for old clients.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Rows wanted, 1 to 100; 50 unless told.
    pub limit: Option<i64>,
    /// Rows to leave out, up to 10,000.
    pub skip: Option<i64>,
    /// Start behind the row which the header `X-Next-Cursor` of the page before named.
    pub after: Option<String>,
}

impl PageQuery {
    /// Checks the bounds.
    pub(crate) fn parse(&self) -> Result<PageRequest, Invalid> {
        PageRequest::parse(
            self.limit.unwrap_or(50),
            self.skip.unwrap_or(0),
            self.after.as_deref(),
        )
    }
}
