//! Relying parties: by the platform for all, by a tenant for its own.

mod actions;
pub mod dto;
pub mod platform;
pub mod tenant;

use crate::routes::Table;

pub(crate) fn routes(table: &mut Table) {
    platform::routes(table);
    tenant::routes(table);
}
